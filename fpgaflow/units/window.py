"""Sliding window: for each output pixel of a convolution or pool, the input values under its kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources, pack
from fpgaflow.units.line_buffer import Axis, LineBuffer

LUTS_A_BLOCK = 128
"""LUTs that a half of a BRAM36 is worth; the Ultra96 has 163 for each."""

LUTRAM_SHAPES = ((32, 14), (64, 7))
"""(words, bits) of 8 LUTs."""
BLOCK_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""(words, bits) of a half of a BRAM36."""


@dataclass(frozen=True)
class WindowUnit:
    """Frames (height, width, channels) -> for each output pixel in row-major order, all values under the kernel.

    They come in order of kernel row, kernel column, channel: a beat of ``lanes`` (a divisor of the channels) for each
    kernel row, kernel column and group of channels. That is the vector of kernel rows * kernel columns * channels which a
    ``DenseUnit`` with one vector a pixel and ``lanes`` inputs a cycle reads. ``kernel``, ``stride`` and ``dilation`` are
    (rows, columns), ``pads`` (top, left, bottom, right); one-dimensional windows have height 1. Taps on the padding read the
    stored integer ``pad_value``. It must be one of ``format``'s: for bipolar values -1 or +1, so a caller that wants zero
    there must correct what it computes of it.

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
    height: int
    width: int
    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]
    pad_value: int
    lanes: int
    format: Format

    def __post_init__(self) -> None:
        assert self.channels % self.lanes == 0, self
        assert min(*self.kernel, *self.stride, *self.dilation) >= 1 and min(self.pads) >= 0, self
        assert self.format.min <= self.pad_value <= self.format.max, self
        assert min(self.output_height, self.output_width) >= 1, self

    @cached_property
    def buffer(self) -> LineBuffer:
        top, left, bottom, right = self.pads
        (rows, columns), (down, across), (row_dilation, column_dilation) = self.kernel, self.stride, self.dilation
        return LineBuffer(
            Axis(self.height, rows, down, row_dilation, top, bottom),
            Axis(self.width, columns, across, column_dilation, left, right),
            self.channels // self.lanes,
        )

    @property
    def output_height(self) -> int:
        return self.buffer.unsampled_rows.outputs

    @property
    def output_width(self) -> int:
        return self.buffer.unsampled_columns.outputs

    @property
    def vectors(self) -> int:
        """Output pixels of a frame."""
        return self.output_height * self.output_width

    @property
    def input_elements(self) -> int:
        return self.height * self.width * self.channels

    @property
    def output_elements(self) -> int:
        return self.vectors * self.kernel[0] * self.kernel[1] * self.channels

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
    def padding_beat(self) -> int:
        """The word of a beat that is all padding."""
        return pack(np.full(self.lanes, self.format.encode(np.array(self.pad_value))), self.format.width)

    @property
    def latency(self) -> int:
        """Into the memory, out of it, into the output register."""
        return 3

    @property
    def gathers_frame(self) -> bool:
        return False

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        top, left, bottom, right = self.pads
        images = frames.reshape(len(frames), self.height, self.width, self.channels)
        padded = np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=self.pad_value)
        extents = self.buffer.unsampled_rows.extent, self.buffer.unsampled_columns.extent
        windows = sliding_window_view(padded, extents, axis=(1, 2))  # frames, rows, columns, channels, kernel
        (down, across), (row_gap, column_gap) = self.stride, self.dilation
        taps = windows[:, ::down, ::across, :, ::row_gap, ::column_gap].transpose(0, 1, 2, 4, 5, 3)
        values: IntArray = taps.reshape(len(frames), self.output_elements)
        return values

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


def memory_cost(words: int, bits: int) -> Resources:
    """The memory where it is cheaper: UltraScale+'s primitives with one port to write and one to read."""
    eights, banks = _least(LUTRAM_SHAPES, words, bits)
    lutram = 8 * eights + _selection(banks, bits)
    halves, banks = _least(BLOCK_SHAPES, words, bits)
    if lutram < LUTS_A_BLOCK * halves:
        return Resources(lut=lutram, ff=bits)
    return Resources(lut=_selection(banks, bits), ff=(banks - 1).bit_length(), bram=halves / 2)


def _least(shapes: tuple[tuple[int, int], ...], words: int, bits: int) -> tuple[int, int]:
    """The fewest primitives of one of the shapes that hold so many words of so many bits, and in how many banks."""
    return min((-(-bits // width) * -(-words // depth), -(-words // depth)) for depth, width in shapes)


def _selection(banks: int, bits: int) -> int:
    """LUTs behind and before banks: four to one in each, and a write enable for each bank."""
    return bits * -(-(banks - 1) // 3) + banks if banks > 1 else 0
