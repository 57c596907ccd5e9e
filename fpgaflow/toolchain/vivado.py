"""Vivado in batch mode: builds the board project that the driver backend wrote."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.find import find_program
from fpgaflow.toolchain.run import run

VARIABLES = ("XILINX_VIVADO",)
SCRIPT = "build.tcl"


class Source(Enum):
    """Which hardware goes onto the board: the SystemVerilog, or the IP that Vitis HLS exported."""

    RTL = "rtl"
    HLS = "hls"


@dataclass(frozen=True)
class Implementation:
    """What a finished run leaves: the files that the board needs, and the reports."""

    bitstream: Path
    handoff: Path
    utilization: Path
    timing: Path


def find_vivado() -> Path | None:
    """Vivado's program; None if it is not installed."""
    return find_program("vivado", VARIABLES)


def implement(folder: Path, name: str, source: Source) -> Implementation:
    """Run ``build.tcl`` in ``folder`` for the accelerator ``name``.

    Raises FF601 without Vivado, FF602 if it fails or the clock is not reached, FF603 if it leaves files out.
    """
    program = find_vivado()
    if program is None:
        raise FlowError(
            "FF601",
            "Vivado is missing",
            reason="'vivado' is neither on PATH nor in $XILINX_VIVADO/bin",
            hint="install AMD Vivado and source its settings64.sh, or copy the folder to a machine that has it",
        )
    folder = folder.resolve()
    options = ("-mode", "batch", "-nojournal", "-nolog", "-notrace", "-source", SCRIPT, "-tclargs", source.value)
    run([program, *options], tool="Vivado", cwd=folder, log=folder / f"vivado_{source.value}.log")
    made = Implementation(
        bitstream=folder / f"{name}.bit",
        handoff=folder / f"{name}.hwh",
        utilization=folder / f"utilization_{source.value}.rpt",
        timing=folder / f"timing_{source.value}.rpt",
    )
    for file in (made.bitstream, made.handoff, made.utilization, made.timing):
        if not file.is_file():
            raise FlowError(
                "FF603",
                f"Vivado left no {file.name}",
                reason="its run ended without an error but without this file",
                hint=f"look into {folder / f'vivado_{source.value}.log'}",
            )
    return made
