"""Chooses a hardware unit for every node: as fast as the board allows, or as small as a target speed allows.

Nodes come in *groups* that share one stream width: a layer with its own folding and the requantizations behind it (those
in front of the first layer belong to the first). A group's option is one unit for each of its nodes. Groups only meet
through their cycles a frame and the sum of their resources, so: for a bound on cycles, take each group's cheapest option
within it; the best speed is the smallest bound whose sum fits, found by bisection over the cycles that occur.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise
from operator import add

from fpgaflow.board import Board
from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Graph, Node, TensorType
from fpgaflow.mapping.pipeline import depth_in_front
from fpgaflow.mapping.site import MAX_PORT_BITS, cheapest_by_lanes, lut_equivalents, units_of
from fpgaflow.mapping.unroll import unroll
from fpgaflow.ops.dense import Dense, divisors
from fpgaflow.units.base import Resources, Stream, Unit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.fifo import fifo_cost

MARGIN = Resources(lut=0.7, ff=0.7, bram=0.8, dsp=0.8)
"""Shares of the board that a design may fill: routing gets hard beyond, and AXI infrastructure needs its part."""
PRICE_ROUNDS = 12


@dataclass(frozen=True)
class Option:
    """Units for the nodes of one group."""

    units: tuple[Unit, ...]
    cycles: int
    resources: Resources


@dataclass(frozen=True)
class HwMapping:
    """The chosen unit of every node, and how the choice was made."""

    units: dict[str, Unit]
    cycles: int
    resources: Resources
    limit: Resources
    note: str


def fold(body: Graph, board: Board, *, target_cycles: int | None = None) -> HwMapping:
    """Units for every node of an integer graph that is a chain.

    With ``target_cycles`` the cheapest mapping within it, else the fastest. Raises FF403 if nothing fits, FF404 if the
    target is out of reach.
    """
    limit = Resources(
        board.resources.lut * MARGIN.lut,
        board.resources.ff * MARGIN.ff,
        board.resources.bram * MARGIN.bram,
        board.resources.dsp * MARGIN.dsp,
    )
    unrolled = unroll(body, limit) if target_cycles is None else None
    if unrolled is not None:
        return _mapping(unrolled, limit, "fully unrolled: a new vector every cycle")
    groups = [_pareto(list(_options(body, group, at_start, at_end))) for group, at_start, at_end in _groups(body)]
    bounds = sorted({option.cycles for options in groups for option in options})
    slowest_first = max(min(option.cycles for option in options) for options in groups)
    bounds = [bound for bound in bounds if bound >= slowest_first]

    chosen: dict[int, list[Option]] = {}

    def feasible(bound: int) -> bool:
        found = _cheapest(groups, bound, limit)
        if found is not None:
            chosen[bound] = found
        return found is not None

    if not feasible(bounds[-1]):
        raise _does_not_fit(groups, board, limit)
    best = bounds[bisect_left(bounds, True, key=feasible)]
    if target_cycles is not None:
        if best > target_cycles:
            raise FlowError(
                "FF404",
                f"the target of {target_cycles:,} cycles a frame can't be reached on {board.name}",
                reason=f"the fastest folding that fits needs {best:,} cycles a frame",
                hint="lower --target-fps, raise --clock-mhz, or take a larger board",
            )
        best = max(bound for bound in bounds if bound <= target_cycles)
        feasible(best)
    options = chosen[best]
    units = {
        node.name: unit
        for (group, *_), option in zip(_groups(body), options, strict=True)
        for node, unit in zip(group, option.units, strict=True)
    }
    return _mapping(units, limit, "the fastest that fits" if target_cycles is None else "the smallest for the target")


def _mapping(units: dict[str, Unit], limit: Resources, note: str) -> HwMapping:
    used = reduce(add, (_cost(unit) for unit in units.values()))
    return HwMapping(units, max(unit.cycles for unit in units.values()), used, limit, note)


def _groups(body: Graph) -> Iterator[tuple[list[Node], bool, bool]]:
    """(nodes, is the first, is the last): each with exactly one layer that chooses its folding."""
    starts = [i for i, node in enumerate(body.nodes) if isinstance(node.op, Dense)] or [0]
    edges = [0, *starts[1:], len(body.nodes)]
    for position, (start, end) in enumerate(pairwise(edges)):
        yield list(body.nodes[start:end]), position == 0, position == len(edges) - 2


def _options(body: Graph, group: Sequence[Node], at_start: bool, at_end: bool) -> Iterator[Option]:
    """Every combination of the layer's folding with the cheapest unit for each node around it."""
    layer = next((i for i, node in enumerate(group) if isinstance(node.op, Dense)), None)
    if layer is None:
        lanes = divisors(body.type_of(group[0].name).elements)
        tables = [cheapest_by_lanes(body, node, lanes) for node in group]
        for count in lanes:
            units = tuple(table[count] for table in tables if count in table)
            if len(units) == len(group):
                yield _option(units)
        return
    own = list(units_of(body, group[layer], ()))
    before = [cheapest_by_lanes(body, node, sorted({unit.input_lanes for unit in own})) for node in group[:layer]]
    after = [cheapest_by_lanes(body, node, sorted({unit.output_lanes for unit in own})) for node in group[layer + 1 :]]
    first, last = group[0], group[-1]
    input_type = body.type_of(first.inputs[0])
    for unit in own:
        fits = all(unit.input_lanes in t for t in before) and all(unit.output_lanes in t for t in after)
        if not fits or (at_start and unit.input_lanes * _bits(input_type) > MAX_PORT_BITS):
            continue
        if at_end and unit.output_lanes * _bits(body.type_of(last.name)) > MAX_PORT_BITS:
            continue
        yield _option((*(t[unit.input_lanes] for t in before), unit, *(t[unit.output_lanes] for t in after)))


