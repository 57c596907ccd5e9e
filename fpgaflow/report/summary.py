"""The build report: what ``report.json`` holds, and its version.

Every number says where it comes from: ``estimate`` (formulas), ``yosys`` (synthesis of the generated SystemVerilog),
``vitis`` and ``vivado`` (their reports, when those tools ran). What was not run is None here and listed in ``not_run``
with the reason. docs/report.md documents the schema.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fpgaflow.errors import FlowError
from fpgaflow.exactness import Exactness
from fpgaflow.files import replacing

SCHEMA = "fpgaflow-report-1"

Amounts = dict[str, float]
"""LUT, FF, BRAM (36 kbit blocks) and DSP under the keys lut, ff, bram, dsp."""


@dataclass
class StageReport:
    """One stage: ``op`` is the graph operator ('' for adapters), ``kind`` the hardware unit, ``cycles`` a frame.

    ``sources`` are the stages whose outputs it reads, in order of its inputs; '' is the AXI4-Stream input.
    """

    name: str
    node: str
    op: str
    kind: str
    requantize_form: str | None
    folding: dict[str, int]
    input_format: str
    output_format: str
    cycles: int
    sources: list[str]
    fifo_depth: int
    resources: dict[str, Amounts | None]


@dataclass
class Throughput:
    """Cycles between frames: ``model`` by formula, ``measured`` in Verilator (None if not run); latency in cycles.

    ``fps`` = clock / cycles (measured if there is a measurement); ``fps_dma`` is the bound of the board's DMA port.
    """

    cycles_per_frame: dict[str, float | None]
    latency_cycles: int | None
    clock_mhz: float
    fps: float
    fps_dma: float


@dataclass
class Report:
    """Everything a build found out."""

    model: dict[str, Any]
    board: dict[str, Any]
    input: dict[str, Any]
    output: dict[str, Any]
    exactness: Exactness
    verified: dict[str, dict[str, int] | None]
    stages: list[StageReport]
    throughput: Throughput
    resources: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    mapping: str = ""
    objective: str = ""
    gap: float | None = None
    bottleneck: str = ""
    first_mismatch: str | None = None
    schema: str = SCHEMA

    def save(self, folder: Path) -> None:
        """Write ``report.json`` into ``folder``. Raises FF507."""
        with replacing(folder / "report.json") as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Report:
        """Read ``report.json`` in ``folder``. Raises FF504 if it is damaged or of another schema."""
        file = folder / "report.json"
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            if content["schema"] != SCHEMA:
                raise _unreadable(file, f"its schema is {content['schema']}, not {SCHEMA}")
            return Report(
                **{
                    **content,
                    "exactness": Exactness(**content["exactness"]),
                    "stages": [StageReport(**stage) for stage in content["stages"]],
                    "throughput": Throughput(**content["throughput"]),
                }
            )
        except (ValueError, KeyError, TypeError) as problem:
            raise _unreadable(file, f"it is damaged ({type(problem).__name__}: {problem})") from problem


def _unreadable(file: Path, reason: str) -> FlowError:
    return FlowError(
        "FF504", f"'{file}' can't be read", reason=reason, hint="build again; the folder may be of another version"
    )
