"""Requantizations: an affine function with one rounding where that is proven exact, else a table, else a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fpgaflow.backends.emulate.kernels import count_reached, look_up, round_affine
from fpgaflow.backends.emulate.number_types import NumberType, Operand, largest, magnitude, widest
from fpgaflow.backends.emulate.step import Step, compiles
from fpgaflow.fixed import BipolarFormat, Rounding
from fpgaflow.ir.graph import Array
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.requantize import Requantize
from fpgaflow.requantize_forms import middle_line, shift_form
from fpgaflow.staircase import Staircase, breakpoints

ROW = 1024
MAX_TABLE = 1 << 18

Run = Callable[[Array], Array]


@compiles(Requantize)
def requantize(op: Requantize, data: Sequence[Operand], constants: Sequence[Array]) -> Step:
    (operand,) = data
    staircase = op.staircase(*constants)
    top = staircase.base + staircase.levels
    dtype = widest(magnitude(op.format), abs(staircase.base), abs(top))
    run = _affine(staircase, operand.dtype, dtype) or _tabulated(staircase, dtype) or _searched(staircase, dtype)
    return Step(_Signs(run) if isinstance(op.format, BipolarFormat) else run, dtype)


@compiles(LookupTable)
def lookup_table(op: LookupTable, _data: Sequence[Operand], constants: Sequence[Array]) -> Step:
    (table,) = constants
    dtype = widest(largest(table))
    return Step(_Table(table.astype(dtype), op.input_low), dtype)


@dataclass(frozen=True, eq=False)
class _Signs:
    """Codes 0 and 1 as -1 and +1."""

    codes: Run

    def __call__(self, values: Array) -> Array:
        codes = self.codes(values)
        codes *= 2
        codes -= 1
        return codes


# -- affine ------------------------------------------------------------------------------------------------------------


def _affine(staircase: Staircase, source: NumberType, dtype: NumberType) -> _Affine | None:
    """The first affine function that equals the staircase.

    A float product and sum, rounded as floats are, still rise or fall with the data; so does the staircase. Hence they
    are equal everywhere if they are equal on both sides of each threshold and at the ends of the range.
    """
    if source is np.int64:
        return None
    points = breakpoints(staircase)
    want = staircase(points)
    for scale, bias, nearest in _candidates(staircase):
        for working in (np.float32, np.float64):
            if largest(want) > 1 << np.finfo(working).nmant:
                continue
            found = _Affine(
                _row(scale.astype(working)),
                _row(bias.astype(working)),
                nearest,
                working(staircase.base),
                working(staircase.base + staircase.levels),
                dtype,
            )
            if np.array_equal(found(points.astype(source)), want):
                return found
    return None


def _candidates(staircase: Staircase) -> Iterator[tuple[Array, Array, bool]]:
    """(scale, bias, round to nearest even) with one number an element."""
    shift = shift_form(staircase)
    if shift is not None and shift.rounding in (Rounding.HALF_EVEN, Rounding.FLOOR):
        unit = 2.0**-shift.right_shift
        scale = np.full(len(staircase.low), unit * 2.0**shift.left_shift)
        yield scale, shift.bias * unit, shift.rounding is Rounding.HALF_EVEN
    scale, bias = middle_line(staircase)
    yield scale, bias, False


@dataclass(frozen=True, eq=False)
class _Affine:
    """See ``round_affine``."""

    scale: Array
    bias: Array
    nearest: bool
    low: np.floating
    high: np.floating
    dtype: NumberType

    def __call__(self, values: Array) -> Array:
        result = np.empty(values.shape, dtype=self.dtype)
        limits = (self.low, self.high)
        round_affine(values.reshape(-1), self.scale, self.bias, self.nearest, *limits, result.reshape(-1))
        return result


# -- table and search --------------------------------------------------------------------------------------------------


def _tabulated(staircase: Staircase, dtype: NumberType) -> _Table | None:
    """The codes of every integer that can occur, unless they are too many."""
    low, high = int(staircase.low.min()), int(staircase.high.max())
    if (high - low + 1) * len(staircase.low) > MAX_TABLE:
        return None
    points = np.arange(low, high + 1)[:, None]
    return _Table(staircase(np.clip(points, staircase.low, staircase.high)).T.astype(dtype), low)


class _Table:
    """Table (1 or channels, entries), the first entry for ``input_low``."""

    def __init__(self, table: Array, input_low: int) -> None:
        channels, entries = table.shape
        self._table = table.ravel()
        self._offset = _row(np.arange(channels) * entries - input_low)

    def __call__(self, values: Array) -> Array:
        result = np.empty(values.shape, dtype=self._table.dtype)
        look_up(values.reshape(-1), self._table, self._offset, result.reshape(-1))
        return result


def _searched(staircase: Staircase, dtype: NumberType) -> Run:
    thresholds = np.ascontiguousarray(staircase.thresholds, dtype=np.int64)
    sign = np.where(staircase.decreasing, -1, 1).astype(dtype)
    base = (staircase.base + staircase.decreasing * staircase.levels).astype(dtype)

    def run(values: Array) -> Array:
        result: Array = np.empty(values.shape, dtype=dtype)
        count_reached(values.reshape(-1), thresholds, result.reshape(-1))
        spread = result.reshape(-1, len(sign))
        spread *= sign
        spread += base
        return result

    return run


def _row(parameters: Array) -> Array:
    """Parameters of the channels, repeated until the row is long."""
    return np.tile(parameters, -(-ROW // len(parameters)))
