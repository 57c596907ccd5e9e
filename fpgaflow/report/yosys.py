"""Yosys's ``stat -json`` of a Xilinx netlist -> resources."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fpgaflow.errors import FlowError
from fpgaflow.units.base import Resources

# LUT sites that a cell takes: logic, shift registers, and LUTs used as memory (UG574, UG974: one LUT6 holds 64 bits
# with one port, or 32 words of two bits; every further read port repeats it).
LUTS: dict[str, int] = {
    **dict.fromkeys(("LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6", "LUT6_2", "INV"), 1),
    **dict.fromkeys(("SRL16", "SRL16E", "SRLC16E", "SRLC32E", "CFGLUT5"), 1),
    **dict.fromkeys(("RAM16X1S", "RAM32X1S", "RAM64X1S", "ROM16X1", "ROM32X1", "ROM64X1"), 1),
    **dict.fromkeys(("RAM16X1D", "RAM32X1D", "RAM64X1D", "RAM128X1S", "ROM128X1"), 2),
    **dict.fromkeys(("RAM32M", "RAM64M", "RAM128X1D", "RAM256X1S", "ROM256X1"), 4),
    **dict.fromkeys(("RAM32M16", "RAM32X16DR8", "RAM64M8", "RAM64X8SW", "RAM256X1D", "RAM512X1S"), 8),
}
FLIP_FLOPS = frozenset({"FDCE", "FDPE", "FDRE", "FDSE", "FDCE_1", "FDPE_1", "FDRE_1", "FDSE_1", "LDCE", "LDPE"})
BLOCK_RAMS = {"RAMB36E1": 1.0, "RAMB36E2": 1.0, "RAMB18E1": 0.5, "RAMB18E2": 0.5}
DSPS = frozenset({"DSP48E1", "DSP48E2"})
ULTRA_RAMS = frozenset({"URAM288", "URAM288_BASE"})
CARRIES = {"CARRY8": 1.0, "CARRY4": 0.5}
# Cells that take no site of the kinds counted: wide multiplexers beside the LUTs, buffers, constants, notes of Yosys.
FREE = frozenset({"MUXF7", "MUXF8", "MUXF9", "BUFG", "IBUF", "OBUF", "VCC", "GND", "$scopeinfo", "$check", "$print"})


@dataclass(frozen=True)
class CellCounts:
    """What a netlist takes: ``carry8`` counts carry chains of 8 bits, ``cells`` holds Yosys's own counts by type."""

    resources: Resources
    uram: int
    carry8: float
    cells: Mapping[str, int]


def count_cells(cells: Mapping[str, int]) -> CellCounts:
    """Resources of a flat netlist with ``cells`` of each type. Raises FF603 for a type that is not known."""
    known = {*LUTS, *FLIP_FLOPS, *BLOCK_RAMS, *DSPS, *ULTRA_RAMS, *CARRIES, *FREE}
    if unknown := sorted(set(cells) - known):
        raise FlowError(
            "FF603",
            f"Yosys's netlist has cells of unknown type: {', '.join(unknown)}",
            reason="counting them as nothing would make the resources look smaller than they are",
            hint="this is a bug in fpgaflow: please report it with the build folder",
        )

    def total(weights: Mapping[str, float]) -> float:
        return sum(number * weights.get(kind, 0) for kind, number in cells.items())

    resources = Resources(
        lut=total(LUTS),
        ff=total(dict.fromkeys(FLIP_FLOPS, 1)),
        bram=total(BLOCK_RAMS),
        dsp=total(dict.fromkeys(DSPS, 1)),
    )
    return CellCounts(resources, int(total(dict.fromkeys(ULTRA_RAMS, 1))), total(CARRIES), dict(cells))


def parse_stat(text: str) -> dict[str, int]:
    """The text of ``stat -json`` -> cells of each type in the whole design. Raises FF603 if it is something else."""
    try:
        statistics = json.loads(text)
        found, modules = statistics["design"]["num_cells_by_type"], statistics.get("modules", {})
        return {
            re.sub(r"^\\", "", str(kind)): int(number)
            for kind, number in found.items()
            if kind not in modules and f"\\{kind}" not in modules
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FlowError(
            "FF603",
            "Yosys's statistics can't be read",
            reason=f"they are not the JSON of Yosys's stat command ({type(error).__name__}: {error})",
            hint="check with `fpgaflow doctor` that pyosys has the version that fpgaflow asks for",
        ) from error
