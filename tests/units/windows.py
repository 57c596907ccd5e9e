"""Windows of every form for the tests of all faces."""

from __future__ import annotations

import random
from dataclasses import fields, replace

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format
from fpgaflow.units.coarse import CoarseColumns
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.window import WindowUnit

NIBBLE = FixedFormat(4)


def window(
    frame: tuple[int, int, int],
    kernel: tuple[int, int],
    *,
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    pads: tuple[int, int, int, int] = (0, 0, 0, 0),
    pad_value: int = 0,
    lanes: int = 1,
    format: Format = NIBBLE,
) -> WindowUnit:
    """A window on frames (height, width, channels)."""
    return WindowUnit(*frame, kernel, stride, dilation, pads, pad_value, lanes, format)


def parallel(unit: WindowUnit) -> ParallelWindowUnit:
    """The same window with all taps in a beat."""
    return ParallelWindowUnit(*(getattr(unit, field.name) for field in fields(unit)))


def wide(unit: WindowUnit, pixels: int, *, interleaved: bool = False) -> ParallelWindowUnit:
    """The same with so many pixels of a row a beat."""
    return replace(parallel(unit), lanes=pixels * unit.channels, interleaved=interleaved)


NAMED = {
    "same": window((5, 6, 4), (3, 3), pads=(1, 1, 1, 1), lanes=2, format=FixedFormat(5, 0, True), pad_value=-3),
    "valid": window((6, 5, 2), (3, 2)),
    "strided": window((7, 9, 3), (3, 3), stride=(2, 2), pads=(1, 1, 1, 1), lanes=3),
    "pool": window((6, 8, 4), (2, 2), stride=(2, 2), lanes=4),
    "dilated": window((7, 7, 2), (3, 3), dilation=(2, 2), pads=(2, 2, 2, 2), lanes=2, pad_value=15),
    "upright": window((7, 1, 2), (3, 1), pads=(1, 0, 1, 0), lanes=2, pad_value=3),
    "line": window((1, 20, 3), (1, 5), stride=(1, 2), pads=(0, 4, 0, 0), lanes=3),
    "pointwise": window((3, 4, 6), (1, 1), lanes=2),
    "subsampled": window((7, 9, 4), (1, 1), stride=(2, 3), lanes=2),
    "subsampled_padded": window((5, 7, 2), (1, 1), stride=(2, 3), pads=(1, 2, 3, 1), pad_value=7),
    "subsampled_rows": window((7, 5, 2), (1, 3), stride=(3, 1), pads=(0, 1, 0, 1), lanes=2),
    "whole_frame": window((4, 3, 2), (4, 3), lanes=2),
    "larger_than_frame": window((2, 3, 2), (5, 4), pads=(2, 1, 3, 2), pad_value=9),
    "stride_beyond_kernel": window((9, 11, 2), (2, 2), stride=(3, 4), lanes=2),
    "pads_beyond_kernel": window((3, 2, 1), (2, 2), pads=(4, 3, 5, 4), pad_value=1),
    "all_padding": window((1, 1, 2), (1, 1), stride=(2, 2), pads=(1, 1, 1, 1), pad_value=6),
    "bipolar": window((4, 4, 6), (3, 3), pads=(1, 1, 1, 1), lanes=3, format=BipolarFormat(), pad_value=-1),
    "bipolar_up": window((3, 4, 2), (2, 3), pads=(0, 1, 1, 1), lanes=2, format=BipolarFormat(), pad_value=1),
    "single": window((1, 1, 1), (1, 1), format=FixedFormat(8)),
    "single_tap_a_beat": window((1, 1, 3), (1, 1), lanes=3),
    "block_ram": window((4, 32, 8), (3, 3), pads=(1, 1, 1, 1), lanes=4, format=FixedFormat(8), pad_value=200),
    "block_ram_not_a_power": window((3, 100, 44), (2, 1), pads=(1, 0, 0, 0), lanes=4, format=FixedFormat(9)),
}


