"""Pooling: the largest or the sum of the integers under a sliding window, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import Site
from fpgaflow.ops.sliding import Sliding
from fpgaflow.units.base import Unit
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.pool import PoolUnit, Reduction


@dataclass(frozen=True)
class Pooling(Sliding):
    """Data (height, width, channels) -> (rows, columns, channels); ``format`` holds every result."""

    reduction: Reduction
    format: Format

    def infer(self, *types: TensorType) -> TensorType:
        (data,) = types
        return TensorType((*self.positions(data.shape), data.shape[-1]), self.format)

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        join = np.maximum if self.reduction is Reduction.MAX else np.add
        result: Array = reduce(join, self.tap_values(data))
        return result

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        """Over the whole frame an accumulator a channel, else a window with all taps a beat and a tree behind it."""
        shape, format = site.data.shape, site.data.format
        assert format is not None
        channels = shape[-1]
        pixels = site.result.elements // channels
        formats = (format, self.format)
        within_pixel = [lanes for lanes in site.lanes if lanes <= channels]
        if self.covers(shape):
            for lanes in within_pixel:
                yield (GlobalPoolUnit(self.reduction, self.taps, channels, lanes, *formats),)
            return
        for lanes in within_pixel:
            pool = PoolUnit(self.reduction, self.taps, pixels, channels, lanes, *formats)
            yield (self.parallel_window(shape, lanes, format), pool)
        for window in self.coarse_windows(site, interleaved=True):
            count = window.coarse.windows
            side_by_side = PoolUnit(
                self.reduction, self.taps, pixels // count, count * channels, count * channels, *formats
            )
            yield (window, side_by_side)
