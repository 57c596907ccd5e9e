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
from fpgaflow.mapping.options import Option
from fpgaflow.mapping.price import Amounts
from fpgaflow.mapping.pruning import prune
from fpgaflow.mapping.selection import Answer, Selection
from fpgaflow.units.base import Resources

FIT_EFFORT, CHEAP_EFFORT, QUICK_EFFORT = 2.0, 1.5, 6.0
"""Deterministic seconds of the solver: to find a choice that fits, the cheapest one, the one of the least latency."""
CHEAP_ENOUGH = 0.005
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
        self.all_bounds = _bounds(options)

    def resources(self, choice: Choice) -> Resources:
        """All that a choice takes, with width adapters."""
        adapters = (
            link.cost(choice[link.source].lanes[not link.shared], choice[link.target].lanes[0]) for link in self._links
        )
        return reduce(add, (*(option.resources for option in choice), *adapters))

    def latency(self, choice: Choice) -> int:
        """Cycles from the first beat to the last result of a frame that comes alone."""
        times = self._times(choice)
        return max(times[node][1] for node in self._last)

    def _times(self, choice: Choice) -> list[tuple[int, int]]:
        """When the first and the last result leave each node."""
        times: list[tuple[int, int]] = []
        for node, option in enumerate(choice):
            sources = [times[link.source] for link in self._links if link.target == node and not link.shared]
            results = [option.fill.results(*source) for source in sources or [(0, 0)]]
            begin = max(begin for begin, _ in results)
            times.append((begin, max(begin + option.fill.rest, *(end for _, end in results))))
        return times

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
        options = self._within(self._fitting, bound)
        if not all(options):
            return Answer(None, impossible=True)
        selection = Selection(options, self._links)
        selection.keep_within(self._room)
        return selection.solve(FIT_EFFORT)

    def cheapest(self, bound: int, known: Choice) -> Found:
        """The fewest LUT equivalents of at most ``bound`` cycles a frame; ``known`` is a choice that fits."""
        selection = Selection(_with(known, self._within(self._fitting, bound)), self._links)
        selection.keep_within(self._room)
        selection.begin_with(known)
        answer = selection.solve(CHEAP_EFFORT, selection.price, CHEAP_ENOUGH)
        assert answer.chosen is not None, "the solver begins with a choice"
        return Found(answer.chosen, answer.value, answer.bound)

    def roomiest(self, bound: int, known: Choice) -> Found:
        """The same, but with most room left of the resource that is scarcest: wiring gets hard where one is full."""
        selection = Selection(_with(known, self._within(self._fitting, bound)), self._links)
        selection.keep_within(self._room)
        selection.begin_with(known)
        answer = selection.solve(CHEAP_EFFORT, selection.fullest(self._room), CHEAP_ENOUGH)
        assert answer.chosen is not None, "the solver begins with a choice"
        return Found(answer.chosen, answer.value, answer.bound)

    def quickest(self, bound: int, known: Choice) -> Found:
        """The least latency of at most ``bound`` cycles a frame, and of those choices the cheapest; ``known`` fits."""
        horizon = self.latency(known)
        pace = min(bound, horizon)
        within = [[option for option in of_node if option.cycles <= pace] for of_node in self._fitting]
        options = prune(within, self._links, _by_latency)
        selection = Selection(_with(known, options), self._links)
        selection.keep_within(self._room)
        latency = selection.latency(self._last, horizon)
        selection.begin_with(known, self._times(known))
        first = selection.solve(QUICK_EFFORT, latency)
        assert first.chosen is not None, "the solver begins with a choice"
        selection.keep_below(latency, round(first.value))
        selection.begin_with(first.chosen, self._times(first.chosen))
        choice = selection.solve(CHEAP_EFFORT, selection.price, CHEAP_ENOUGH).chosen or first.chosen
        return Found(choice, max(first.value, self.latency(choice)), first.bound)

    def _within(self, options: Sequence[Sequence[Option]], bound: int) -> list[list[Option]]:
        """Those within ``bound`` cycles that are worth a look where only resources count."""
        within = [[option for option in of_node if option.cycles <= bound] for of_node in options]
        return prune(within, self._links, lambda option: option.amounts)

    def shortage(self, bound: int) -> Resources | None:
        """What a choice of at most ``bound`` cycles takes that exceeds the limits the least; None if there is none."""
        options = self._within(self._all, bound)
        if not all(options):
            return None
        selection = Selection(options, self._links)
        answer = selection.solve(FIT_EFFORT, selection.overflow(self._room), CHEAP_ENOUGH)
        return None if answer.chosen is None else self.resources(answer.chosen)


def cycles_of(choice: Choice) -> int:
    """Cycles between two frames."""
    return max(option.cycles for option in choice)


def _with(known: Choice, options: Sequence[list[Option]]) -> list[list[Option]]:
    """The options, and those of a known choice to begin with."""
    return [of_node if o in of_node else [*of_node, o] for o, of_node in zip(known, options, strict=True)]


def _bounds(options: Sequence[Sequence[Option]]) -> list[int]:
    if not all(options):
        return []
    least = max(min(option.cycles for option in of_node) for of_node in options)
    return sorted({option.cycles for of_node in options for option in of_node if option.cycles >= least})


def _by_latency(option: Option) -> tuple[int, ...]:
    return (*option.amounts, *astuple(option.fill))
