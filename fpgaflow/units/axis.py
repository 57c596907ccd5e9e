"""Rows or columns of a frame, and the windows along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import IntArray, format_for_range


def signed_bits(low: int, high: int) -> int:
    """Bits of a signed number from ``low`` to ``high``."""
    return format_for_range(min(low, -1), high).width


@dataclass(frozen=True)
class Axis:
    """Rows or columns: ``size`` elements between ``before`` and ``after`` of padding, and the kernel that slides there."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def extent(self) -> int:
        """Elements from the first to the last tap."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def outputs(self) -> int:
        return (self.size + self.before + self.after - self.extent) // self.stride + 1

    @property
    def last(self) -> int:
        """Element under the very last tap."""
        return (self.outputs - 1) * self.stride - self.before + self.extent - 1

    @property
    def is_padded(self) -> bool:
        """True if a tap lies outside the data."""
        return self.before > 0 or self.last >= self.size

    @property
    def bits(self) -> int:
        """Of a signed number that holds every row or column under a tap, and ``size``."""
        return signed_bits(-self.before, max(self.last, self.size))

    @property
    def starts(self) -> IntArray:
        """(outputs,): element under the first tap."""
        return np.arange(self.outputs) * self.stride - self.before

    @property
    def taps(self) -> IntArray:
        """(outputs, kernel): element under each tap."""
        found: IntArray = self.starts[:, None] + np.arange(self.kernel) * self.dilation
        return found

    def sampled(self) -> tuple[range, Axis]:
        """The elements worth storing, and the axis that they make: all, but for a kernel of one tap with a stride."""
        first = -self.before % self.stride
        if self.kernel > 1 or self.stride == 1 or first >= self.size:
            return range(self.size), self
        kept = range(first, self.size, self.stride)
        before = -(-self.before // self.stride)
        return kept, Axis(len(kept), 1, 1, 1, before, self.outputs - before - len(kept))

    def ends(self) -> tuple[IntArray, IntArray]:
        """(outputs,) each: the first and the last element under a tap, ``size`` and -1 if all taps lie outside."""
        taps = self.taps
        inside = (taps >= 0) & (taps < self.size)
        return np.where(inside, taps, self.size).min(axis=1), np.where(inside, taps, -1).max(axis=1)
