"""Rows as differences to other rows: a spanning tree that needs few signed digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.mapping.adder_graph.digits import count_digits

SHIFTS = 3  # a parent enters shifted by 0, 1 or 2
MAX_WORK = 1 << 27  # rows * rows * inputs above which no tree is looked for


@dataclass(frozen=True)
class Parent:
    """A row's starting point: ``±(row << shift)``."""

    row: int
    shift: int
    negative: bool


@dataclass(frozen=True, eq=False)
class Decomposition:
    """``weights[r] = residuals[r] + parent``; ``order`` lists every row after its parent."""

    parents: tuple[Parent | None, ...]
    residuals: IntArray
    order: tuple[int, ...]


def decompose(weights: IntArray, reach: int) -> Decomposition:
    """Prim's minimum spanning tree over the rows and zero, at most ``reach`` rows above any row.

    An edge costs the non-zero digits of the difference, plus one for the adder that the parent needs.
    """
    rows = len(weights)
    residuals = weights.copy()
    parents: list[Parent | None] = [None] * rows
    if reach == 0 or rows * rows * weights.shape[1] > MAX_WORK:
        return Decomposition(tuple(parents), residuals, tuple(range(rows)))
    cost = count_digits(weights).sum(axis=1)
    height = np.zeros(rows, dtype=np.int64)
    open_rows = np.ones(rows, dtype=bool)
    order = []
    for _ in range(rows):
        row = int(np.flatnonzero(open_rows)[np.argmin(cost[open_rows])])
        open_rows[row] = False
        order.append(row)
        if height[row] >= reach:
            continue
        for shift in range(SHIFTS):
            for negative in (False, True):
                start = weights[row] << shift
                difference = weights + start if negative else weights - start
                edge = count_digits(difference).sum(axis=1) + 1
                closer = open_rows & (edge < cost)
                cost[closer], height[closer], residuals[closer] = edge[closer], height[row] + 1, difference[closer]
                for child in np.flatnonzero(closer).tolist():
                    parents[child] = Parent(row, shift, negative)
    return Decomposition(tuple(parents), residuals, tuple(order))


def level_limits(decomposition: Decomposition, digits: IntArray, levels: int) -> list[int] | None:
    """The depth each row must be ready at so that every row is at ``levels``, or None if that can't be.

    ``digits`` counts the residuals' non-zero digits. A sum of terms at depths d1, d2, … can be made at depth D exactly if
    2**d1 + 2**d2 + … <= 2**D (Kraft).
    """
    limits = [levels] * len(digits)
    for row in reversed(decomposition.order):
        room = (1 << limits[row]) - int(digits[row])
        parent = decomposition.parents[row]
        if room < (parent is not None):
            return None
        if parent is not None:
            limits[parent.row] = min(limits[parent.row], room.bit_length() - 1)
    return limits
