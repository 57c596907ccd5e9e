"""The chosen mapping is the best one: against every mapping of a small network, and in good time for a large one."""

from __future__ import annotations

import time
from itertools import product

import pytest

from fpgaflow.board import load_board
from fpgaflow.ir.graph import Graph
from fpgaflow.mapping import search as module
from fpgaflow.mapping.folding import fold
from fpgaflow.mapping.links import adapter_cost, links_of
from fpgaflow.mapping.objective import Objective
from fpgaflow.mapping.options import options_of
from fpgaflow.mapping.price import amounts, price
from fpgaflow.mapping.search import Choice, Search, cycles_of
from fpgaflow.units.base import Resources
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.mapping.fakes import FORMAT, Builder, Function, Layer, residual

LIMIT = Resources(lut=420, ff=1400, bram=2, dsp=2)


def small() -> Graph:
    """A layer, a function and a second layer beside each other, and a join: few enough options to try them all."""
    builder = Builder(2, 2, 3)
    first = builder.add(Layer(2, taps=1), "x")
    branches = builder.add(Function(2), first), builder.add(Layer(2, taps=1), first)
    builder.add(Function(2, 8), *branches)
    return builder.graph()


@pytest.fixture(scope="module")
def search() -> Search:
    body = small()
    return Search([options_of(body, node) for node in body.nodes], links_of(body), [len(body.nodes) - 1], LIMIT)


@pytest.fixture(scope="module")
def fitting(search: Search) -> list[Choice]:
    """Every choice that fits."""
    body = small()
    choices = product(*(options_of(body, node) for node in body.nodes))
    return [choice for choice in choices if search.resources(choice).fits(LIMIT)]


def spent(search: Search, choice: Choice) -> int:
    """What a choice costs, as the solver counts it: forks are part of options, which are rounded up one by one."""
    links = links_of(small())
    adapters = (link.cost(choice[link.source].lanes[1], choice[link.target].lanes[0]) for link in links)
    return sum(price(option.amounts) for option in choice) + sum(price(amounts(cost)) for cost in adapters)


def test_the_fastest_of_all(search: Search, fitting: list[Choice]):
    found = search.fastest()
    assert found is not None
    assert found.value == found.bound == cycles_of(found.choice) == min(map(cycles_of, fitting))
    assert found.gap == 0
    assert found.value > search.bounds[0]
    assert search.resources(found.choice).fits(LIMIT)


@pytest.mark.parametrize("bound", [6, 8, 12, 24])
def test_the_cheapest_of_all(search: Search, fitting: list[Choice], bound: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CHEAP_ENOUGH", 0.0)
    within = [choice for choice in fitting if cycles_of(choice) <= bound]
    known = search.within(bound)
    assert (known.chosen is not None) == bool(within) == (not known.impossible)
    if known.chosen is not None:
        found = search.cheapest(bound, known.chosen)
        assert cycles_of(found.choice) <= bound
        assert found.value == spent(search, found.choice) == min(spent(search, choice) for choice in within)


def test_the_quickest_of_all(search: Search, fitting: list[Choice]):
    known = search.fastest()
    assert known is not None
    found = search.quickest(search.bounds[-1], known.choice)
    assert search.latency(found.choice) == found.value == min(map(search.latency, fitting))
    assert search.resources(found.choice).fits(LIMIT)


def test_resources_hold_adapters_and_forks(search: Search, fitting: list[Choice]):
    """Between the first layer and its two readers stand a fork and, where lanes differ, adapters."""
    choice = next(
        c for c in fitting if c[0].lanes[1] == 1 and c[1].lanes[0] == 2 and c[2].lanes[0] == c[3].lanes[0] == 2
    )
    chosen = search.resources(choice)
    alone = [unit.cost() for option in choice for unit in option.units]
    fork, adapter = ForkUnit(2, 8, 1, FORMAT).cost(), WidthAdapterUnit(8, 1, 2, FORMAT).cost()
    others = [adapter_cost(8, FORMAT, choice[place].lanes[1], 2) for place in (1, 2)]
    assert chosen == sum((*alone, adapter, adapter, *others), start=fork)


def test_lanes_that_do_not_divide_each_other_take_two_adapters():
    two = WidthAdapterUnit(12, 4, 12, FORMAT).cost() + WidthAdapterUnit(12, 12, 6, FORMAT).cost()
    assert adapter_cost(12, FORMAT, 4, 6) == two
    assert adapter_cost(12, FORMAT, 3, 6) == WidthAdapterUnit(12, 3, 6, FORMAT).cost()
    assert adapter_cost(12, FORMAT, 6, 6) == Resources()


def test_readers_of_the_input_share_its_lanes():
    builder = Builder(2, 2, 4)
    builder.add(Function(4), builder.add(Layer(4), "x"), "x")
    links = links_of(builder.graph())
    assert [(link.source, link.target, link.shared) for link in links] == [(0, 1, False), (0, 1, True)]
    found = fold(builder.graph(), load_board("ultra96"))
    lanes = found.units["n0"][0].input_lanes, found.units["n1"][0].input_lanes
    adapter = adapter_cost(16, FORMAT, found.units["n0"][0].output_lanes, lanes[1]) + adapter_cost(16, FORMAT, *lanes)
    fork = ForkUnit(2, 16, lanes[0], FORMAT).cost()
    assert found.resources == sum(
        (unit.cost() for units in found.units.values() for unit in units), start=fork + adapter
    )


@pytest.mark.parametrize("objective", [Objective.THROUGHPUT, Objective.AREA])
def test_thirty_nodes_in_seconds(objective: Objective):
    body = residual(blocks=5, channels=32)
    board = load_board("ultra96")
    start = time.process_time()
    found = fold(body, board, objective=objective)
    assert time.process_time() - start < 10
    assert found.gap < 0.02
    assert found.resources.fits(found.limit)
    assert found.units == fold(body, board, objective=objective).units
