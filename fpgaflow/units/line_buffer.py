"""The line buffer behind a sliding window: where its taps lie, how much it must hold so that nothing ever waits in vain.

Counted in beats, the input of all frames, one after the other, is a line of *positions*; the buffer is a circle into
which position p goes at address ``p % words``. One side writes the input in order, the other reads taps; each counts only
how far it is from the other:

- a tap may be read once its position is written;
- a beat may be written while less than ``limit`` positions lie between the base (the window's first tap, which may be
  padding and so lie before its frame) and it.

All that depends on the shape is found here, once, so that hardware only adds constants.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.units.axis import Axis, signed_bits

READ_DELAY = 4
"""Cycles from the writing of a beat to its first possible reading; what pipelined C++ takes, the RTL takes one."""


@dataclass(frozen=True)
class LineBuffer:
    """Beats of frames (rows, columns, ``groups``), and the taps on them; ``unsampled`` axes are those of the input.

    A frame's taps are nested loops, the innermost first: group, kernel column, kernel row, output column, output row.
    What moves with them is told by six steps: the n-th is what to add where loop n goes on and those inside it start
    again; the last one leads to the next frame.
    """

    read_delay: ClassVar[int] = READ_DELAY
    unsampled_rows: Axis
    unsampled_columns: Axis
    groups: int

    @cached_property
    def rows(self) -> Axis:
        return self.unsampled_rows.sampled()[1]

    @cached_property
    def columns(self) -> Axis:
        return self.unsampled_columns.sampled()[1]

    @property
    def counts(self) -> tuple[int, ...]:
        """Iterations of the five loops."""
        rows, columns = self.rows, self.columns
        return self.groups, columns.kernel, rows.kernel, columns.outputs, rows.outputs

    @property
    def pixels(self) -> int:
        """Output pixels of a frame."""
        return self.rows.outputs * self.columns.outputs

    @property
    def taps(self) -> int:
        """Beats of an output pixel."""
        return self.rows.kernel * self.columns.kernel * self.groups

    @property
    def input_beats(self) -> int:
        return self.unsampled_rows.size * self.unsampled_columns.size * self.groups

    @property
    def stored_beats(self) -> int:
        """Beats of a frame that enter the buffer."""
        return self.rows.size * self.columns.size * self.groups

    @property
    def output_beats(self) -> int:
        return self.pixels * self.taps

    @property
    def lead(self) -> int:
        """Positions from a frame's first base to the frame's first beat."""
        return (self.rows.before * self.columns.size + self.columns.before) * self.groups

    @property
    def position_steps(self) -> tuple[int, ...]:
        """Of a tap's position."""
        rows, columns, line = self.rows, self.columns, self.columns.size * self.groups
        across, down = columns.dilation * self.groups, rows.dilation * line
        return self._steps((1, across, down, columns.stride * self.groups, rows.stride * line), self.stored_beats)

    @property
    def base_steps(self) -> tuple[int, ...]:
        """Of the position of the first tap of the window."""
        right, down = self.columns.stride * self.groups, self.rows.stride * self.columns.size * self.groups
        return self._steps((0, 0, 0, right, down), self.stored_beats)

    @property
    def row_steps(self) -> tuple[int, ...]:
        """Of the row under a tap."""
        return self._steps((0, 0, self.rows.dilation, 0, self.rows.stride), 0)

    @property
    def column_steps(self) -> tuple[int, ...]:
        """Of the column under a tap."""
        return self._steps((0, self.columns.dilation, 0, self.columns.stride, 0), 0)

    def _steps(self, strides: tuple[int, ...], frame: int) -> tuple[int, ...]:
        steps, inside = [], 0
        for stride, count in zip(strides, self.counts, strict=True):
            steps.append(stride - inside)
            inside += (count - 1) * stride
        return (*steps, frame - inside)

    @cached_property
    def _bases(self) -> IntArray:
        """(pixels,): position of the window's first tap, from the frame's first beat."""
        found: IntArray = (self.rows.starts[:, None] * self.columns.size + self.columns.starts) * self.groups
        return found.ravel()

    @cached_property
    def _safe_bases(self) -> IntArray:
        """(pixels,): the least base from that pixel on, into the following frames."""
        following = np.append(self._bases, self.stored_beats + self._bases.min())
        least: IntArray = np.minimum.accumulate(following[::-1])[::-1][:-1]
        return least

    @cached_property
    def _used(self) -> tuple[IntArray, IntArray]:
        """(pixels,) each: the first stored pixel under a tap, and how many must be stored to have the last one.

        Without any tap on the data, the number of stored pixels, and 0.
        """
        (top, bottom), (left, right) = self.rows.ends(), self.columns.ends()
        inside = (bottom[:, None] >= 0) & (right >= 0)
        everything = self.rows.size * self.columns.size
        first = np.where(inside, top[:, None] * self.columns.size + left, everything)
        count = np.where(inside, bottom[:, None] * self.columns.size + right + 1, 0)
        return first.ravel(), np.maximum.accumulate(count.ravel())

    @cached_property
    def _arrivals(self) -> IntArray:
        """(stored pixels,): the input beat with which each begins."""
        rows, columns = self.unsampled_rows.sampled()[0], self.unsampled_columns.sampled()[0]
        pixels = np.asarray(rows)[:, None] * self.unsampled_columns.size + np.asarray(columns)
        arrivals: IntArray = pixels.ravel() * self.groups
        return arrivals

    @cached_property
    def _awaited(self) -> IntArray:
        """(pixels,): input beats that must have come before a pixel is begun; none is begun before its frame."""
        needed = np.maximum(self._used[1], 1)
        awaited: IntArray = self._arrivals[needed - 1] + self.groups
        return awaited

    @property
    def frame_cycles(self) -> int:
        """Cycles that a frame takes alone: until the taps that come last have come, and to write out all from there on."""
        behind = self._awaited - 1 + READ_DELAY - np.arange(self.pixels) * self.taps
        return max(self.input_beats, int(behind.max()) + self.output_beats)

    @cached_property
    def limit(self) -> int:
        """Positions between base and writer with which the slower side of the two never waits in steady state.

        The faster side may be late: a writer that is faster than the reader writes each beat as late as can be, a reader
        that is faster than the writer reads as soon as it can. Counted are the positions held at each writing then.
        """
        order = np.arange(self.pixels)
        if self.output_beats >= self.input_beats:
            room = order * self.taps - READ_DELAY - (self._awaited - 1)
            next_frame = room.min() + self.output_beats - self.input_beats
            room = np.minimum.accumulate(np.append(room, next_frame)[::-1])[::-1]
            first_reader = np.searchsorted(np.maximum(self._used[1], 1), np.arange(len(self._arrivals)) + 1)
            pixel = (self._arrivals + room[first_reader]) // self.taps
        else:
            behind = self._awaited - 1 + READ_DELAY - order * self.taps
            behind = np.maximum(np.maximum.accumulate(behind), behind.max() + self.output_beats - self.input_beats)
            ends = (order + 1) * self.taps + behind
            done = np.concatenate([ends - 2 * self.input_beats, ends - self.input_beats, ends])
            pixel = np.searchsorted(done, self._arrivals, side="right") - 2 * self.pixels
        frame, pixel = np.divmod(pixel, self.pixels)
        held = (np.arange(len(self._arrivals)) + 1) * self.groups - self._safe_bases[pixel] - frame * self.stored_beats
        return int(held.max())

    def needs(self, taps: IntArray) -> IntArray:
        """(output beats,): input beats that must have come before each; ``taps`` are those under it, -1 for the padding.

        A frame's first output beat waits for the frame's first stored beat, whatever it shows.
        """
        needed = taps + 1
        needed[0] = max(needed[0], self._arrivals[0] + 1)
        return np.maximum.accumulate(needed)

    @property
    def frees(self) -> IntArray:
        """(input beats,): output beats that must have left before each, relative to its frame.

        A beat is written once it lies less than ``limit`` positions behind the base, now and for all pixels to come; what
        is not stored comes in with the stored beat before it.
        """
        back = self.limit // self.stored_beats + 2  # frames
        bases = (self._safe_bases + self.stored_beats * np.arange(-back, 1)[:, None]).ravel()
        stored = np.arange(self.stored_beats)
        pixel = np.searchsorted(bases, stored - self.limit, side="right") - back * self.pixels
        arrivals = (self._arrivals[:, None] + np.arange(self.groups)).ravel()
        before = np.searchsorted(arrivals, np.arange(self.input_beats), side="right") - 1
        found: IntArray = np.where(before < 0, pixel[-1] - self.pixels, pixel[before]) * self.taps
        return found

    @cached_property
    def least_words(self) -> int:
        """Beats of memory with which no beat is overwritten before its last use: a base may lie behind such beats."""
        first_used = np.minimum.accumulate(self._used[0][::-1])[::-1] * self.groups
        return max(2, self.limit + int((self._bases - first_used).max()))

    @property
    def room(self) -> int:
        """What may be written when a frame begins, less one: below 0 nothing may."""
        return self.limit - 1 - self.lead

    @cached_property
    def held_range(self) -> tuple[int, int]:
        """The least and the most positions between base and writer; the writer may be behind a base that no tap needs."""
        before = np.append(self._used[1][-1] * self.groups - self.stored_beats, self._used[1][:-1] * self.groups)
        bases = np.append(self._bases, self._bases + self.stored_beats)
        back = np.maximum.accumulate(bases) - bases
        return int((before - self._bases).min()), self.limit + int(back.max())

    @property
    def room_bits(self) -> int:
        low, high = self.held_range
        return signed_bits(self.limit - 1 - high, self.limit - 1 - low)

    @property
    def ahead_bits(self) -> int:
        return signed_bits(*self.ahead_range)

    @property
    def ahead_range(self) -> tuple[int, int]:
        """The least and the most beats that are written behind the one under a tap; -1: the tap's is the next one."""
        low, high = self.held_range
        line = self.columns.size * self.groups
        window = (self.rows.extent - 1) * line + self.columns.extent * self.groups
        unread = self.stored_beats - int(self._used[1][-1]) * self.groups
        return min(low - window, -unread - 1) - READ_DELAY, high - 1
