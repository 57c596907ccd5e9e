"""How long results take to come: from a unit's schedule to four numbers that add up along a path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fpgaflow.units.base import Unit
from fpgaflow.units.schedule import Steps

WHOLE = 256
"""Shares of a frame are counted in as many parts."""


@dataclass(frozen=True)
class Fill:
    """A unit's times in cycles. With ``begin`` and ``end`` for the first and last beat that reaches it, its first result
    leaves at max(begin + ``first``, begin + ``share`` / WHOLE * (end - begin) + ``delay``), its last one at
    max(end + ``tail``, first result + ``rest``).

    ``share`` is the part of the input that must be in before the first result leaves.
    """

    first: int
    rest: int
    tail: int
    share: int
    delay: int

    def results(self, begin: int, end: int) -> tuple[int, int]:
        """When the first and the last result leave."""
        first = max(begin + self.first, begin + -(-self.share * (end - begin) // WHOLE) + self.delay)
        return first, max(end + self.tail, first + self.rest)


def fill_of(units: tuple[Unit, ...]) -> Fill:
    """The times of a chain of units."""
    first = last = tail = delay = 0
    for fill in map(_fill, units):
        first, last = fill.results(first, last)
        tail += fill.tail
        delay += fill.delay
    beats = whole = 1
    for unit in reversed(units):
        beats, whole = _needed(unit, beats)
    first = max(first, beats - 1 + delay)
    return Fill(first, max(last - first, 0), tail, beats * WHOLE // whole, delay)


@lru_cache(maxsize=256)  # neighbouring chains share their windows
def _fill(unit: Unit) -> Fill:
    """The times of one unit that nobody stalls."""
    schedule, delay = unit.schedule(), unit.latency
    beats, whole = _needed(unit, 1)
    if isinstance(schedule, Steps):
        gives = np.flatnonzero(schedule.gives)
        begin, end = int(gives[0]), int(gives[-1])
        last_take = int(np.flatnonzero(schedule.takes.any(axis=0))[-1])
    else:
        place = np.arange(len(schedule.needs))
        leaves = np.maximum.accumulate(schedule.needs - place) + place
        begin, end = int(leaves[0]), int(leaves[-1])
        last_take = len(schedule.frees) - 1
    return Fill(begin + delay, end - begin, max(end - last_take, 0) + delay, beats * WHOLE // whole, delay)


def _needed(unit: Unit, beats: int) -> tuple[int, int]:
    """How many beats of its input a unit needs for its first ``beats`` results, of how many in a frame; of several inputs
    that which it needs most of.
    """
    schedule = unit.schedule()
    if isinstance(schedule, Steps):
        step = int(np.flatnonzero(schedule.gives)[beats - 1])
        taken = schedule.takes[:, : step + 1].sum(axis=1).tolist()
        return max(zip(taken, schedule.takes.sum(axis=1).tolist(), strict=True), key=lambda pair: pair[0] / pair[1])
    return min(int(schedule.needs[:beats].max()), len(schedule.frees)), len(schedule.frees)
