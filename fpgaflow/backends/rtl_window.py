"""What the SystemVerilog template of a sliding window places."""

from __future__ import annotations

from dataclasses import dataclass

from fpgaflow.units.axis import Axis
from fpgaflow.units.sliding import Sliding
from fpgaflow.units.window import WindowUnit


@dataclass(frozen=True)
class AxisValues:
    """One axis: of the taps (``padding``: some lie outside), and which elements of the input are stored."""

    padding: int
    width: int
    size: int
    start: int
    steps: tuple[int, ...]
    input_size: int
    first: int
    stride: int


def window_values(unit: WindowUnit) -> dict[str, object]:
    """Parameters of ``ff_window.sv``.

    A frame's first tap is at the frame's first beat there, not ``lead`` positions before it: the step towards it is
    longer, and the step away from it, the seventh, shorter.
    """
    buffer, words = unit.buffer, unit.words
    steps, lead = buffer.position_steps, buffer.lead
    loops = [number for number, count in enumerate(buffer.counts) if count > 1]
    away = steps[loops[0]] - lead if loops else buffer.stored_beats
    positions = (*steps[:5], steps[5] + lead, away)
    return {
        "summary": summary(unit),
        "words": words,
        "block": int(unit.in_block_ram),
        "lead": int(lead > 0),
        "ahead_width": buffer.ahead_bits,
        "ahead_steps": [-step for step in positions],
        "address_steps": [step % words for step in positions],
        "room_width": buffer.room_bits,
        "room_start": buffer.room,
        "room_steps": buffer.base_steps,
        "counts": buffer.counts,
        "groups": buffer.groups,
        "rows": _axis(buffer.unsampled_rows, buffer.row_steps),
        "columns": _axis(buffer.unsampled_columns, buffer.column_steps),
    }


def _axis(unsampled: Axis, steps: tuple[int, ...]) -> AxisValues:
    kept, axis = unsampled.sampled()
    return AxisValues(
        int(axis.is_padded), axis.bits, axis.size, -axis.before, steps, unsampled.size, kept.start, kept.step
    )


def summary(unit: Sliding) -> str:
    """The shape, for a comment."""
    text = (
        f"Frames of {unit.height} x {unit.width} x {unit.channels}, kernel {unit.kernel[0]} x {unit.kernel[1]}, "
        f"stride {unit.stride[0]} x {unit.stride[1]}"
    )
    if unit.dilation != (1, 1):
        text += f", dilation {unit.dilation[0]} x {unit.dilation[1]}"
    if any(unit.pads):
        text += f", padding {', '.join(str(pad) for pad in unit.pads)} (top, left, bottom, right) of {unit.pad_value}"
    return text
