"""Closed forms of a staircase: shift and multiply-shift. Each is found from the thresholds and proven at every one.

With thresholds t[k] (the smallest x whose code is at least k) a form ``code(x) = y(x * m + b)``, y rising, equals the
staircase exactly if for every level k and every element ``y(t[k] * m + b) >= k`` and ``y((t[k] - 1) * m + b) < k``. Both
are linear bounds on b, so a form exists for given m if and only if the largest lower bound does not pass the smallest
upper one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from fpgaflow.fixed import FloatArray, IntArray, Rounding, round_shift
from fpgaflow.staircase import Staircase, breakpoints
from fpgaflow.units.khot import MOST_DIGITS, numbers_of_digits

MAX_MULTIPLIER_BITS = 26  # a DSP48E2 multiplies 27 by 18 bits
MAX_LEFT_SHIFT = 4
MAX_PAIRS = 512
UNBOUNDED = 1 << 62


@dataclass(frozen=True, eq=False)
class ShiftForm:
    """``clip(round(((x << left_shift) + bias) / 2**right_shift), low, high)``."""

    left_shift: int
    right_shift: int
    rounding: Rounding
    bias: IntArray
    low: int
    high: int

    def __call__(self, values: IntArray) -> IntArray:
        total = (values << self.left_shift) + self.bias
        return np.clip(round_shift(total, self.right_shift, self.rounding), self.low, self.high)


@dataclass(frozen=True, eq=False)
class MultiplyShiftForm:
    """``clip((x * multiplier + bias) >> right_shift, low, high)``."""

    right_shift: int
    multiplier: IntArray
    bias: IntArray
    low: int
    high: int

    def __call__(self, values: IntArray) -> IntArray:
        scaled: IntArray = (values * self.multiplier + self.bias) >> self.right_shift
        return np.clip(scaled, self.low, self.high)


@dataclass(frozen=True, eq=False)
class _Levels:
    """Which thresholds bind: those strictly inside the range, and the ends of the range where no clip hides them.

    ``at[e, i]`` must reach level ``level[i]`` where ``lower`` holds; ``at[e, i] - 1`` must stay below where ``upper`` does.
    """

    level: IntArray
    at: IntArray
    lower: np.ndarray
    upper: np.ndarray

    @staticmethod
    def of(staircase: Staircase) -> _Levels:
        thresholds, low, high = staircase.thresholds, staircase.low[:, None], staircase.high[:, None]
        # A threshold at or below `low` must be reached at `low` already; one above `high` must not be reached at `high`.
        return _Levels(
            np.arange(1, staircase.levels + 1) + staircase.base,
            np.clip(thresholds, low, high + 1),
            thresholds <= high,
            thresholds > low,
        )


def _bias_bounds(need: IntArray, levels: _Levels, step: IntArray) -> tuple[IntArray, IntArray]:
    """Bounds of the bias (elements,): ``need`` is what a level's sum must reach, without bias; one x is ``step`` less."""
    lowest = np.where(levels.lower, need, -UNBOUNDED).max(axis=1, initial=-UNBOUNDED)
    highest = np.where(levels.upper, need + step - 1, UNBOUNDED).min(axis=1, initial=UNBOUNDED)
    return lowest, highest


def _choose(lowest: IntArray, highest: IntArray) -> IntArray:
    """A bias within its bounds: the lowest where there is one, preferring 0."""
    return np.where((lowest <= 0) & (highest >= 0), 0, np.where(lowest > -UNBOUNDED, lowest, highest))


def _proven(form: ShiftForm | MultiplyShiftForm, staircase: Staircase) -> bool:
    points = breakpoints(staircase)
    return np.array_equal(form(points), staircase(points))


def shift_form(staircase: Staircase) -> ShiftForm | None:
    """The shift that equals the staircase, or None. Elements that fall can't be shifts."""
    if staircase.decreasing.any() or staircase.levels == 0:
        return None
    levels = _Levels.of(staircase)
    low, high = staircase.base, staircase.base + staircase.levels
    for guess in _step_exponents(levels):
        for left in range(MAX_LEFT_SHIFT + 1):
            shift = guess + left
            if shift < 0:
                continue
            for rounding in (Rounding.FLOOR, Rounding.HALF_EVEN, Rounding.HALF_AWAY, Rounding.TO_ZERO):
                target = _smallest_reaching(levels.level, shift, rounding)
                need = target - (levels.at << left)
                lowest, highest = _bias_bounds(need, levels, np.int64(1 << left))
                if np.all(lowest <= highest):
                    form = ShiftForm(left, shift, rounding, _choose(lowest, highest), low, high)
                    if _proven(form, staircase):
                        return form
    return None


def _step_exponents(levels: _Levels) -> list[int]:
    """Candidates for log2(step of x between two levels), from the widest pair of binding thresholds."""
    binding = levels.lower & levels.upper
    span = 0.0
    for at, binds in zip(levels.at, binding, strict=True):
        where = np.flatnonzero(binds)
        if len(where) >= 2 and levels.level[where[-1]] > levels.level[where[0]]:
            span = float(at[where[-1]] - at[where[0]]) / float(levels.level[where[-1]] - levels.level[where[0]])
            break
    if span <= 0:
        return [0]
    exponent = round(np.log2(span))
    return [exponent, exponent - 1, exponent + 1]