def _bits(type_: TensorType) -> int:
    assert type_.format is not None
    return type_.format.width


def _option(units: tuple[Unit, ...]) -> Option:
    return Option(units, max(unit.cycles for unit in units), reduce(add, (_cost(unit) for unit in units)))


@lru_cache(maxsize=4096)  # the same requantization stands in the options of many foldings
def _cost(unit: Unit) -> Resources:
    """A unit and the FIFO in front of it."""
    if not isinstance(unit, DenseUnit):
        return unit.cost()
    return unit.cost() + fifo_cost(
        Stream("front", unit.inputs, unit.simd, unit.input_format, depth_in_front(unit)),
    )


def _pareto(options: list[Option]) -> list[Option]:
    """Options that no other beats in cycles and every resource, fastest first."""
    kept: list[Option] = []
    for option in sorted(options, key=lambda o: (o.cycles, lut_equivalents(o.resources))):
        if not any(option.resources.lut >= k.resources.lut and k.resources.fits(option.resources) for k in kept):
            kept.append(option)
    return kept


def _total(options: Sequence[Option]) -> Resources:
    return reduce(add, (option.resources for option in options))


def _cheapest(groups: Sequence[Sequence[Option]], bound: int, limit: Resources) -> list[Option] | None:
    """One option a group within ``bound`` cycles whose sum fits, or None.

    Prices of resources start at their share of the limit; what overflows gets dearer until all fits or rounds run out.
    """
    within = [[option for option in options if option.cycles <= bound] for options in groups]
    if not all(within):
        return None
    names = ("lut", "ff", "bram", "dsp")
    prices = {name: 1.0 / max(getattr(limit, name), 1e-9) for name in names}

    def price(option: Option) -> float:
        return float(sum(prices[name] * getattr(option.resources, name) for name in names))

    for _ in range(PRICE_ROUNDS):
        chosen = [min(options, key=price) for options in within]
        total = _total(chosen)
        if total.fits(limit):
            return chosen
        for name in names:
            if getattr(total, name) > getattr(limit, name):
                prices[name] *= 2
    return None


def _does_not_fit(groups: Sequence[Sequence[Option]], board: Board, limit: Resources) -> FlowError:
    smallest = _total([min(options, key=_by_lut) for options in groups])
    needs = [
        f"{name.upper()} {getattr(smallest, name):,.0f} of {getattr(limit, name):,.0f}"
        for name in ("lut", "ff", "bram", "dsp")
        if getattr(smallest, name) > getattr(limit, name)
    ]
    return FlowError(
        "FF403",
        f"the network does not fit {board.name}",
        reason=f"even its smallest folding needs {', '.join(needs) or 'more than one resource at once'}",
        hint="take a larger board (`fpgaflow boards`), fewer bits, or a smaller network",
    )


def _by_lut(option: Option) -> float:
    return option.resources.lut
