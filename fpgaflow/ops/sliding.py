"""What integer-stage operators with a sliding window share: its geometry, the taps under it, the units that make it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.ops.window import WindowAxis, padded, taps
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

    @property
    def window(self) -> tuple[WindowAxis, WindowAxis]:
        """Rows and columns."""
        rows, columns = zip(self.kernel, self.stride, self.dilation, self.pads[:2], self.pads[2:], strict=True)
        return WindowAxis(*rows), WindowAxis(*columns)

    def axes(self, shape: tuple[int, ...]) -> tuple[Axis, Axis]:
        """Rows and columns for frames of ``shape``."""
        rows, columns = self.window
        return rows.over(shape[0]), columns.over(shape[1])

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

    def tap_values(self, data: Array) -> list[Array]:
        """For each tap, kernel row by kernel row, what lies under it: (frames, rows, columns, channels) views."""
        return taps(padded(data, self.window, self.pad_value, behind=1), self.window, behind=1)

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


Geometry = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int, int, int]]


def geometry(window: tuple[WindowAxis, WindowAxis]) -> Geometry:
    """Kernel, stride, dilation and pads of an operator with this window."""
    rows, columns = window
    return (
        (rows.kernel, columns.kernel),
        (rows.stride, columns.stride),
        (rows.dilation, columns.dilation),
        (rows.begin, columns.begin, rows.end, columns.end),
    )
