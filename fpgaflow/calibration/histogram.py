"""How large the numbers of a tensor are: a histogram of magnitudes that grows with them, and their range."""

from __future__ import annotations

import numpy as np

from fpgaflow.ir.graph import Array

BINS = 4096


class Histogram:
    """Counts of magnitudes in ``BINS`` bins of equal ``width`` from zero on; ``low`` and ``high`` are the range of the
    numbers themselves (zero included). When a larger number comes, pairs of bins become one.
    """

    def __init__(self) -> None:
        self.counts = np.zeros(BINS)
        self.width = 0.0
        self.low = self.high = 0.0

    def add(self, numbers: Array) -> None:
        """Count more numbers."""
        flat = np.abs(numbers, dtype=np.float32).ravel()
        self.low, self.high = min(self.low, float(numbers.min())), max(self.high, float(numbers.max()))
        if not self.width:
            # zeros so far: they stay in the first bin, whatever its width
            self.width = self.top / (BINS - 1)
        if not self.width:
            self.counts[0] += flat.size
            return
        while self.top >= self.width * BINS:
            self.counts = np.concatenate([self.counts.reshape(-1, 2).sum(axis=1), np.zeros(BINS // 2)])
            self.width *= 2
        places = np.minimum((flat * np.float32(1 / self.width)).astype(np.int32), BINS - 1)
        self.counts += np.bincount(places, minlength=BINS)

    @property
    def top(self) -> float:
        """The largest magnitude."""
        return max(-self.low, self.high)

    @property
    def centres(self) -> Array:
        """(BINS,): the magnitude that stands for each bin; exactly zero for the first."""
        centres = (np.arange(BINS) + 0.5) * self.width
        centres[0] = 0
        return np.asarray(centres)
