"""The parallel window's values, order and schedule; and the other window's schedule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.schedule import Buffered, Schedule
from tests.units.windows import NAMED, WIDE, parallel, random_wide_windows, random_windows, wide, window

WINDOWS = {**NAMED, **random_windows(3, 60)}


UNITS = {name: parallel(unit) for name, unit in WINDOWS.items()}
SEVERAL = {**WIDE, **random_wide_windows(3, 20)}


def frames_for(unit: ParallelWindowUnit, count: int) -> IntArray:
    codes = np.random.default_rng(1).integers(0, 1 << unit.format.width, (count, unit.input_elements))
    return unit.format.decode(codes)


@pytest.mark.parametrize("name", WINDOWS)
def test_values_are_those_of_the_other_window_in_another_order(name: str) -> None:
    """Groups of channels outside the kernel, not inside."""
    serial, unit = WINDOWS[name], UNITS[name]
    frames = frames_for(unit, 2)
    pixels = serial.evaluate(frames).reshape(2, unit.vectors, unit.taps, unit.groups, unit.lanes)
    assert np.array_equal(unit.evaluate(frames), pixels.transpose(0, 1, 3, 2, 4).reshape(2, -1))
    assert unit.output_elements == serial.output_elements == unit.vectors * unit.groups * unit.output_lanes


def test_order_in_a_beat() -> None:
    """Kernel row, kernel column, lane."""
    unit = parallel(window((2, 3, 4), (2, 2), lanes=2, format=FixedFormat(8)))
    (frame,) = unit.evaluate(np.arange(24)[None])
    beats = frame.reshape(4, 8)
    assert beats.tolist() == [
        [0, 1, 4, 5, 12, 13, 16, 17],
        [2, 3, 6, 7, 14, 15, 18, 19],
        [4, 5, 8, 9, 16, 17, 20, 21],
        [6, 7, 10, 11, 18, 19, 22, 23],
    ]


def test_cycles() -> None:
    """The input beats where padding is not more than a kernel needs to see each border; else longer lines and frames."""
    same = parallel(window((8, 8, 4), (3, 3), pads=(1, 1, 1, 1), lanes=2))
    assert same.cycles == 8 * 8 * 2 and same.frame_cycles == (8 * 8 + 8 + 1) * 2
    assert parallel(window((8, 8, 4), (2, 2), stride=(2, 2), lanes=4)).cycles == 64
    assert parallel(window((1, 20, 1), (1, 5), stride=(1, 2), pads=(0, 4, 0, 0))).cycles == 20
    full = parallel(window((4, 5, 2), (3, 3), pads=(2, 2, 2, 2), lanes=2))
    assert full.cycles == 6 * 7 == full.vectors
    assert parallel(window((3, 2, 1), (2, 2), pads=(4, 3, 5, 4))).cycles == 11 * 8
    assert parallel(window((4, 4, 1), (1, 1), stride=(2, 2), pads=(1, 1, 1, 1))).cycles == 6 * 6 - 11


@pytest.mark.parametrize("name", SEVERAL)
def test_several_pixels_have_the_values_of_one(name: str) -> None:
    """In the order of the other window, or interleaved; from the coarse image's windows by the places of the taps."""
    unit = SEVERAL[name]
    frames = frames_for(unit, 2)
    plain = replace(unit, lanes=unit.channels, interleaved=False).evaluate(frames)
    windows = unit.coarse.windows
    beats = plain.reshape(2, -1, windows, unit.taps, unit.channels)
    expected = beats.transpose(0, 1, 3, 2, 4) if unit.interleaved else beats
    assert np.array_equal(unit.evaluate(frames), expected.reshape(2, -1))
    columns, (first, to_window, to_tap) = unit.coarse.axis, unit.coarse.places
    coarse = window(
        (unit.height, columns.size, unit.lanes),
        (unit.kernel[0], columns.kernel),
        stride=(unit.stride[0], columns.stride),
        dilation=(unit.dilation[0], columns.dilation),
        pads=(unit.pads[0], columns.before, unit.pads[2], columns.after),
        pad_value=unit.pad_value,
        format=unit.format,
    )
    seen = coarse.evaluate(frames).reshape(2, -1, unit.kernel[0], columns.kernel * unit.pixels, unit.channels)
    for place in range(windows):
        taps = first + place * to_window + np.arange(unit.kernel[1]) * to_tap
        assert np.array_equal(seen[:, :, :, taps].reshape(2, -1, unit.taps, unit.channels), beats[:, :, place])


