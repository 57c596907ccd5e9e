"""Pooling: the largest or the sum of the integers under a sliding window, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import Site
from fpgaflow.ops.dense import divisors
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
        shape, formats = site.data.shape, (site.format, self.format)
        channels = shape[-1]
        if self.covers(shape):
            for lanes in divisors(channels):
                yield (GlobalPoolUnit(self.reduction, self.taps, channels, lanes, *formats),)
            return
        windows = (self.parallel_window(shape, lanes, site.format) for lanes in divisors(channels))
        for window in (*windows, *self.coarse_windows(site, interleaved=True)):
            count, lanes = window.coarse.windows, window.output_lanes // self.taps
            pixels = site.result.elements // channels // count
            yield (window, PoolUnit(self.reduction, self.taps, pixels, count * channels, lanes, *formats))
