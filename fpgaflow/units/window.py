"""Sliding window: for each output pixel of a convolution or pool, the input values under its kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.line_buffer import LineBuffer
from fpgaflow.units.ram import memory_cost
from fpgaflow.units.schedule import Buffered, Schedule
from fpgaflow.units.sliding import Sliding


@dataclass(frozen=True)
class WindowUnit(Sliding):
    """Frames (height, width, channels) -> for each output pixel in row-major order, all values under the kernel.

    They come in order of kernel row, kernel column, channel: a beat of ``lanes`` for each kernel row, kernel column and
    group of channels. That is the vector of kernel rows * kernel columns * channels which a ``DenseUnit`` with one vector a
    pixel and ``lanes`` inputs a cycle reads. The fields are those of ``Sliding``.

    In steady state a frame takes ``cycles``: the next one enters while this one leaves. The C++ computes one frame a call,
    and a call does not see the next frame's beats; so there a frame takes ``frame_cycles``, which is longer by the input up
    to the first window (for a 3x3 kernel a row and a few beats).

    The buffer holds, in the usual case (stride 1, a border of padding), one row less than the kernel has, and a few beats.
    Without padding the next frame's first window must have come when this one's last is read, and it holds both.
    Rows and columns that a kernel of one row or column skips are not stored. One pixel leaves at a time; to write the taps of
    P neighbouring pixels of a row together, the buffer would be P memories, column c in memory ((c + left) // stride) % P:
    a tap of P neighbours then lies once in each, rotated by (kernel column * dilation) // stride.
    """

    kind: ClassVar[str] = "window"

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.pixels == 1, self

    @cached_property
    def buffer(self) -> LineBuffer:
        return LineBuffer(self.row_axis, self.column_axis, self.groups)

    @property
    def input_lanes(self) -> int:
        return self.lanes

    @property
    def output_lanes(self) -> int:
        return self.lanes

    @property
    def cycles(self) -> int:
        return max(self.input_elements, self.output_elements) // self.lanes

    @property
    def frame_cycles(self) -> int:
        """Cycles of a frame in C++."""
        return self.buffer.frame_cycles

    @property
    def latency(self) -> int:
        """Into the memory, out of it, into the output register."""
        return 3

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        return self.windows(self.images(frames), self.pad_value).reshape(len(frames), self.output_elements)

    def schedule(self) -> Schedule:
        """Reader and writer run on their own."""
        beats = np.arange(self.buffer.input_beats).reshape(1, self.height, self.width, self.groups)
        return Buffered(self.buffer.needs(self.windows(beats, -1).ravel()), self.buffer.frees)

    @cached_property
    def words(self) -> int:
        """Beats of memory: a power of two, whose addresses need no wrapping, if that costs no memory."""
        least = self.buffer.least_words
        power = 1 << (least - 1).bit_length()
        return power if self._memory(power) == self._memory(least) else least

    @property
    def address_steps(self) -> tuple[int, ...]:
        """Of a tap's address: those of its position, around the circle."""
        return tuple(step % self.words for step in self.buffer.position_steps)

    @property
    def in_block_ram(self) -> bool:
        return self._memory(self.words).bram > 0

    def _memory(self, words: int) -> Resources:
        return memory_cost(words, self.lanes * self.format.width)

    def cost(self) -> Resources:
        """The memory exactly, two output registers, and the counters and distances by their bits."""
        buffer, bits = self.buffer, self.lanes * self.format.width
        counts = list(buffer.counts)
        if buffer.stored_beats < buffer.input_beats:
            counts += [buffer.groups, self.height, self.width, *self.stride]
        state = sum((count - 1).bit_length() for count in counts) + 2 * (self.words - 1).bit_length()
        state += buffer.ahead_bits + buffer.room_bits
        state += sum(axis.bits for axis in (buffer.rows, buffer.columns) if axis.is_padded)
        return self._memory(self.words) + Resources(lut=bits + 1.6 * state, ff=2 * bits + state + 12)

    def memories(self) -> tuple[Memory, ...]:
        return ()
