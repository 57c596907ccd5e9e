"""Units that compute a node where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Graph, Node
from fpgaflow.mapping.price import lut_equivalents
from fpgaflow.ops.base import IntegerOp, Site
from fpgaflow.ops.dense import divisors
from fpgaflow.units.base import Resources, Unit

MAX_PORT_BITS = 1024
"""The widest AXI4-Stream beat that the DMA takes."""


def data_inputs(body: Graph, node: Node) -> tuple[str, ...]:
    """The values that reach a node as streams; one that it reads twice counts twice."""
    return tuple(name for name in node.inputs if name not in body.constants)


def chains_of(body: Graph, node: Node, lanes: Sequence[int]) -> Iterator[tuple[Unit, ...]]:
    """Every chain of units for a node; ``lanes`` are those its stream may have."""
    assert isinstance(node.op, IntegerOp)
    types = tuple(body.type_of(name) for name in data_inputs(body, node))
    constants = tuple(body.constants[name].values for name in node.inputs if name in body.constants)
    yield from node.op.implementations(Site(types, node.type, constants, tuple(lanes)))


def pixels_of(body: Graph, node: Node) -> int:
    """Pixels of a frame, or vectors, in the longest of the streams that a node reads and writes."""
    types = (node.type, *(body.type_of(name) for name in data_inputs(body, node)))
    return max(type_.elements // type_.shape[-1] for type_ in types)


def possible_lanes(body: Graph, node: Node, paces: Sequence[int] = ()) -> list[int]:
    """Elements a beat that a node without a folding of its own may have: its beats stay within a pixel, or, for each of
    ``paces``, are of as many pixels of a row as come in that many cycles, with which strides may need a few more.
    """
    shapes = [body.type_of(name).shape for name in data_inputs(body, node)]
    channels, pixels = gcd(*(shape[-1] for shape in shapes)), pixels_of(body, node)
    beats = divisors(gcd(*(shape[-2] for shape in shapes))) if all(len(shape) == 3 for shape in shapes) else [1]
    counts = {count for count in beats[1:] for pace in paces if pixels <= count * pace < 2 * pixels}
    return [*divisors(channels), *(count * channels for count in sorted(counts))]


def cheapest_with_lanes(body: Graph, node: Node, lanes: int, limit: Resources) -> tuple[Unit, ...] | None:
    """The cheapest chain for a node without a folding of its own, without DSP blocks if ``limit`` has none; None if there is
    no such chain with these lanes.
    """
    chains = chains_of(body, node, [lanes])
    if limit.dsp == 0:
        chains = (units for units in chains if not any(unit.cost().dsp for unit in units))
    return min(chains, key=_price, default=None)


def _price(units: tuple[Unit, ...]) -> float:
    return sum(lut_equivalents(unit.cost()) for unit in units)


def port_bits(lanes: int, format: Format | None) -> int:
    """Bits of a beat of integers."""
    assert format is not None
    return lanes * format.width
