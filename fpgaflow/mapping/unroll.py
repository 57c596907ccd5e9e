"""The fully unrolled form of small networks: every layer an adder graph, a new vector every cycle."""

from __future__ import annotations

from functools import reduce
from operator import add

from fpgaflow.fixed import BipolarFormat, IntArray
from fpgaflow.ir.graph import Graph, Node
from fpgaflow.mapping.adder_graph import build_adder_graph, estimate_adders
from fpgaflow.mapping.site import MAX_PORT_BITS, cheapest_with_lanes, data_inputs, port_bits
from fpgaflow.ops.dense import Dense
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.requantize import Requantize
from fpgaflow.units.adder_graph import AdderGraphUnit
from fpgaflow.units.base import Resources, Unit

LEVELS_PER_REGISTER = 2
WORTH_BUILDING = 1.5
"""Estimates are pessimistic: an adder graph is built if the estimate is within this share of the board's LUTs."""


def unroll(body: Graph, limit: Resources, most_cycles: int) -> dict[str, tuple[Unit, ...]] | None:
    """Units for every node of a chain of layers with one cycle a vector; None if that takes more than ``most_cycles`` a
    frame or does not fit within ``limit``.

    Bipolar inputs are left to the folded form, whose XNORs are smaller than adders.
    """
    layers = [node for node in body.nodes if isinstance(node.op, Dense)]
    if not layers or not _is_chain(body) or _cycles(body) > most_cycles:
        return None
    if any(isinstance(body.type_of(node.inputs[0]).format, BipolarFormat) for node in layers):
        return None
    first, last = body.type_of(body.nodes[0].inputs[0]), body.nodes[-1].type
    if max(port_bits(type_.shape[-1], type_.format) for type_ in (first, last)) > MAX_PORT_BITS:
        return None
    estimates = [estimate_adders(_weights(body, node), _width(body, node)) for node in layers]
    if sum(estimate.luts for estimate in estimates) > WORTH_BUILDING * limit.lut:
        return None
    units: dict[str, tuple[Unit, ...]] = {node.name: (_adder_graph(body, node),) for node in layers}
    for node in body.nodes:
        if node.name not in units:
            found = cheapest_with_lanes(body, node, node.type.shape[-1], limit)
            if found is None:
                return None
            units[node.name] = found
    used = reduce(add, (unit.cost() for chain in units.values() for unit in chain))
    return units if used.fits(limit) else None


def _is_chain(body: Graph) -> bool:
    """True if the nodes are layers and functions of single elements, each of which reads the one before."""
    before = [*body.inputs, *(node.name for node in body.nodes)]
    return all(
        isinstance(node.op, Dense | Requantize | LookupTable) and data_inputs(body, node) == (name,)
        for node, name in zip(body.nodes, before, strict=False)
    )


def _cycles(body: Graph) -> int:
    """Cycles a frame: those of the node with the most pixels or vectors."""
    types = [body.type_of(name) for node in body.nodes for name in (*data_inputs(body, node), node.name)]
    return max(type_.elements // type_.shape[-1] for type_ in types)


def _weights(body: Graph, node: Node) -> IntArray:
    weights: IntArray = body.constants[node.inputs[1]].values
    return weights


def _width(body: Graph, node: Node) -> int:
    format = body.type_of(node.inputs[0]).format
    assert format is not None
    return format.width


def _adder_graph(body: Graph, node: Node) -> AdderGraphUnit:
    weights, data = _weights(body, node), body.type_of(node.inputs[0])
    assert isinstance(node.op, Dense) and data.format is not None
    nodes, results = build_adder_graph(weights, data.format.min, data.format.max)
    vectors = data.elements // weights.shape[1]
    return AdderGraphUnit(weights, vectors, data.format, node.op.accumulator, nodes, results, LEVELS_PER_REGISTER)