def test_order_of_several_windows() -> None:
    """Window by window; or for each tap all windows."""
    frame = np.arange(1, 4)[None]
    three = wide(window((1, 3, 1), (1, 2), pads=(0, 0, 0, 1)), 3)
    assert three.evaluate(frame).tolist() == [[1, 2, 2, 3, 3, 0]]
    assert replace(three, interleaved=True).evaluate(frame).tolist() == [[1, 2, 3, 2, 3, 0]]


def test_cycles_of_several_pixels() -> None:
    same = window((8, 8, 3), (3, 3), pads=(1, 1, 1, 1))
    assert [wide(same, pixels).cycles for pixels in (1, 2, 4, 8)] == [64, 32, 16, 8]
    strided = window((8, 8, 3), (3, 3), stride=(2, 2), pads=(1, 1, 1, 1))
    assert [wide(strided, pixels).output_lanes for pixels in (1, 2, 4)] == [27, 27, 54]


@pytest.mark.parametrize("name", UNITS)
def test_cycles_are_enough_and_not_too_many(name: str) -> None:
    unit = UNITS[name]
    beats = unit.input_elements // unit.input_lanes, unit.output_elements // unit.output_lanes
    assert unit.cycles >= max(beats)
    if unit.stride == (1, 1):
        assert unit.cycles == max(unit.height, unit.output_height) * max(unit.width, unit.output_width) * unit.groups
    top, left, bottom, right = unit.pads
    if top + bottom < unit.row_axis.extent and left + right < unit.column_axis.extent and unit.row_count > 0:
        assert unit.cycles == max(beats) or unit.rows.lead or unit.columns.lead


def test_only_what_is_used_is_built() -> None:
    """Taps that always lie on the padding have no place in the line."""
    unit = parallel(window((2, 3, 2), (5, 4), pads=(2, 1, 3, 2), pad_value=9))
    assert (unit.row_count, unit.column_count) == (4, 4)
    unit = parallel(window((1, 9, 2), (3, 3), pads=(1, 1, 1, 1)))
    assert (unit.row_count, unit.rows.first, unit.cost().bram) == (1, 1, 0)
    rows = parallel(window((32, 64, 16), (3, 3), pads=(1, 1, 1, 1), lanes=16, format=FixedFormat(8)))
    assert (rows.row_delay, rows.rows_in_block_ram, rows.columns_in_block_ram) == (64, False, False)
    rows = parallel(window((32, 64, 64), (3, 3), pads=(1, 1, 1, 1), lanes=8, format=FixedFormat(8)))
    assert (rows.row_delay, rows.rows_in_block_ram, rows.cost().bram) == (512, True, 2)


def simulated(schedule: Schedule, frames: int) -> tuple[list[int], list[int]]:
    """Cycles in which beats come and leave, by the rules of ``Buffered``, as soon as they may."""
    assert isinstance(schedule, Buffered)
    inputs, outputs = len(schedule.frees), len(schedule.needs)
    come: list[int] = []
    left: list[int] = []
    cycle = 0
    while len(left) < frames * outputs:
        frame, beat = divmod(len(come), inputs)
        comes = len(left) - frame * outputs >= schedule.frees[beat]
        frame, beat = divmod(len(left), outputs)
        leaves = len(come) - frame * inputs >= schedule.needs[beat]
        assert comes or leaves, "it hangs"
        if comes:
            come.append(cycle)
        if leaves:
            left.append(cycle)
        cycle += 1
    return come, left


@pytest.mark.parametrize("name", WINDOWS)
def test_schedule_of_the_window(name: str) -> None:
    unit = WINDOWS[name]
    _, left = simulated(unit.schedule(), 8)
    ends = np.array(left).reshape(8, -1)[:, -1]
    assert np.array_equal(np.diff(ends[-4:]), np.full(3, unit.cycles))


@pytest.mark.parametrize("name", [*UNITS, *SEVERAL])
def test_schedule_of_the_parallel_window(name: str) -> None:
    """As fast as the unit, where that has no cycles without input: the schedule does not know of them."""
    unit = {**UNITS, **SEVERAL}[name]
    _, left = simulated(unit.schedule(), 8)
    beats = max(unit.input_elements // unit.input_lanes, unit.output_elements // unit.output_lanes)
    ends = np.array(left).reshape(8, -1)[:, -1]
    assert beats <= (ends[-1] - ends[-4]) / 3 <= unit.cycles


def test_schedule_of_a_border() -> None:
    """3x3 on 4 x 4 pixels with a border: a row and a pixel behind, the last row with the next frame."""
    schedule = parallel(window((4, 4, 1), (3, 3), pads=(1, 1, 1, 1))).schedule()
    assert isinstance(schedule, Buffered)
    assert schedule.needs.tolist() == list(range(6, 22))
    assert schedule.frees.tolist() == list(range(-6, 10))
