"""Requantize: a monotone staircase from accumulators to the next layer's integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import lcm

import numpy as np

from fpgaflow.fixed import BipolarFormat, Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.requantize_forms import multiply_shift_form, shift_add_form, shift_form
from fpgaflow.staircase import Staircase
from fpgaflow.units.base import Unit
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit

MAX_COMPARATORS = 64
MAX_TABLE = 1 << 12


@dataclass(frozen=True)
class Requantize(IntegerOp):
    """A monotone staircase; inputs: data, thresholds (channels, levels), decreasing (channels,), low and high (channels,).

    Element e of the flattened frame belongs to channel ``e % channels``; ``low``/``high`` bound the data that can occur,
    and the thresholds describe the function there and nowhere else.
    """

    base: int
    format: Format

    def infer(self, *types: TensorType) -> TensorType:
        data, thresholds, *_ = types
        if data.elements % thresholds.shape[0]:
            raise ShapeError(f"{data.elements} elements are not a multiple of {thresholds.shape[0]} channels")
        return TensorType(data.shape, self.format)

    def staircase(self, thresholds: Array, decreasing: Array, low: Array, high: Array) -> Staircase:
        """The function as a ``Staircase``; codes of a bipolar output are 0 and 1 there."""
        return Staircase(self.base, thresholds, decreasing, low, high)

    def evaluate(self, *values: Array) -> Array:
        data, *parameters = values
        staircase = self.staircase(*parameters)
        spread = data.reshape(len(data), -1, len(staircase.low))
        codes = staircase(spread).reshape(data.shape)
        return 2 * codes - 1 if isinstance(self.format, BipolarFormat) else codes

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        """Every form proven equal to the staircase: shift, multiply-shift (in a DSP block, in LUTs, or by shifts for
        multipliers of few digits), comparators, threshold memory, table.
        """
        staircase = self.staircase(*site.constants)
        bipolar = isinstance(self.format, BipolarFormat)
        shift = None if bipolar else shift_form(staircase)
        scaled = None if bipolar else multiply_shift_form(staircase)
        added = None if bipolar else shift_add_form(staircase)
        low, high = int(staircase.low.min()), int(staircase.high.max())
        table = None
        if high - low < MAX_TABLE:
            points = np.arange(low, high + 1)[:, None]
            codes = staircase(np.clip(points, staircase.low, staircase.high)).T
            table = _narrow(2 * codes - 1 if bipolar else codes)
        base = -1 if bipolar else self.base
        for lanes in site.lanes:
            channels = lcm(len(staircase.low), lanes)
            spread = partial(_spread, channels=channels)
            common = (channels, site.data.elements, lanes, site.format, self.format)
            if shift:
                limits = (shift.low, shift.high)
                shifts = (shift.left_shift, shift.right_shift, shift.rounding)
                yield (ShiftUnit(*common, *shifts, spread(shift.bias), *limits),)
            for form, product in ((scaled, Multiplier.DSP), (scaled, Multiplier.LUT), (added, Multiplier.SHIFT)):
                if form:
                    factors = (spread(form.multiplier), spread(form.bias))
                    yield (MultiplyShiftUnit(*common, form.right_shift, *factors, form.low, form.high, product),)
            levels = (base, spread(staircase.thresholds), spread(staircase.decreasing))
            if staircase.levels <= MAX_COMPARATORS:
                yield (ComparatorsUnit(*common, *levels),)
            yield (ThresholdMemoryUnit(*common, *levels),)
            if table is not None:
                yield (TableUnit(*common, low, table if len(table) == 1 else spread(table)),)


def _spread(parameters: Array, channels: int) -> Array:
    """Parameters (few, …) repeated to (channels, …)."""
    return np.concatenate([parameters] * (channels // len(parameters)))


def _narrow(table: Array) -> Array:
    """One row if all rows are equal."""
    return table[:1] if np.all(table == table[:1]) else table
