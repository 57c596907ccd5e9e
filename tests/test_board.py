"""Board files: the shipped ones, and what is wrong with a malformed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.board import Board, Family, boards, load_board
from fpgaflow.errors import FlowError
from fpgaflow.units.base import Resources

VALID = """\
name = "mine"
description = "A board"
part = "xczu3eg-sbva484-1-i"
board_part = "vendor:mine:part0:1.0"
family = "ultrascale+"
clock_mhz = 200
dma_port_bits = 128

[resources]
lut = 70560
ff = 141120
bram = 216
uram = 0
dsp = 360
"""


def test_shipped_boards() -> None:
    found = {
        board.name: (board.resources.lut, board.resources.bram, board.uram, board.resources.dsp) for board in boards()
    }
    assert found == {
        "kv260": (117120, 144, 64, 1248),
        "pynq-z1": (53200, 140, 0, 220),
        "pynq-z2": (53200, 140, 0, 220),
        "ultra96": (70560, 216, 0, 360),
        "zcu102": (274080, 912, 0, 2520),
        "zcu104": (230400, 312, 96, 1728),
    }


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_every_shipped_board_is_consistent(board: Board) -> None:
    assert load_board(board.name) == board
    ultrascale = board.family is Family.ULTRASCALE_PLUS
    assert board.clock_mhz == (250.0 if ultrascale else 100.0)
    assert board.dma_port_bits == (128 if ultrascale else 64)
    assert board.part.startswith(("xczu", "xck") if ultrascale else "xc7")
    assert board.board_part.count(":") == 3
    assert board.resources.ff == 2 * board.resources.lut  # both families have two registers a LUT


def test_ultra96() -> None:
    board = load_board("ultra96")
    assert (board.part, board.board_part) == ("xczu3eg-sbva484-1-i", "avnet.com:ultra96v2:part0:1.2")
    assert board.dma_bandwidth(250.0) == 4.0e9


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(VALID)
    assert load_board(file) == load_board(str(file))
    assert load_board(file) == Board(
        "mine",
        "A board",
        "xczu3eg-sbva484-1-i",
        "vendor:mine:part0:1.0",
        Family.ULTRASCALE_PLUS,
        Resources(70560, 141120, 216, 360),
        0,
        200.0,
        128,
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ultra69", "did you mean ultra96?"),
        ("ZCU104", "did you mean zcu104 or zcu102?"),
        ("qqq", "the known boards are kv260, pynq-z1, pynq-z2, ultra96, zcu102, zcu104"),
    ],
)
def test_unknown_board(name: str, hint: str) -> None:
    with pytest.raises(FlowError) as caught:
        load_board(name)
    assert str(caught.value) == (
        f"error[FF401]: board '{name}' is not known\n"
        "   = reason: it is neither the name of a board that fpgaflow ships nor the path of a board's TOML file\n"
        f"   = hint: {hint}"
    )


@pytest.mark.parametrize(
    ("old", "new", "what", "reason"),
    [
        ("clock_mhz = 200\n", "", "field 'clock_mhz' is missing", "every board states it"),
        ("dsp = 360\n", "", "field 'resources.dsp' is missing", "every board states it"),
        ("clock_mhz = 200", 'clock_mhz = "fast"', "field 'clock_mhz' is 'fast'", "it must be a number"),
        ("clock_mhz = 200", "clock_mhz = nan", "field 'clock_mhz' is nan", "it must be at least 1"),
        ("lut = 70560", "lut = true", "field 'resources.lut' is True", "it must be a whole number"),
        ("lut = 70560", "lut = 0", "field 'resources.lut' is 0", "it must be at least 1"),
        ('part = "xczu3eg-sbva484-1-i"', 'part = ""', "field 'part' is ''", "it must not be empty"),
        ('"ultrascale+"', '"virtex"', "field 'family' is 'virtex'", "it must be ultrascale+ or 7-series"),
        ("uram = 0", "uram = 0\nhbm = 4", "field 'resources.hbm' is not known", "no board has it"),
        ("[resources]", "resources = 4\n[more]", "field 'resources' is 4", "it must be a table of amounts"),
    ],
)
def test_malformed_board(tmp_path: Path, old: str, new: str, what: str, reason: str) -> None:
    assert old in VALID
    file = tmp_path / "mine.toml"
    file.write_text(VALID.replace(old, new, 1))
    with pytest.raises(FlowError) as caught:
        load_board(file)
    assert (caught.value.code, caught.value.what, caught.value.reason) == ("FF402", what, reason)
    assert str(caught.value.node) == str(file)


@pytest.mark.parametrize("content", [b"name =", b"\xff\xfe"])
def test_not_toml(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(FlowError) as caught:
        load_board(file)
    assert (caught.value.code, caught.value.what) == ("FF402", "mine.toml is not a TOML file")
