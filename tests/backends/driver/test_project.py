"""The emitted board project: how frames lie in memory, and its files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpgaflow.backends import driver
from fpgaflow.board import Board, boards, load_board
from fpgaflow.errors import FlowError
from fpgaflow.fixed import FixedFormat
from fpgaflow.simulate.interface import read_interface
from fpgaflow.units.base import Stream
from tests.backends.driver.parts import S5, adapter

ECHO = adapter(36, 36, 12, S5)  # 23 bytes in, 8 out


@given(st.integers(1, 3000), st.sampled_from(boards()))
def test_transport_is_the_narrowest(bits: int, board: Board) -> None:
    found = driver.transport(Stream("x", 1, 1, FixedFormat(bits)), board)
    assert found.data_bytes == -(-bits // 8)
    assert found.chunk_bytes in {1, 2, 4, 8, 16}
    assert 8 * found.chunk_bytes <= board.dma_port_bits
    assert found.beat_bytes - found.chunk_bytes < found.data_bytes <= found.beat_bytes
    assert found.chunks == 1 or 8 * found.chunk_bytes == board.dma_port_bits
    assert found.chunk_bytes == 1 or found.chunk_bytes // 2 < found.data_bytes


def test_a_frame_too_long_for_the_dma() -> None:
    stream = Stream("x", 1 << 26, 1, FixedFormat(8))
    with pytest.raises(FlowError) as caught:
        driver.transport(stream, load_board("ultra96"))
    assert str(caught.value) == (
        "error[FF205]: a frame of 67108864 bytes is too long for the board's DMA\n"
        "   = reason: a frame is one transfer, and a transfer ends below 67108864 bytes\n"
        "   = hint: use a smaller input or output; the generated hardware itself has no such limit"
    )
    driver.transport(replace(stream, elements=(1 << 26) - 1), load_board("ultra96"))


def test_files(tmp_path: Path) -> None:
    driver.emit(ECHO, tmp_path, board=load_board("pynq-z2"), clock_mhz=125.0)
    assert {file.name for file in tmp_path.iterdir()} == {
        "axis_gather.v",
        "axis_scatter.v",
        "board.json",
        "build.tcl",
        "driver.py",
        "echo_cell.v",
        "interface.json",
    }
    assert json.loads((tmp_path / "board.json").read_text()) == {
        "board": "pynq-z2",
        "clock_mhz": 125.0,
        "bitstream": "echo.bit",
        "beat_bytes": {"input": 24, "output": 8},
    }
    assert read_interface(tmp_path).input == replace(ECHO.input, fifo_depth=2)
