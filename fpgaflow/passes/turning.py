"""Functions that rise and fall: a staircase that counts their steps, and a table from the count to the code."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.passes.chain import Chain
from fpgaflow.staircase import Staircase


def counted_steps(chain: Chain, turns: IntArray) -> tuple[Staircase, IntArray, IntArray]:
    """The steps of a chain that is monotone below the integers ``turns`` (period,), and from them on.

    Returns the staircase of the number of steps up to an integer, (period, steps + 1) codes by that number, and (2, period)
    smallest and largest code.
    """
    low, high = chain.value.low, chain.value.high
    below, above = chain.staircase(low, turns - 1), chain.staircase(np.minimum(turns, high), high)
    behind = np.maximum(above.thresholds, turns[:, None])  # never reached where nothing is beyond the turn
    thresholds = np.concatenate([below.thresholds, turns[:, None], behind], axis=1)
    codes = np.concatenate([_by_count(below), _by_count(above)], axis=1)
    at_ends = [part(np.stack([part.low, part.high])) for part in (below, above)]
    ends = np.concatenate(at_ends)
    extremes = np.stack([ends.min(axis=0), ends.max(axis=0)])
    return Staircase(0, thresholds, np.zeros_like(below.decreasing), low, high), codes, extremes


def _by_count(staircase: Staircase) -> IntArray:
    """(elements, levels + 1): the code where so many thresholds are reached."""
    count = np.arange(staircase.levels + 1)
    falls = staircase.decreasing[:, None].astype(bool)
    codes: IntArray = staircase.base + np.where(falls, staircase.levels - count, count)
    return codes
