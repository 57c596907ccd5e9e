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
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit, Multiplier
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
        unit computes as of more channels; a matrix-vector unit takes their windows one by one, or copies of it all at once.
        """
        (weights,) = site.constants
        pixels = site.result.elements // len(weights)
        matrix = weights.reshape(len(weights), -1)
        if self.is_pixel or (self.groups == 1 and self.covers(site.data.shape)):
            yield from ((unit,) for unit in self._dense(matrix, pixels, site, divisors(matrix.shape[1])))
            for count in site.pixels if self.is_pixel and self.groups == 1 else ():
                yield from ((unit,) for unit in self._copies(matrix, pixels, site, count))
        elif self.groups == 1:
            yield from self._windows_and_dense(matrix, pixels, site)
        if self.groups > 1 and weights.shape[-1] == 1:
            yield from self._depthwise_chains(weights.reshape(self.groups, -1, self.taps), pixels, site)
        elif not self.is_pixel and (self.taps > 1 or self.groups > 1):
            yield from self._parallel_and_dense(weights, pixels, site)

    def _windows_and_dense(self, matrix: IntArray, pixels: int, site: Site) -> Iterator[tuple[Unit, ...]]:
        """One tap a beat; or all taps of several pixels, which an adapter deals out, or copies take."""
        inputs, format = matrix.shape[1], site.format
        for lanes in divisors(site.data.shape[-1]):
            serial = self.serial_window(site.data.shape, lanes, format)
            yield from ((serial, unit) for unit in self._dense(matrix, pixels, site, [lanes]))
        for window in self.coarse_windows(site, interleaved=False):
            front: tuple[Unit, ...] = (window,)
            if window.coarse.windows > 1:
                front += (WidthAdapterUnit(window.output_elements, window.output_lanes, inputs, format),)
                copies = self._copies(matrix, pixels, site, window.coarse.windows)
                yield from ((window, unit) for unit in copies)
            yield from ((*front, unit) for unit in self._dense(matrix, pixels, site, [inputs]))

    def _parallel_and_dense(self, weights: IntArray, pixels: int, site: Site) -> Iterator[tuple[Unit, ...]]:
        """All taps a beat of some channels of a group."""
        for lanes in divisors(weights.shape[-1]):
            window = self.parallel_window(site.data.shape, lanes, site.format)
            matrix = self._channel_groups_first(weights, lanes)
            yield from ((window, unit) for unit in self._dense(matrix, pixels, site, [lanes * self.taps]))

    def _depthwise_chains(self, by_channel: IntArray, pixels: int, site: Site) -> Iterator[tuple[Unit, ...]]:
        """Depthwise units, of some channels or of all of several pixels, with the window where there is one."""
        if self.is_pixel:
            for lanes in site.lanes:
                yield from ((unit,) for unit in self._depthwise(by_channel, pixels, site, lanes))
            return
        windows = (self.parallel_window(site.data.shape, lanes, site.format) for lanes in divisors(self.groups))
        for window in (*windows, *self.coarse_windows(site, interleaved=True)):
            lanes = window.output_lanes // self.taps
            yield from ((window, unit) for unit in self._depthwise(by_channel, pixels, site, lanes))

    def _dense(self, matrix: IntArray, pixels: int, site: Site, simds: list[int]) -> Iterator[DenseUnit]:
        return dense_units(matrix, pixels, site.format, self.weight_format, self.accumulator, simds, self.groups)

    def _copies(self, matrix: IntArray, pixels: int, site: Site, count: int) -> Iterator[Unit]:
        """Each for a pixel of its own in every cycle."""
        for unit in self._dense(matrix, pixels // count, site, [matrix.shape[1]]):
            if unit.words == 1:
                yield CopiesUnit(unit, count)

    def _depthwise(self, by_channel: IntArray, pixels: int, site: Site, lanes: int) -> Iterator[Unit]:
        """Those of so many channels a beat, or of all of several pixels."""
        count = max(1, lanes // self.groups)
        weights, formats = np.tile(by_channel, (count, 1, 1)), (site.format, self.weight_format, self.accumulator)
        bipolar = BipolarFormat() in formats
        for multiplier in (Multiplier.LUT,) if bipolar else (Multiplier.LUT, Multiplier.DSP):
            yield DepthwiseUnit(weights, pixels // count, lanes, *formats, multiplier)

    def _channel_groups_first(self, weights: IntArray, lanes: int) -> IntArray:
        """(outputs, inputs) in the order in which a parallel window of ``lanes`` channels a beat brings the inputs."""
        split = weights.reshape(len(weights), self.taps, -1, lanes)
        return np.ascontiguousarray(split.transpose(0, 2, 1, 3)).reshape(len(weights), -1)
