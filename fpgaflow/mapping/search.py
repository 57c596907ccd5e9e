"""The best choice of an option for each node within a board's room, for each objective.

For a bound on the cycles a frame, nodes meet only in the resources they share and in the lanes of the streams between
them, so a solver can find the cheapest choice within a bound, or prove that there is none. The best speed is the smallest
bound with a choice that fits, found by bisection over the cycles that occur.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import reduce
from math import floor
from operator import add

from fpgaflow.mapping.links import Link
from fpgaflow.mapping.options import Amounts, Option, best_of
from fpgaflow.mapping.selection import Answer, Selection
from fpgaflow.units.base import Resources

FIT_EFFORT, BEST_EFFORT = 4.0, 8.0
"""Deterministic seconds of the solver: to find a choice that fits, to find the best one."""
CHEAP_ENOUGH = 0.002
"""The cheapest choice is sought to within this share."""

Choice = tuple[Option, ...]


@dataclass(frozen=True)
class Found:
    """A choice, the objective's value in it, and what is proven to be the least value."""

    choice: Choice
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """By which share the value is above its bound."""
        return max(0.0, self.value - self.bound) / self.value


class Search:
    """The choice between ``options`` of each node, whose streams are ``links``, within ``limit``.

    The results of the nodes ``last`` leave the accelerator.
    """

    def __init__(
        self, options: Sequence[Sequence[Option]], links: Sequence[Link], last: Sequence[int], limit: Resources
    ) -> None:
        self._all, self._links, self._last = options, links, last
        self._room: Amounts = (floor(limit.lut), floor(limit.ff), floor(2 * limit.bram), floor(limit.dsp))
        self._fitting = [
            [o for o in of_node if all(have <= room for have, room in zip(o.amounts, self._room, strict=True))]
            for of_node in options
        ]
        self.bounds = _bounds(self._fitting)
        """Cycles a frame that a choice may have, ascending; none if a node does not fit alone."""
        self.slowest = max(option.cycles for of_node in options for option in of_node)

    def resources(self, choice: Choice) -> Resources:
        """All that a choice takes, with width adapters."""
        adapters = (
            link.cost(choice[link.source].lanes[not link.shared], choice[link.target].lanes[0]) for link in self._links
        )
        return reduce(add, (*(option.resources for option in choice), *adapters))

    def latency(self, choice: Choice) -> int:
        """Cycles from the first beat to the last result of a frame that comes alone."""
        times: list[tuple[int, int]] = []
        for node, option in enumerate(choice):
            sources = [times[link.source] for link in self._links if link.target == node and not link.shared]
            results = [option.fill.results(*source) for source in sources or [(0, 0)]]
            begin = max(begin for begin, _ in results)
            times.append((begin, max(begin + option.fill.rest, *(end for _, end in results))))
        return max(times[node][1] for node in self._last)

    def fastest(self) -> Found | None:
        """The fewest cycles a frame, by any choice; None if nothing fits."""
        found: Choice | None = None
        low, high, proven = 0, len(self.bounds), 0
        while low < high:
            middle = (low + high) // 2
            answer = self.within(self.bounds[middle])
            if answer.chosen is not None:
                found = answer.chosen
                high = bisect_left(self.bounds, cycles_of(found))
            else:
                low = middle + 1
                proven = low if answer.impossible else proven
        return None if found is None else Found(found, self.bounds[high], self.bounds[proven])

    def within(self, bound: int) -> Answer:
        """Any choice of at most ``bound`` cycles a frame."""
        options = _cheap(self._fitting, bound)
        if not all(options):
            return Answer(None, impossible=True)
        selection = Selection(options, self._links)
        selection.keep_within(self._room)
        return selection.solve(FIT_EFFORT)

    def cheapest(self, bound: int, known: Choice) -> Found:
        """The fewest LUT equivalents of at most ``bound`` cycles a frame; ``known`` is a choice that fits."""
        selection = Selection(_cheap(self._fitting, bound), self._links)
        selection.keep_within(self._room)
        answer = selection.solve(BEST_EFFORT, selection.price, CHEAP_ENOUGH, known)
        assert answer.chosen is not None
        return Found(answer.chosen, answer.value, answer.bound)

    def quickest(self, bound: int, known: Choice) -> Found:
        """The least latency of at most ``bound`` cycles a frame, and of those choices the cheapest; ``known`` fits."""
        horizon = self.latency(known)
        options = [
            best_of((o for o in of_node if o.cycles <= min(bound, horizon)), _by_latency)
            for of_node in self._fitting
        ]
        for of_node, option in zip(options, known, strict=True):
            if option not in of_node:
                of_node.append(option)
        selection = Selection(options, self._links)
        selection.keep_within(self._room)
        latency = selection.latency(self._last, horizon)
        first = selection.solve(BEST_EFFORT, latency, hint=known)
        assert first.chosen is not None
        selection.keep_below(latency, round(first.value))
        second = selection.solve(BEST_EFFORT, selection.price, CHEAP_ENOUGH, first.chosen)
        choice = second.chosen or first.chosen
        return Found(choice, max(first.value, self.latency(choice)), first.bound)

    def shortage(self, bound: int) -> Resources | None:
        """What a choice of at most ``bound`` cycles takes that exceeds the limits the least; None if there is none."""
        options = _cheap(self._all, bound)
        if not all(options):
            return None
        selection = Selection(options, self._links)
        answer = selection.solve(FIT_EFFORT, selection.overflow(self._room), CHEAP_ENOUGH)
        return None if answer.chosen is None else self.resources(answer.chosen)


def cycles_of(choice: Choice) -> int:
    """Cycles between two frames."""
    return max(option.cycles for option in choice)


def _bounds(options: Sequence[Sequence[Option]]) -> list[int]:
    if not all(options):
        return []
    least = max(min(option.cycles for option in of_node) for of_node in options)
    return sorted({option.cycles for of_node in options for option in of_node if option.cycles >= least})


def _cheap(options: Sequence[Sequence[Option]], bound: int) -> list[list[Option]]:
    """Each node's options within ``bound`` that no other one with the same lanes beats in every resource."""
    return [best_of((o for o in of_node if o.cycles <= bound), lambda o: o.amounts) for of_node in options]


def _by_latency(option: Option) -> tuple[int, ...]:
    return (*option.amounts, *astuple(option.fill))
