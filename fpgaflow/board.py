"""Boards: what an FPGA board has, read from a TOML file."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from fpgaflow.errors import FlowError, Loc
from fpgaflow.resources import data_path
from fpgaflow.units.base import Resources

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Value = TypeVar("Value", str, int, float)


class Family(Enum):
    """Generation of the FPGA: decides the primitives of synthesis and the processor of the block design."""

    ULTRASCALE_PLUS = "ultrascale+"
    SERIES_7 = "7-series"


@dataclass(frozen=True)
class Board:
    """An FPGA board.

    ``name`` is what ``--board`` takes; ``part`` and ``board_part`` are Vivado's names of the chip and of the board;
    ``resources`` and ``uram`` are all that the chip has; ``clock_mhz`` is the clock a build aims at unless told
    otherwise; ``dma_port_bits`` is the width of the processor's memory port that the DMA uses.
    """

    name: str
    description: str
    part: str
    board_part: str
    family: Family
    resources: Resources
    uram: int
    clock_mhz: float
    dma_port_bits: int

    def dma_bandwidth(self, clock_mhz: float) -> float:
        """Bytes a second through the DMA's memory port, in each direction."""
        return self.dma_port_bits / 8 * clock_mhz * 1e6


def boards() -> tuple[Board, ...]:
    """The boards that fpgaflow ships, by name."""
    return tuple(_read(file) for file in sorted(data_path("boards").glob("*.toml")))


def load_board(name_or_path: str | Path) -> Board:
    """A shipped board by its name, or any board by its TOML file's path.

    Raises FF401 if there is neither, FF402 if the file is malformed.
    """
    if (shipped := data_path("boards") / f"{name_or_path}.toml").is_file():
        return _read(shipped)
    if (file := Path(name_or_path)).is_file():
        return _read(file)
    names = [known.stem for known in sorted(data_path("boards").glob("*.toml"))]
    near = difflib.get_close_matches(str(name_or_path).lower(), names, n=3, cutoff=0.4)
    raise FlowError(
        "FF401",
        f"board '{name_or_path}' is not known",
        reason="it is neither the name of a board that fpgaflow ships nor the path of a board's TOML file",
        hint=f"did you mean {' or '.join(near)}?" if near else f"the known boards are {', '.join(names)}",
    )


def _read(file: Path) -> Board:
    try:
        text = file.read_bytes().decode()
        table = _Table(file, "", tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _malformed(file, f"{file.name} is not a TOML file", str(error)) from error
    amounts = table.table("resources")
    board = Board(
        name=table.take("name", str),
        description=table.take("description", str),
        part=table.take("part", str),
        board_part=table.take("board_part", str),
        family=table.family("family"),
        resources=Resources(
            lut=amounts.take("lut", int),
            ff=amounts.take("ff", int),
            bram=amounts.take("bram", int),
            dsp=amounts.take("dsp", int),
        ),
        uram=amounts.take("uram", int, least=0),
        clock_mhz=table.take("clock_mhz", float),
        dma_port_bits=table.take("dma_port_bits", int),
    )
    amounts.finish()
    table.finish()
    return board


class _Table:
    """Fields of a TOML table, taken one by one; each complaint names the field."""

    def __init__(self, file: Path, prefix: str, fields: dict[str, object]) -> None:
        self.file, self.prefix, self.fields = file, prefix, dict(fields)

    def _pop(self, name: str) -> object:
        if name not in self.fields:
            raise _malformed(self.file, f"field '{self.prefix}{name}' is missing", "every board states it")
        return self.fields.pop(name)

    def take(self, name: str, kind: type[Value], least: int = 1) -> Value:
        """The field ``name``, a text that is not empty or a number of at least ``least``."""
        value = self._pop(name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            wanted = {str: "a text", int: "a whole number", float: "a number"}[kind]
            raise _malformed(self.file, f"field '{self.prefix}{name}' is {value!r}", f"it must be {wanted}")
        if value == "" or (isinstance(value, (int, float)) and not value >= least):
            wanted = "not be empty" if kind is str else f"be at least {least}"
            raise _malformed(self.file, f"field '{self.prefix}{name}' is {value!r}", f"it must {wanted}")
        return value

    def family(self, name: str) -> Family:
        text = self.take(name, str)
        known = [family.value for family in Family]
        if text not in known:
            raise _malformed(self.file, f"field '{name}' is {text!r}", f"it must be {' or '.join(known)}")
        return Family(text)

    def table(self, name: str) -> _Table:
        value = self._pop(name)
        if not isinstance(value, dict):
            raise _malformed(self.file, f"field '{name}' is {value!r}", "it must be a table of amounts")
        return _Table(self.file, f"{name}.", value)

    def finish(self) -> None:
        """Raise FF402 if a field is left that no board has."""
        for name in self.fields:
            raise _malformed(self.file, f"field '{self.prefix}{name}' is not known", "no board has it")


def _malformed(file: Path, what: str, reason: str) -> FlowError:
    return FlowError(
        "FF402", what, node=Loc(str(file)), reason=reason, hint="take one of the shipped boards' files as a pattern"
    )
