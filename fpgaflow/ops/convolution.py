"""Convolution: the integer sums of products under a sliding window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import ShapeError, Site
from fpgaflow.ops.dense import dense_units, divisors
from fpgaflow.ops.sliding import Sliding
from fpgaflow.units.base import Unit
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.depthwise import DepthwiseUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit


@dataclass(frozen=True)
class Convolution(Sliding):
    """Data (height, width, channels) and weights (outputs, kernel rows, kernel columns, channels / groups) ->
    (rows, columns, outputs).

    Outputs and channels are split evenly into ``groups``, each output sees the channels of its group alone.
    ``accumulator`` holds every partial sum in any order; ``weight_format`` holds every weight.
    """

    groups: int
    weight_format: Format
    accumulator: FixedFormat

    def infer(self, *types: TensorType) -> TensorType:
        data, weights = types
        if data.shape[-1] != weights.shape[-1] * self.groups or weights.shape[1:3] != self.kernel:
            raise ShapeError(f"weights of shape {list(weights.shape)} don't fit a frame of shape {list(data.shape)}")
        return TensorType((*self.positions(data.shape), weights.shape[0]), self.accumulator)

    def evaluate(self, *values: Array) -> Array:
        data, weights = values
        outputs, channels = len(weights), weights.shape[-1]
        # (groups, taps, channels, outputs of a group)
        matrices = weights.reshape(self.groups, -1, self.taps, channels).transpose(0, 2, 3, 1)
        total: Array | None = None
        for tap, under in enumerate(self.tap_values(data)):
            grouped = under.reshape(*under.shape[:3], self.groups, 1, channels)
            products = (grouped @ matrices[:, tap]).reshape(*under.shape[:3], outputs)
            total = products if total is None else total + products
        assert total is not None
        return total

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        """A window, with one tap or all taps a beat, and a matrix-vector or depthwise unit in every folding.

        A convolution of single pixels, or of the whole frame at once, needs no window. Of several pixels a beat, a depthwise
        unit computes as of one of more channels; a matrix-vector unit takes their windows one by one.
        """
        (weights,) = site.constants
        shape, format = site.data.shape, site.data.format
        assert format is not None
        pixels = site.result.elements // len(weights)
        channels = weights.shape[-1]
        if self.is_pixel or (self.covers(shape) and self.groups == 1):
            matrix = weights.reshape(len(weights), -1)
            yield from ((unit,) for unit in self._dense(matrix, pixels, format, divisors(matrix.shape[1])))
            for lanes in divisors(shape[-1]) if channels == 1 and self.groups > 1 else []:
                yield from ((unit,) for unit in self._depthwise(weights, pixels, format, lanes))
            return
        if self.groups == 1:
            for lanes in divisors(channels):
                window = self.serial_window(shape, lanes, format)
                matrix = weights.reshape(len(weights), -1)
                yield from ((window, unit) for unit in self._dense(matrix, pixels, format, [lanes]))
        if self.taps == 1 and self.groups == 1:
            return
        for lanes in divisors(channels) if channels > 1 else divisors(shape[-1]):
            parallel = self.parallel_window(shape, lanes, format)
            if channels == 1 and self.groups > 1:
                by_channel = weights.reshape(self.groups, -1, self.taps)
                yield from ((parallel, unit) for unit in self._depthwise(by_channel, pixels, format, lanes))
            else:
                matrix = self._channel_groups_first(weights, lanes)
                yield from ((parallel, unit) for unit in self._dense(matrix, pixels, format, [lanes * self.taps]))
        if channels == 1 and self.groups > 1:
            yield from self._coarse_depthwise(weights.reshape(self.groups, -1, self.taps), pixels, site)
        elif self.groups == 1:
            yield from self._coarse_dense(weights.reshape(len(weights), -1), pixels, site)

    def _dense(self, matrix: IntArray, pixels: int, format: Format, simds: list[int]) -> Iterator[Unit]:
        return dense_units(matrix, pixels, format, self.weight_format, self.accumulator, simds, self.groups)

    def _coarse_depthwise(self, by_channel: IntArray, pixels: int, site: Site) -> Iterator[tuple[Unit, ...]]:
        for window in self.coarse_windows(site, interleaved=True):
            count = window.coarse.windows
            wide = np.tile(by_channel, (count, 1, 1))
            units = self._depthwise(wide, pixels // count, window.format, len(wide))
            yield from ((window, unit) for unit in units)

    def _coarse_dense(self, matrix: IntArray, pixels: int, site: Site) -> Iterator[tuple[Unit, ...]]:
        inputs = matrix.shape[1]
        for window in self.coarse_windows(site, interleaved=False):
            front: tuple[Unit, ...] = (window,)
            if window.output_lanes > inputs:
                front += (WidthAdapterUnit(window.output_elements, window.output_lanes, inputs, window.format),)
            yield from ((*front, unit) for unit in self._dense(matrix, pixels, window.format, [inputs]))

    def _depthwise(self, by_channel: IntArray, pixels: int, format: Format, lanes: int) -> Iterator[Unit]:
        bipolar = BipolarFormat() in (format, self.weight_format)
        for multiplier in (Multiplier.LUT,) if bipolar else Multiplier:
            yield DepthwiseUnit(by_channel, pixels, lanes, format, self.weight_format, self.accumulator, multiplier)

    def _channel_groups_first(self, weights: IntArray, lanes: int) -> IntArray:
        """(outputs, inputs) in the order in which a parallel window of ``lanes`` channels a beat brings the inputs."""
        split = weights.reshape(len(weights), self.taps, -1, lanes)
        return np.ascontiguousarray(split.transpose(0, 2, 1, 3)).reshape(len(weights), -1)
