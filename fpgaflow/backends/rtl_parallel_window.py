"""What the SystemVerilog template of a parallel window places."""

from __future__ import annotations

from dataclasses import dataclass

from fpgaflow.backends.rtl_window import summary
from fpgaflow.units.parallel_window import LineAxis, ParallelWindowUnit


@dataclass(frozen=True)
class AxisValues:
    """One axis of the line, its windows and its taps; ``delay`` is from one tap to the next."""

    period: int
    size: int
    lead: int
    lag: int
    stride: int
    last_start: int
    taps: int
    first: int
    last: int
    lows: tuple[int, ...]
    ends: tuple[int, ...]
    delay: int
    block: int


def parallel_window_values(unit: ParallelWindowUnit) -> dict[str, object]:
    """Parameters of ``ff_parallel_window.sv`` and of ``ff_window_pixels.sv`` behind it."""
    first, to_window, to_tap = unit.coarse.places
    return {
        "summary": summary(unit),
        "groups": unit.groups,
        "patience": unit.patience,
        "rows": _axis(unit.rows, unit.row_delay, unit.rows_in_block_ram),
        "columns": _axis(unit.columns, unit.column_delay, unit.columns_in_block_ram),
        "pixels": unit.pixels,
        "pixel_bits": unit.lanes // unit.pixels * unit.format.width,
        "windows": unit.coarse.windows,
        "window_columns": unit.kernel[1],
        "first_pixel": first,
        "window_step": to_window,
        "tap_step": to_tap,
        "interleaved": int(unit.interleaved),
    }


def _axis(line: LineAxis, delay: int, block: bool) -> AxisValues:
    axis = line.axis
    lows, ends = zip(*line.bounds, strict=True)
    return AxisValues(
        line.period,
        axis.size,
        line.lead,
        line.lag,
        axis.stride,
        line.last_start,
        axis.kernel,
        line.first,
        line.last,
        lows,
        ends,
        delay,
        int(block),
    )
