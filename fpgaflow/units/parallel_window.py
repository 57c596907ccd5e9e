"""Sliding window whose taps all leave together: a beat of a whole kernel for each output pixel and group of channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.units.axis import Axis
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.coarse import CoarseColumns
from fpgaflow.units.line_buffer import READ_DELAY
from fpgaflow.units.ram import memory_cost
from fpgaflow.units.rom import clog2
from fpgaflow.units.schedule import Line, Schedule
from fpgaflow.units.sliding import Sliding

REGISTERED = 2
"""Longest delay that is built of registers."""


@dataclass(frozen=True)
class LineAxis:
    """Rows or columns as the shift line sees them: ``period`` elements, of which ``lead`` come before the data.

    A window at ``start`` is complete with the element ``start + lag``, its newest used tap; taps that lie on the padding in
    every window are not used. ``first`` and ``last`` are the oldest and the newest used tap.
    """

    axis: Axis

    @property
    def arrivals(self) -> IntArray:
        """(size,): the element of the line that each element is."""
        return self.lead + np.arange(self.axis.size)

    @property
    def completions(self) -> IntArray:
        """(outputs,): the element of the line that completes each window."""
        return self.lag + np.arange(self.axis.outputs) * self.axis.stride

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """For each tap: the first start of a window in which it lies on the data, and the one behind the last."""
        axis = self.axis
        ends = (axis.outputs - 1) * axis.stride + 1
        lows = [axis.before - tap * axis.dilation for tap in range(axis.kernel)]
        return tuple((min(max(low, 0), ends), min(max(low + axis.size, 0), ends)) for low in lows)

    @cached_property
    def used(self) -> tuple[int, ...]:
        """Taps that lie on the data in some window; tap 0 if none does."""
        stride = self.axis.stride
        found = [tap for tap, (low, end) in enumerate(self.bounds) if -(-low // stride) * stride < end]
        return tuple(found) or (0,)

    @property
    def first(self) -> int:
        return self.used[0]

    @property
    def last(self) -> int:
        return self.used[-1]

    @property
    def _newest(self) -> int:
        """Element under the newest used tap of the first window; not beyond the data."""
        return min(self.last * self.axis.dilation - self.axis.before, self.axis.size - 1)

    @property
    def lag(self) -> int:
        return max(self._newest, 0)

    @property
    def lead(self) -> int:
        return max(-self._newest, 0)

    @property
    def last_start(self) -> int:
        return (self.axis.outputs - 1) * self.axis.stride

    @property
    def period(self) -> int:
        return max(self.lead + self.axis.size, self.last_start + 1)


@dataclass(frozen=True)
class ParallelWindowUnit(Sliding):
    """Frames (height, width, channels) -> for each output pixel in row-major order a beat for each group of channels.

    A beat has kernel rows * kernel columns * ``lanes`` elements: for each kernel row, each kernel column, the values of the
    channels. The fields are those of ``Sliding``.

    With ``lanes`` = pixels * channels it reads so many pixels of a row a beat (a divisor or a multiple of the column stride),
    and writes max(1, pixels / column stride) windows a beat, one behind the other; or, ``interleaved``, for each kernel row
    and kernel column the channels of all of them, as if they were one of more channels. The line is then one of coarse
    pixels, which is what all below is about.

    The input shifts through a line, a beat a cycle; each used tap is at a fixed distance in it. Those of one kernel row are
    neighbours; of the rows a memory holds what lies between them, (kernel rows - 1) * dilation rows of the frame. A window is
    complete with the beat under its newest tap. The windows at the end of a frame, whose newest taps are padding, leave
    while the next frame comes in, or while the line shifts without input if that has not begun.

    A frame takes ``cycles`` in steady state: the input beats, unless an axis has more padding than its kernel's extent less
    one. The line must hold all windows of such an axis, (outputs - 1) * stride + 1 elements, and begin no window before its
    frame; so a frame takes rows * columns * groups cycles with, in each axis,
    max(size + padding before the newest used tap, (outputs - 1) * stride + 1) rows or columns. With stride 1 that is
    max(height, output height) * max(width, output width) * groups.

    The line waits ``patience`` cycles for the next frame before it shifts without input. Windows that leave early fill the
    FIFO behind, and then keep the next frame waiting: where frames follow each other without a gap, that costs cycles.
    """

    kind: ClassVar[str] = "parallel_window"
    read_delay: ClassVar[int] = READ_DELAY
    patience: int = 0
    interleaved: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.coarse.is_possible, self

    @cached_property
    def rows(self) -> LineAxis:
        return LineAxis(self.row_axis)

    @cached_property
    def columns(self) -> LineAxis:
        return LineAxis(self.coarse.axis)

    @cached_property
    def coarse(self) -> CoarseColumns:
        return CoarseColumns(self.column_axis, self.pixels)

    @property
    def input_lanes(self) -> int:
        return self.lanes

    @property
    def output_lanes(self) -> int:
        return self.taps * self.coarse.windows * self.lanes // self.pixels

    @property
    def cycles(self) -> int:
        return self.rows.period * self.columns.period * self.groups

    @property
    def frame_cycles(self) -> int:
        """Cycles of a frame in C++, where a call does not see the next frame: until its last beat is in or out."""
        return max(int(self._arrivals[-1]), int(self._completions[-1])) + 1

    @property
    def latency(self) -> int:
        """Into the line, into the output register."""
        return 2

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        windows = self.windows(self.images(frames), self.pad_value)
        beats = (len(frames), -1, self.coarse.windows, *self.kernel, self.groups, self.channels // self.groups)
        order = (0, 1, 5, 3, 4, 2, 6) if self.interleaved else (0, 1, 5, 2, 3, 4, 6)
        found: IntArray = windows.reshape(beats).transpose(order).reshape(len(frames), self.output_elements)
        return found

    def schedule(self) -> Schedule:
        """The line moves on as soon as all windows but one that were complete before have left it.

        The last windows of a frame need beats of the next one (or a pause instead).
        """
        before = np.searchsorted(self._completions, self._arrivals)
        behind = np.searchsorted(self._completions, self._arrivals + self.cycles) - len(self._completions)
        frees: IntArray = before + behind - 1
        return Line(self._needs, frees, self._arrivals, self._completions, self.cycles, self.patience)

    @cached_property
    def _arrivals(self) -> IntArray:
        """(input beats,): the cycle of a frame in which each enters the line."""
        return self._cycles_of(self.rows.arrivals, self.columns.arrivals)

    @cached_property
    def _completions(self) -> IntArray:
        """(output beats,): the cycle of a frame in which the newest tap of each enters the line."""
        return self._cycles_of(self.rows.completions, self.columns.completions)

    @property
    def _needs(self) -> IntArray:
        two_frames = np.append(self._arrivals, self._arrivals + self.cycles)
        found: IntArray = np.searchsorted(two_frames, self._completions, side="right")
        return found

    def _cycles_of(self, rows: IntArray, columns: IntArray) -> IntArray:
        pixels = rows[:, None] * self.columns.period + columns
        found: IntArray = (pixels[..., None] * self.groups + np.arange(self.groups)).ravel()
        return found

    @property
    def row_count(self) -> int:
        """Kernel rows that are built."""
        return self.rows.last - self.rows.first + 1

    @property
    def column_count(self) -> int:
        return self.columns.last - self.columns.first + 1

    @property
    def row_delay(self) -> int:
        """Beats between the taps of two kernel rows."""
        return self.dilation[0] * self.columns.period * self.groups

    @property
    def column_delay(self) -> int:
        return self.columns.axis.dilation * self.groups

    @property
    def rows_in_block_ram(self) -> bool:
        return self._row_chain.bram > 0

    @property
    def columns_in_block_ram(self) -> bool:
        return self._column_chain.bram > 0

    @property
    def _row_chain(self) -> Resources:
        return _chain((self.row_count - 1) * self.lanes * self.format.width, self.row_delay)

    @property
    def _column_chain(self) -> Resources:
        """Of each pixel of a coarse one, as many delays as its oldest tap needs."""
        oldest: dict[int, int] = {}
        for column, pixel in self._places:
            oldest[pixel] = min(oldest.get(pixel, column), column)
        delays = sum(self.columns.last - column for column in oldest.values())
        return _chain(delays * self.row_count * self._pixel_bits, self.column_delay)

    @property
    def _pixel_bits(self) -> int:
        """Of the part of a beat that belongs to one pixel."""
        return self.lanes // self.pixels * self.format.width

    @property
    def _places(self) -> set[tuple[int, int]]:
        """The columns under a beat's windows: which of the line, and which pixel of it."""
        first, to_window, to_tap = self.coarse.places
        windows = (first + window * to_window for window in range(self.coarse.windows))
        places = {divmod(start + tap * to_tap, self.pixels) for start in windows for tap in range(self.kernel[1])}
        return {(column, pixel) for column, pixel in places if column in self.columns.used}

    def cost(self) -> Resources:
        """The delays, two output registers with padding before them, and the counters by their bits."""
        taps = len(self.rows.used) * len(self._places) * self._pixel_bits
        state = sum(clog2(axis.period) for axis in (self.rows, self.columns)) * 2 + 2 * clog2(self.groups)
        state += sum(clog2(stride) for stride in self.stride) + clog2(self.patience + 1)
        masks = sum(
            (low > 0) + (end <= axis.last_start) for axis in (self.rows, self.columns) for low, end in axis.bounds
        )
        registers = self.lanes * self.format.width + 2 * taps + state + masks + 4
        return self._row_chain + self._column_chain + Resources(lut=taps + 1.1 * state + masks + 10, ff=registers)

    def memories(self) -> tuple[Memory, ...]:
        return ()


def _chain(bits: int, delay: int) -> Resources:
    """So many bits, each delayed by so many beats, in a memory with a counter."""
    if bits == 0:
        return Resources()
    if delay <= REGISTERED:
        return Resources(ff=bits * delay)
    return memory_cost(delay, bits) + Resources(lut=clog2(delay), ff=clog2(delay))
