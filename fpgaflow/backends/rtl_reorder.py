"""What the SystemVerilog template of a reordering places."""

from __future__ import annotations

from dataclasses import dataclass

from fpgaflow.units.reorder import ReorderUnit


@dataclass(frozen=True)
class Wires:
    """``bits`` bits of an output beat from ``target`` on: those of the input beat from ``source`` on, or ``count`` times
    the padding.
    """

    target: int
    source: int
    bits: int
    count: int
    is_padding: bool


def reorder_values(unit: ReorderUnit) -> dict[str, object]:
    """The wires, or parameters of ``ff_reorder.sv`` besides the constants and the order."""
    if unit.wired:
        width = unit.format.width
        runs = [
            Wires(width * target, width * source, width * count, count, source < 0)
            for target, source, count in unit.runs
        ]
        return {"wired": True, "runs": runs}
    return {
        "wired": False,
        "input_beats": unit.input_beats,
        "output_beats": unit.output_beats,
        "words": unit.words,
        "limit": unit.limit,
        "block": int(unit.in_block_ram),
    }
