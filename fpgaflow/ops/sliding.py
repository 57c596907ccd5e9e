"""What integer-stage operators with a sliding window share: its geometry, the taps under it, the units that make it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.axis import Axis
from fpgaflow.units.base import WIDEST_BEAT
from fpgaflow.units.coarse import CoarseColumns
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.window import WindowUnit


@dataclass(frozen=True)
class Sliding(IntegerOp):
    """A window over frames (height, width, channels).

    ``kernel``, ``stride`` and ``dilation`` are (rows, columns), ``pads`` (top, left, bottom, right); taps on the padding
    read the stored integer ``pad_value``.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]
    pad_value: int

    @property
    def taps(self) -> int:
        return self.kernel[0] * self.kernel[1]

    def axes(self, shape: tuple[int, ...]) -> tuple[Axis, Axis]:
        """Rows and columns for frames of ``shape``."""
        rows, columns = zip(self.kernel, self.stride, self.dilation, self.pads[:2], self.pads[2:], strict=True)
        return Axis(shape[0], *rows), Axis(shape[1], *columns)

    def positions(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Rows and columns of the result for frames of ``shape``."""
        rows, columns = self.axes(shape)
        if min(rows.outputs, columns.outputs) < 1:
            raise ShapeError(f"a window of {self.kernel} does not fit into a frame of shape {list(shape)}")
        return rows.outputs, columns.outputs

    def covers(self, shape: tuple[int, ...]) -> bool:
        """True if the window stands still and sees the whole frame, once."""
        return self.kernel == shape[:2] and not any(self.pads) and self.dilation == (1, 1)

    @property
    def is_pixel(self) -> bool:
        """True if the window is each pixel, one after the other."""
        return self.taps == 1 and self.stride == (1, 1) and not any(self.pads)

    def tap_values(self, data: Array) -> Iterator[Array]:
        """For each tap, kernel row by kernel row, what lies under it: (frames, rows, columns, channels) views."""
        top, left, bottom, right = self.pads
        rows, columns = self.positions(data.shape[1:])
        if any(self.pads):
            widths = ((0, 0), (top, bottom), (left, right), (0, 0))
            data = np.pad(data, widths, constant_values=self.pad_value)
        (down, across), (row_gap, column_gap) = self.stride, self.dilation
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                first, start = row * row_gap, column * column_gap
                yield data[
                    :, first : first + (rows - 1) * down + 1 : down, start : start + (columns - 1) * across + 1 : across
                ]

    def serial_window(self, shape: tuple[int, ...], lanes: int, format: Format) -> WindowUnit:
        """The window with one tap a beat."""
        height, width, channels = shape
        frame = (height, width, channels)
        return WindowUnit(*frame, self.kernel, self.stride, self.dilation, self.pads, self.pad_value, lanes, format)

    def parallel_window(
        self, shape: tuple[int, ...], lanes: int, format: Format, *, interleaved: bool = False
    ) -> ParallelWindowUnit:
        """The window with all taps in a beat."""
        height, width, channels = shape
        shapes = (height, width, channels, self.kernel, self.stride, self.dilation, self.pads)
        return ParallelWindowUnit(*shapes, self.pad_value, lanes, format, interleaved=interleaved)

    def coarse_windows(self, site: Site, *, interleaved: bool) -> Iterator[ParallelWindowUnit]:
        """Those with several pixels of a row a beat."""
        shape = site.data.shape
        _, columns = self.axes(shape)
        for pixels in site.pixels:
            if CoarseColumns(columns, pixels).is_possible:
                window = self.parallel_window(shape, pixels * shape[-1], site.format, interleaved=interleaved)
                if window.output_lanes * site.format.width <= WIDEST_BEAT:
                    yield window
