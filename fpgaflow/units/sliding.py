"""What all sliding windows have in common: a kernel's taps on frames of rows, columns and channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.axis import Axis
from fpgaflow.units.base import pack


@dataclass(frozen=True)
class Sliding:
    """The shape of a window; its output pixels come in row-major order.

    ``kernel``, ``stride`` and ``dilation`` are (rows, columns), ``pads`` (top, left, bottom, right); one-dimensional windows
    have height 1. Taps on the padding read the stored integer ``pad_value``. It must be one of ``format``'s: for bipolar
    values -1 or +1, so a caller that wants zero there must correct what it computes of it. Beats have ``lanes`` elements, a
    divisor of the channels, or those of several neighbours in a row.
    """

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
        assert self.channels % self.lanes == 0 or self.lanes % self.channels == 0, self
        assert min(*self.kernel, *self.stride, *self.dilation) >= 1 and min(self.pads) >= 0, self
        assert self.format.min <= self.pad_value <= self.format.max, self
        assert min(self.output_height, self.output_width) >= 1, self

    @property
    def row_axis(self) -> Axis:
        top, _, bottom, _ = self.pads
        return Axis(self.height, self.kernel[0], self.stride[0], self.dilation[0], top, bottom)

    @property
    def column_axis(self) -> Axis:
        _, left, _, right = self.pads
        return Axis(self.width, self.kernel[1], self.stride[1], self.dilation[1], left, right)

    @property
    def groups(self) -> int:
        """Beats of a pixel, or of several together."""
        return max(1, self.channels // self.lanes)

    @property
    def pixels(self) -> int:
        """Pixels that come together in a beat."""
        return max(1, self.lanes // self.channels)

    @property
    def output_height(self) -> int:
        return self.row_axis.outputs

    @property
    def output_width(self) -> int:
        return self.column_axis.outputs

    @property
    def vectors(self) -> int:
        """Output pixels of a frame."""
        return self.output_height * self.output_width

    @property
    def taps(self) -> int:
        """Values under the kernel in each channel."""
        return self.kernel[0] * self.kernel[1]

    @property
    def input_elements(self) -> int:
        return self.height * self.width * self.channels

    @property
    def output_elements(self) -> int:
        return self.vectors * self.taps * self.channels

    @property
    def padding_beat(self) -> int:
        """The word of ``lanes`` values that are all padding."""
        return pack(np.full(self.lanes, self.format.encode(np.array(self.pad_value))), self.format.width)

    def windows(self, images: IntArray, fill: int) -> IntArray:
        """(frames, height, width, n) -> (frames, output rows, output columns, kernel rows, kernel columns, n)."""
        top, left, bottom, right = self.pads
        padded = np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
        extents = self.row_axis.extent, self.column_axis.extent
        windows = sliding_window_view(padded, extents, axis=(1, 2))  # frames, rows, columns, n, kernel
        (down, across), (row_gap, column_gap) = self.stride, self.dilation
        found: IntArray = windows[:, ::down, ::across, :, ::row_gap, ::column_gap].transpose(0, 1, 2, 4, 5, 3)
        return found

    def images(self, frames: IntArray) -> IntArray:
        """(frames, elements) -> (frames, height, width, channels)."""
        return frames.reshape(len(frames), self.height, self.width, self.channels)