def _smallest_reaching(level: IntArray, shift: int, rounding: Rounding) -> IntArray:
    """The smallest integer y with ``round(y / 2**shift) >= level``."""
    start = (level << shift) - (1 << shift)
    below, above = start.copy(), (level << shift)
    while np.any(above - below > 1):
        middle = (below + above) >> 1
        reached = round_shift(middle, shift, rounding) >= level
        above, below = np.where(reached, middle, above), np.where(reached, below, middle)
    return np.where(round_shift(below, shift, rounding) >= level, below, above)


def multiply_shift_form(staircase: Staircase) -> MultiplyShiftForm | None:
    """The multiply-shift with the fewest multiplier bits that equals the staircase, or None."""
    return _multiply_shift(staircase, lambda slope: np.floor(slope) + 1)


def shift_add_form(staircase: Staircase) -> MultiplyShiftForm | None:
    """The multiply-shift of the smallest multipliers of one or, if need be, two signed digits, or None."""
    found = (_multiply_shift(staircase, partial(_next_above, numbers_of_digits(count))) for count in (1, MOST_DIGITS))
    return next((form for form in found if form is not None), None)


def _next_above(known: FloatArray, slope: FloatArray) -> FloatArray:
    """The smallest of ``known`` numbers above each slope, infinite if there is none."""
    found: FloatArray = np.append(known, np.inf)[np.searchsorted(known, slope, side="right")]
    return found


def _multiply_shift(staircase: Staircase, above: Callable[[FloatArray], FloatArray]) -> MultiplyShiftForm | None:
    """The form of the smallest shift; ``above`` says which multiplier is the next above a slope."""
    if staircase.levels == 0:
        return None
    levels, slowest, fastest = _lines(staircase)
    low, high = staircase.base, staircase.base + staircase.levels
    reach = np.maximum(np.abs(staircase.low), np.abs(staircase.high)).astype(float) + 1
    for shift in range(MAX_MULTIPLIER_BITS + 12):
        unit = float(1 << shift)
        steepness = above(slowest * unit)
        if np.any(steepness >= 1 << (MAX_MULTIPLIER_BITS - 1)) or np.any(steepness * reach >= UNBOUNDED / 4):
            return None
        if np.any(steepness >= fastest * unit):
            continue
        multiplier = steepness.astype(np.int64)
        need = (levels.level << shift) - multiplier[:, None] * levels.at
        lowest, highest = _bias_bounds(need, levels, multiplier[:, None])
        if np.any(lowest > highest):
            continue
        sign = 1 - 2 * staircase.decreasing
        form = MultiplyShiftForm(shift, multiplier * sign, _choose(lowest, highest), low, high)
        if _proven(form, staircase):
            return form
    return None


def middle_line(staircase: Staircase) -> tuple[FloatArray, FloatArray]:
    """Scale and bias (elements,) of ``clip(floor(x * scale + bias))``, as far as can be from missing a threshold.

    Nothing is proven: there may be no such line, and floats round. For who has floating point, a multiply-shift without a
    limit of bits.
    """
    levels, slowest, fastest = _lines(staircase)
    scale = np.where(np.isfinite(fastest), (slowest + np.minimum(fastest, UNBOUNDED)) / 2, np.maximum(2 * slowest, 1.0))
    need = levels.level - scale[:, None] * levels.at
    lowest = np.where(levels.lower, need, -np.inf).max(axis=1, initial=-np.inf)
    highest = np.where(levels.upper, need + scale[:, None], np.inf).min(axis=1, initial=np.inf)
    lowest, highest = np.maximum(lowest, highest - 1), np.minimum(highest, lowest + 1)
    bias = np.where(np.isfinite(lowest + highest), (lowest + highest) / 2, 0.0)
    return scale * (1 - 2 * staircase.decreasing), bias


@lru_cache(maxsize=1)  # the forms of one staircase are asked for one after the other
def _lines(staircase: Staircase) -> tuple[_Levels, FloatArray, FloatArray]:
    """What binds the rising staircase, and the bounds of its slopes."""
    levels = _Levels.of(staircase.rising())
    return levels, *_slopes(levels)


def _slopes(levels: _Levels) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (elements,), open, of the codes a step of x: from every pair of levels that bind on the sides needed."""
    count = len(levels.level)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MAX_PAIRS)).astype(np.int64))
    slowest = np.zeros(len(levels.at))
    fastest = np.full(len(levels.at), np.inf)
    for distance in range(1, len(chosen)):
        first, second = chosen[:-distance], chosen[distance:]
        codes = (levels.level[second] - levels.level[first]).astype(float)
        points = (levels.at[:, second] - levels.at[:, first]).astype(float)
        rises = levels.lower[:, second] & levels.upper[:, first]
        slowest = np.maximum(slowest, np.where(rises, codes / (points + 1), 0).max(axis=1))
        stays = levels.upper[:, second] & levels.lower[:, first] & (points > 1)
        with np.errstate(divide="ignore"):
            bound = np.where(stays, codes / np.maximum(points - 1, 1e-9), np.inf)
        fastest = np.minimum(fastest, bound.min(axis=1))
    return slowest, fastest
