"""Streams between nodes, and what their neighbours' different numbers of lanes cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise
from math import lcm
from operator import add

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Graph, TensorType
from fpgaflow.mapping.site import data_inputs
from fpgaflow.units.base import Resources
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit


@dataclass(frozen=True)
class Link:
    """A stream of ``type`` to the node ``target``, by places in the graph.

    It comes from the node ``source``; with ``shared`` it comes from the accelerator's input, whose lanes are those that
    the node ``source`` reads.
    """

    source: int
    target: int
    type: TensorType
    shared: bool = False

    def cost(self, have: int, want: int) -> Resources:
        """The width adapters in it."""
        assert self.type.format is not None
        return adapter_cost(self.type.elements, self.type.format, have, want)


def links_of(body: Graph) -> list[Link]:
    """Every stream between two nodes."""
    place = {node.name: index for index, node in enumerate(body.nodes)}
    first: dict[str, int] = {}
    links = []
    for target, node in enumerate(body.nodes):
        for name in data_inputs(body, node):
            source = place.get(name, first.setdefault(name, target))
            shared = name not in place
            if source != target:
                links.append(Link(source, target, body.type_of(name), shared))
    return links


def copies_of(body: Graph, name: str) -> int:
    """How many streams carry a value."""
    return sum(data_inputs(body, node).count(name) for node in body.nodes) + (name in body.outputs)


def fork_cost(copies: int, type_: TensorType, lanes: int) -> Resources:
    """What copies a value for its readers, if there are several."""
    if copies < 2:
        return Resources()
    assert type_.format is not None
    return ForkUnit(copies, type_.elements, lanes, type_.format).cost()


@lru_cache(maxsize=4096)
def adapter_cost(elements: int, format: Format, have: int, want: int) -> Resources:
    """From ``have`` lanes to ``want``: nothing, one adapter, or two through the common multiple."""
    widths = [have, want] if have % want == 0 or want % have == 0 else [have, lcm(have, want), want]
    units = (WidthAdapterUnit(elements, *step, format) for step in pairwise(widths) if step[0] != step[1])
    return reduce(add, (unit.cost() for unit in units), Resources())
