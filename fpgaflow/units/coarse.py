"""Several pixels of a row a beat: the row as one of *coarse pixels*, with so many times the channels.

A stream in row-major order carries the same elements either way. A window on coarse pixels holds all pixels under the
windows that it stands for, and wires choose each window's taps from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fpgaflow.units.axis import Axis


@dataclass(frozen=True)
class CoarseColumns:
    """The columns of ``fine``, ``pixels`` at once."""

    fine: Axis
    pixels: int

    @property
    def is_possible(self) -> bool:
        """True if beats hold whole parts of rows, of the input and of the windows, and each starts the same windows."""
        pixels, stride = self.pixels, self.fine.stride
        whole = self.fine.size % pixels == 0 and self.fine.outputs % self.windows == 0
        return whole and (pixels % stride == 0 or stride % pixels == 0)

    @property
    def windows(self) -> int:
        """Windows a beat."""
        return max(1, self.pixels // self.fine.stride)

    @property
    def places(self) -> tuple[int, int, int]:
        """Of the taps, in pixels from the coarse window's first: the first one; to the next window; to the next tap."""
        if self.pixels == 1:
            return 0, 0, 1
        return -self.fine.before % self.pixels, self.fine.stride, self.fine.dilation

    @property
    def axis(self) -> Axis:
        """The coarse columns. Padding ends where coarse pixels do, so each is all data or all padding."""
        if self.pixels == 1:
            return self.fine
        fine, pixels, windows = self.fine, self.pixels, self.windows
        first, to_window, _ = self.places
        kernel = -(-(first + (windows - 1) * to_window + fine.extent) // pixels)
        size, stride, before = fine.size // pixels, max(1, fine.stride // pixels), -(-fine.before // pixels)
        after = (fine.outputs // windows - 1) * stride + kernel - before - size
        return replace(fine, size=size, kernel=kernel, stride=stride, dilation=1, before=before, after=max(0, after))