def random_windows(seed: int, count: int) -> dict[str, WindowUnit]:
    """Small windows of all kernels, strides, dilations and pads that fit."""
    generator = random.Random(seed)
    found: dict[str, WindowUnit] = {}

    def pair(low: int, high: int) -> tuple[int, int]:
        return generator.randint(low, high), generator.randint(low, high)

    while len(found) < count:
        height, width = generator.choice([1, 2, 3, 5, 6]), generator.choice([1, 2, 4, 5, 7])
        kernel, stride, dilation = pair(1, 5), pair(1, 3), pair(1, 2)
        top, left, bottom, right = (generator.choice([0, 0, 1, 2, 3]) for _ in range(4))
        lanes = generator.randint(1, 4)
        channels = lanes * generator.randint(1, 8 // lanes)
        format = FixedFormat(generator.randint(1, 6), 0, generator.random() < 0.5)
        rows, columns = ((size - 1) * gap + 1 for size, gap in zip(kernel, dilation, strict=True))
        if rows <= height + top + bottom and columns <= width + left + right:
            frame, pads, fill = (
                (height, width, channels),
                (top, left, bottom, right),
                generator.randint(format.min, format.max),
            )
            unit = window(
                frame, kernel, stride=stride, dilation=dilation, pads=pads, pad_value=fill, lanes=lanes, format=format
            )
            found[f"random{seed}_{len(found)}"] = unit
    return found


WIDE = {
    "two_same": wide(window((5, 6, 3), (3, 3), pads=(1, 1, 1, 1), pad_value=5), 2),
    "two_same_interleaved": wide(window((5, 6, 3), (3, 3), pads=(1, 1, 1, 1), pad_value=5), 2, interleaved=True),
    "two_strided": wide(window((7, 8, 3), (3, 3), stride=(2, 2), pads=(1, 1, 1, 1)), 2),
    "two_strided_late": wide(window((6, 8, 3), (3, 3), stride=(2, 2), pads=(0, 0, 1, 1)), 2),
    "two_of_stride_four": wide(window((5, 16, 1), (2, 3), stride=(1, 4), pads=(0, 1, 0, 2)), 2),
    "four_of_stride_two": wide(window((6, 8, 2), (3, 3), stride=(2, 2), pads=(1, 1, 1, 1)), 4),
    "four_interleaved": wide(window((6, 8, 2), (2, 2), stride=(2, 2)), 4, interleaved=True),
    "three_dilated": wide(window((7, 9, 2), (3, 3), dilation=(2, 2), pads=(2, 2, 2, 2), pad_value=7), 3),
    "whole_row": wide(window((4, 6, 2), (3, 3), pads=(1, 1, 1, 1)), 6, interleaved=True),
    "line": wide(window((1, 20, 3), (1, 5), stride=(1, 2), pads=(0, 4, 0, 0)), 4),
    "pointwise": wide(window((4, 8, 2), (1, 1), stride=(2, 2)), 2),
    "bipolar": wide(window((4, 4, 6), (3, 3), pads=(1, 1, 1, 1), format=BipolarFormat(), pad_value=-1), 2),
    "block_ram": wide(window((3, 128, 16), (3, 3), pads=(1, 1, 1, 1), format=FixedFormat(9)), 2, interleaved=True),
}


def random_wide_windows(seed: int, count: int) -> dict[str, ParallelWindowUnit]:
    """Such windows with several pixels a beat, in any number that is possible."""
    generator = random.Random(seed)
    found: dict[str, ParallelWindowUnit] = {}
    for unit in random_windows(seed, 40 * count).values():
        pixels = generator.choice([2, 3, 4, 6])
        frame = replace(unit, width=unit.width * pixels, channels=min(unit.channels, 3), lanes=1)
        if CoarseColumns(frame.column_axis, pixels).is_possible and len(found) < count:
            found[f"wide{seed}_{len(found)}"] = wide(frame, pixels, interleaved=generator.random() < 0.5)
    return found
