"""Chooses hardware for every node: as fast as the board allows, as quick to answer, or as small as can be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add

from fpgaflow.board import Board
from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Graph
from fpgaflow.mapping.links import links_of
from fpgaflow.mapping.objective import Objective
from fpgaflow.mapping.options import Option, options_of, without_dsp
from fpgaflow.mapping.search import Choice, Found, Search, cycles_of
from fpgaflow.mapping.site import pixels_of
from fpgaflow.mapping.unroll import unroll
from fpgaflow.units.base import Resources, Unit

MARGIN = Resources(lut=0.7, ff=0.7, bram=0.8, dsp=0.8)
"""Shares of the board that a design may fill: routing gets hard beyond, and AXI infrastructure needs its part."""


@dataclass(frozen=True)
class HwMapping:
    """The units of every node, in the order in which data passes them, and how they were chosen.

    ``gap``: by which share of itself the objective is above its proven bound over all foldings; 0 is optimal.
    ``bottleneck``: what keeps it from being better.
    """

    units: dict[str, tuple[Unit, ...]]
    cycles: int
    resources: Resources
    limit: Resources
    note: str
    objective: Objective
    gap: float
    bottleneck: str


def fold(
    body: Graph,
    board: Board,
    *,
    target_cycles: int | None = None,
    objective: Objective = Objective.THROUGHPUT,
    multiplier_free: bool = False,
) -> HwMapping:
    """Units for every node of an integer graph.

    A mapping takes at most ``target_cycles`` a frame, if they are given. ``THROUGHPUT`` wants no more speed than that,
    so it is ``AREA`` then. ``multiplier_free``: no unit has DSP blocks. Raises FF403 if nothing fits, FF404 if the target is
    out of reach, FF405 if a node needs DSP blocks and may have none.
    """
    shares, whole = asdict(MARGIN), asdict(board.resources)
    if multiplier_free:
        whole["dsp"] = 0
    limit = Resources(**{name: shares[name] * amount for name, amount in whole.items()})
    small = objective is Objective.AREA or (objective is Objective.THROUGHPUT and target_cycles is not None)
    search = _search(body, limit, target_cycles if small else 1)
    folding = _Folding(body, board, limit, search, objective)
    if small:
        return folding.smallest(target_cycles)
    if objective is Objective.LATENCY:
        return folding.quickest(target_cycles)
    return folding.fastest()


def _search(body: Graph, limit: Resources, wanted: int | None) -> Search:
    """The search between all foldings: with beats of several pixels where one a beat is all that keeps a frame from
    ``wanted`` cycles, twice as many each time.
    """
    outputs = [place for place, node in enumerate(body.nodes) if node.name in body.outputs]
    links, longest = links_of(body), max(pixels_of(body, node) for node in body.nodes)

    def search_with(paces: tuple[int, ...]) -> Search:
        options = [options_of(body, node, paces) for node in body.nodes]
        if limit.dsp == 0:
            options = [without_dsp(node, of_node) for node, of_node in zip(body.nodes, options, strict=True)]
        return Search(options, links, outputs, limit)

    paces: tuple[int, ...] = ()
    search = search_with(paces)
    while wanted is not None and search.all_bounds and search.all_bounds[0] > wanted:
        least = search.all_bounds[0]
        paces = (*paces, -(-longest // 2 ** (len(paces) + 1)))
        if paces[-1] >= least or search.within(least).chosen is None:
            break
        wider = search_with(paces)
        if wider.all_bounds[0] == least:
            break
        search = wider
    return search


@dataclass(frozen=True)
class _Folding:
    body: Graph
    board: Board
    limit: Resources
    search: Search
    objective: Objective

    def fastest(self) -> HwMapping:
        """The fewest cycles a frame; of those choices the one that leaves most room."""
        found = self._fits()
        unrolled = self._unrolled(most_cycles=max(1, int(found.value) - 1))
        if unrolled is not None:
            found = replace(found, choice=unrolled, value=cycles_of(unrolled))
            return self._mapping(found, "fully unrolled: a new vector every cycle", self._pace(unrolled))
        roomiest = self.search.roomiest(int(found.value), found.choice)
        return self._mapping(replace(found, choice=roomiest.choice), "the fastest that fits", self._obstacle(found))

    def smallest(self, target: int | None) -> HwMapping:
        """The fewest LUT equivalents within the target."""
        bound = max((bound for bound in self.search.bounds if target is None or bound <= target), default=0)
        known = self.search.within(bound).chosen or self._within(target, bound)
        note = "the smallest" if target is None else "the smallest for the target"
        found = self.search.cheapest(bound, known)
        return self._mapping(found, note, self._pace(found.choice))

    def quickest(self, target: int | None) -> HwMapping:
        """The least latency within the target; of those the cheapest."""
        found = self._fits()
        bound = self.search.bounds[-1] if target is None else target
        if found.value > bound:
            raise self._out_of_reach(bound, int(found.value))
        found = self.search.quickest(bound, found.choice)
        note = "the least latency that fits"
        unrolled = self._unrolled(most_cycles=bound)
        if unrolled is not None and self.search.latency(unrolled) < found.value:
            found = replace(found, choice=unrolled, value=self.search.latency(unrolled))
            note = "fully unrolled: the least latency"
        return self._mapping(found, f"{note}, {found.value:,.0f} cycles by formula", self._pace(found.choice))

    def _fits(self) -> Found:
        found = self.search.fastest()
        if found is None:
            raise self._does_not_fit()
        return found

    def _within(self, target: int | None, bound: int) -> Choice:
        """A choice within the bound where none was found at once: the fastest one, if there is any."""
        found = self._fits()
        if target is not None and found.value > bound:
            raise self._out_of_reach(target, int(found.value))
        return found.choice

    def _unrolled(self, most_cycles: int) -> Choice | None:
        """Every layer an adder graph, if that fits."""
        units = unroll(self.body, self.limit, most_cycles)
        if units is None:
            return None
        chains = [units[node.name] for node in self.body.nodes]
        return tuple(Option(chain, reduce(add, (unit.cost() for unit in chain))) for chain in chains)

    def _mapping(self, found: Found, note: str, bottleneck: str) -> HwMapping:
        choice = found.choice
        units = {node.name: option.units for node, option in zip(self.body.nodes, choice, strict=True)}
        resources = self.search.resources(choice)
        cycles = cycles_of(choice)
        note += ", without DSP blocks" if self.limit.dsp == 0 else ""
        return HwMapping(units, cycles, resources, self.limit, note, self.objective, found.gap, bottleneck)

    def _pace(self, choice: Choice) -> str:
        slowest = max(range(len(choice)), key=lambda place: choice[place].cycles)
        cycles = choice[slowest].cycles
        pace = "1 cycle" if cycles == 1 else f"{cycles:,} cycles"
        return f"'{self.body.nodes[slowest].name}' is the slowest with {pace} a frame"

    def _obstacle(self, found: Found) -> str:
        """Why a frame can't take fewer cycles."""
        less = max((bound for bound in self.search.all_bounds if bound < found.value), default=None)
        needs = None if less is None else self.search.shortage(less)
        if less is None or needs is None:
            return f"no folding is faster: {self._pace(found.choice)}"
        missing = self._missing(needs)
        return f"{missing} for {less:,} cycles a frame" if missing else self._pace(found.choice)

    def _missing(self, needs: Resources) -> str:
        return ", ".join(
            f"{name.upper()} {amount:,.0f} of {limit:,.0f}"
            for (name, amount), limit in zip(asdict(needs).items(), asdict(self.limit).values(), strict=True)
            if amount > limit
        )

    def _does_not_fit(self) -> FlowError:
        needs = self.search.shortage(self.search.all_bounds[-1])
        missing = "" if needs is None else self._missing(needs)
        return FlowError(
            "FF403",
            f"the network does not fit {self.board.name}",
            reason=f"the folding that comes closest needs {missing or 'more than one resource at once'}",
            hint="take a larger board (`fpgaflow boards`), fewer bits, or a smaller network",
        )

    def _out_of_reach(self, target: int, best: int) -> FlowError:
        return FlowError(
            "FF404",
            f"the target of {target:,} cycles a frame can't be reached on {self.board.name}",
            reason=f"the fastest folding that fits needs {best:,} cycles a frame",
            hint="lower --target-fps, raise --clock-mhz, or take a larger board",
        )
