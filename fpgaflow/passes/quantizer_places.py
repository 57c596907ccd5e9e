"""Where a float network needs quantizers, so that every layer reads integers.

A layer, pool, sum, product or Concat reads integers. Elementwise functions are taken up by the quantizer behind the last
of them. What only moves, selects or repeats numbers (layouts, MaxPool, Pad,
Concat) keeps them on their grid. Values that are joined by Concat share one scale, as those of a sum do unless scales are
powers of two.
"""

from __future__ import annotations

from dataclasses import dataclass

from fpgaflow.ir.graph import Graph, Node
from fpgaflow.ops.base import Elementwise, HostOp, Layout, Op, Quantizer
from fpgaflow.ops.concat import Concat
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.mul import MultiplyValues
from fpgaflow.ops.pad import Pad
from fpgaflow.ops.pairwise import Pairwise

KEEPS_GRID = (Layout, MaxPool, Pad, Concat)


@dataclass(frozen=True)
class Places:
    """Names of values that get a quantizer, in groups that share a scale, in the graph's order."""

    groups: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for group in self.groups for name in group)


def quantizer_places(graph: Graph, *, common_sums: bool) -> Places:
    """The values of ``graph`` that need a quantizer behind them."""
    demanded: dict[str, None] = {}
    joined: dict[str, str] = {}
    for node in graph.nodes:
        if not reads_integers(node.op):
            continue
        data = [name for name in node.inputs if name not in graph.constants]
        roots = [root for name in data for root in grid_roots(graph, name)]
        demanded.update(dict.fromkeys(roots))
        sums = common_sums and isinstance(node.op, Pairwise) and not isinstance(node.op, MultiplyValues)
        if sums or isinstance(node.op, Concat):
            for root in roots[1:]:
                joined[_first(joined, root)] = _first(joined, roots[0])
    source = next(iter(graph.inputs))
    if len(graph.consumers.get(source, ())) > 1:
        demanded[source] = None
    order = [*graph.inputs, *graph.by_name]
    groups: dict[str, list[str]] = {}
    for name in sorted(demanded, key=order.index):
        if not (name in graph.by_name and isinstance(graph.by_name[name].op, Quantizer)):
            groups.setdefault(_first(joined, name), []).append(name)
    return Places(tuple(map(tuple, groups.values())))


def reads_integers(op: Op) -> bool:
    """True if the operator's data must be integers."""
    return not isinstance(op, Elementwise | Layout | HostOp)


def grid_roots(graph: Graph, name: str) -> list[str]:
    """The values whose grid a value has: itself, or behind operators that keep it, those that they read."""
    node: Node | None = graph.by_name.get(name)
    if node is None or not isinstance(node.op, KEEPS_GRID):
        return [name]
    return list(dict.fromkeys(root for source in node.inputs for root in grid_roots(graph, source)))


def _first(joined: dict[str, str], name: str) -> str:
    """The one that stands for all that are joined with ``name``."""
    while joined.get(name, name) != name:
        name = joined[name]
    return name
