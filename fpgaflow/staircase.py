"""Staircases: functions from an accumulator's integer to the next layer's integer, element by element.

Whatever stands between an accumulator and the next quantizer, bias, BatchNormalization, activation and the quantizer
itself, is for each element of a frame a function from integers to integers. When it is monotone it is described fully by
one threshold a level; they are found by bisection on the function itself, so nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import IntArray

Codes = Callable[[IntArray], IntArray]
"""(points, elements) integers -> (points, elements) codes."""


@dataclass(frozen=True, eq=False)
class Staircase:
    """``base + sum_i((x >= thresholds[e, i]) != decreasing[e])`` for every x in ``low[e] .. high[e]``.

    ``thresholds`` (elements, levels) ascend along levels and lie within ``low[e] .. high[e] + 1``; the first means
    "always", the last "never". ``decreasing`` (elements,) holds 0 and 1.
    """

    base: int
    thresholds: IntArray
    decreasing: IntArray
    low: IntArray
    high: IntArray

    @property
    def levels(self) -> int:
        return int(self.thresholds.shape[1])

    def __call__(self, values: IntArray) -> IntArray:
        """(…, elements) integers -> (…, elements) codes."""
        columns = values.reshape(-1, len(self.low)).T
        reached = [np.searchsorted(*pair, side="right") for pair in zip(self.thresholds, columns, strict=True)]
        count: IntArray = np.stack(reached, axis=1).reshape(values.shape)
        codes: IntArray = self.base + np.where(self.decreasing, self.levels - count, count)
        return codes

    def rising(self) -> Staircase:
        """The same codes as a function of x where it rises and of -x where it falls; nothing is decreasing."""
        flip = self.decreasing.astype(bool)
        thresholds = np.where(flip[:, None], 1 - self.thresholds[:, ::-1], self.thresholds)
        low, high = np.where(flip, -self.high, self.low), np.where(flip, -self.low, self.high)
        return Staircase(self.base, thresholds, np.zeros_like(self.decreasing), low, high)


def find_staircase(codes: Codes, low: IntArray, high: IntArray, span: tuple[int, int] | None = None) -> Staircase:
    """The staircase of a function that is monotone in every element over ``low[e] .. high[e]``.

    ``span`` gives base and top code; without it they are the smallest and largest that occur (at least one level).
    """
    first, last = codes(low[None])[0], codes(high[None])[0]
    base, top = span or (int(min(first.min(), last.min())), int(max(first.max(), last.max())))
    top = max(top, base + 1)
    decreasing = (last < first).astype(np.int64)
    wanted = np.arange(base + 1, top + 1)[:, None]

    # Levels from the bottom for rising elements, from the top for falling ones, so that thresholds ascend.
    falls = decreasing.astype(bool)
    level = np.where(falls, base + 1 + top - wanted, wanted)
    below, above = np.broadcast_to(low - 1, level.shape).copy(), np.broadcast_to(high + 1, level.shape).copy()
    while np.any(above - below > 1):
        middle = np.clip((below + above) >> 1, low, high)
        reached = (codes(middle) >= level) != falls
        above = np.where(reached & (middle < above), middle, above)
        below = np.where(~reached & (middle > below), middle, below)
    return Staircase(base, np.ascontiguousarray(above.T), decreasing, low, high)


def adjust(staircase: Staircase, codes: Codes) -> Staircase:
    """Move thresholds by single steps until ``codes`` (exact, slow) agrees on both sides of each of them."""
    low, high, falls = staircase.low, staircase.high, staircase.decreasing.astype(bool)
    thresholds = staircase.thresholds.T.copy()
    index = np.arange(1, staircase.levels + 1)[:, None] + staircase.base
    level = np.where(falls, 2 * staircase.base + staircase.levels + 1 - index, index)
    while True:
        at, before = np.clip(thresholds, low, high), np.clip(thresholds - 1, low, high)
        at_reached = ((codes(at) >= level) != falls) | (thresholds > high)
        before_reached = ((codes(before) >= level) != falls) & (thresholds > low)
        if np.all(at_reached & ~before_reached):
            return Staircase(staircase.base, np.ascontiguousarray(thresholds.T), staircase.decreasing, low, high)
        thresholds = np.where(before_reached, thresholds - 1, np.where(at_reached, thresholds, thresholds + 1))


def breakpoints(staircase: Staircase) -> IntArray:
    """(points, elements): both sides of every threshold and both ends of the range, for proofs by comparison."""
    at = np.clip(staircase.thresholds, staircase.low[:, None], staircase.high[:, None])
    before = np.clip(staircase.thresholds - 1, staircase.low[:, None], staircase.high[:, None])
    ends = np.stack([staircase.low, staircase.high], axis=1)
    points: IntArray = np.concatenate([at, before, ends], axis=1).T
    return points
