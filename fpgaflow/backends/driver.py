"""Writes the board project: a Vivado script, the Verilog around the accelerator, and the driver in Python.

The path of a frame is memory -> DMA -> gather -> accelerator -> scatter -> DMA -> memory. The DMA's streams are powers of
two bytes wide and no wider than its memory port; a beat of the accelerator lies in memory as one or several such chunks.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fpgaflow.backends.render import render
from fpgaflow.board import Board, Family
from fpgaflow.errors import FlowError
from fpgaflow.resources import data_path
from fpgaflow.simulate.framing import beat_bytes
from fpgaflow.simulate.interface import write_interface
from fpgaflow.units.base import Accelerator, Stream

LENGTH_BITS = 26  # the widest length register that AXI DMA offers
STATIC_FILES: Final = ("axis_gather.v", "axis_scatter.v", "driver.py")
PROCESSOR_TEMPLATES: Final = {
    Family.ULTRASCALE_PLUS: "driver/processor_ultrascale.tcl.j2",
    Family.SERIES_7: "driver/processor_7series.tcl.j2",
}


@dataclass(frozen=True)
class Transport:
    """How a stream's beats of ``data_bytes`` bytes lie in memory: each in ``chunks`` chunks of ``chunk_bytes`` bytes."""

    data_bytes: int
    chunk_bytes: int
    chunks: int

    @property
    def beat_bytes(self) -> int:
        """Bytes of memory a beat takes."""
        return self.chunk_bytes * self.chunks


def transport(stream: Stream, board: Board) -> Transport:
    """The narrowest transport of ``stream`` through the board's DMA port.

    Raises FF205 if a frame is longer than the DMA's longest transfer.
    """
    data_bytes = beat_bytes(stream)
    chunk_bytes = min(1 << (data_bytes - 1).bit_length(), board.dma_port_bits // 8)
    found = Transport(data_bytes, chunk_bytes, -(-data_bytes // chunk_bytes))
    if stream.beats * found.beat_bytes >= 1 << LENGTH_BITS:
        raise FlowError(
            "FF205",
            f"a frame of {stream.beats * found.beat_bytes} bytes is too long for the board's DMA",
            reason=f"a frame is one transfer, and a transfer ends below {1 << LENGTH_BITS} bytes",
            hint="use a smaller input or output; the generated hardware itself has no such limit",
        )
    return found


def emit(accelerator: Accelerator, folder: Path, *, board: Board, clock_mhz: float) -> None:
    """Write the project into ``folder``; it finds the hardware in ``../rtl`` or ``../hls`` when it is built.

    What the board needs is in the folder: ``driver.py``, ``interface.json``, ``board.json``, and later the bitstream.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ports = {"input": transport(accelerator.input, board), "output": transport(accelerator.output, board)}
    names = {
        "name": accelerator.name,
        "board": board,
        "clock_mhz": clock_mhz,
        "length_bits": LENGTH_BITS,
        "processor_template": PROCESSOR_TEMPLATES[board.family],
        **ports,
    }
    render("driver/build.tcl.j2", folder / "build.tcl", **names)
    render("driver/cell.v.j2", folder / f"{accelerator.name}_cell.v", **names)
    for name in STATIC_FILES:
        shutil.copyfile(data_path("templates") / "driver" / name, folder / name)
    write_interface(accelerator, folder)
    content = {
        "board": board.name,
        "clock_mhz": clock_mhz,
        "bitstream": f"{accelerator.name}.bit",
        "beat_bytes": {name: port.beat_bytes for name, port in ports.items()},
    }
    (folder / "board.json").write_text(json.dumps(content, indent=2) + "\n")
