"""Units that compute a node where it stands, and what they cost in one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fpgaflow.ir.graph import Graph, Node
from fpgaflow.ops.base import IntegerOp, Site
from fpgaflow.units.base import Resources, Unit

MAX_PORT_BITS = 1024
"""The widest AXI4-Stream beat that the DMA takes."""


def units_of(body: Graph, node: Node, lanes: Sequence[int]) -> Iterator[Unit]:
    """Every unit for a node; ``lanes`` are those its stream may have."""
    data, *constants = node.inputs
    assert isinstance(node.op, IntegerOp)
    arrays = tuple(body.constants[name].values for name in constants)
    for (unit,) in node.op.implementations(Site((body.type_of(data),), node.type, arrays, tuple(lanes))):
        yield unit


def cheapest_by_lanes(body: Graph, node: Node, lanes: Sequence[int]) -> dict[int, Unit]:
    """The cheapest unit for each number of lanes: a node that has no folding of its own."""
    channels = node.type.shape[-1]
    possible = [count for count in lanes if channels % count == 0]
    best: dict[int, Unit] = {}
    for unit in units_of(body, node, possible):
        at = unit.input_lanes
        if at not in best or lut_equivalents(unit.cost()) < lut_equivalents(best[at].cost()):
            best[at] = unit
    return best


def lut_equivalents(cost: Resources) -> float:
    """LUT equivalents, by how many LUTs an UltraScale+ part has for each of the others."""
    return cost.lut + 0.25 * cost.ff + 200 * cost.dsp + 330 * cost.bram
