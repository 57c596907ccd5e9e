"""Every chain of units that a node may become, and which of them are worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from operator import add

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Graph, Node
from fpgaflow.mapping.fill import Fill, fill_of
from fpgaflow.mapping.links import copies_of, fork_cost
from fpgaflow.mapping.pipeline import depth_in_front
from fpgaflow.mapping.price import Amounts, amounts
from fpgaflow.mapping.site import MAX_PORT_BITS, chains_of, data_inputs, port_bits, possible_lanes
from fpgaflow.units.base import Resources, Stream, Unit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.fifo import fifo_cost


@dataclass(frozen=True, eq=False)
class Option:
    """A chain of units for a node; ``resources`` are its own and those of the FIFO in front and the forks at its ends."""

    units: tuple[Unit, ...]
    resources: Resources

    @cached_property
    def cycles(self) -> int:
        return max(unit.cycles for unit in self.units)

    @cached_property
    def lanes(self) -> tuple[int, int]:
        """Of the streams that it reads, of the stream that it writes."""
        return self.units[0].input_lanes, self.units[-1].output_lanes

    @cached_property
    def amounts(self) -> Amounts:
        return amounts(self.resources)

    @cached_property
    def fill(self) -> Fill:
        return fill_of(self.units)


def options_of(body: Graph, node: Node, paces: Sequence[int] = ()) -> list[Option]:
    """Every option for a node whose beats fit the ports, if it stands at one; ``paces``: see ``possible_lanes``."""
    inputs = set(data_inputs(body, node)) & set(body.inputs)
    first = {name for name in inputs if _first_reader(body, name) == node.name}
    copies = {name: copies_of(body, name) for name in (*first, node.name)}
    found = []
    for units in chains_of(body, node, possible_lanes(body, node, paces)):
        reads, writes = units[0].input_lanes, units[-1].output_lanes
        if any(port_bits(reads, body.type_of(name).format) > MAX_PORT_BITS for name in first):
            continue
        if node.name in body.outputs and port_bits(writes, node.type.format) > MAX_PORT_BITS:
            continue
        needs = [_cost(unit) for unit in units]
        needs += [fork_cost(copies[name], body.type_of(name), reads) for name in first]
        needs.append(fork_cost(copies[node.name], node.type, writes))
        if not inputs:
            needs.append(_queue_cost(units[0]))
        found.append(Option(units, reduce(add, needs)))
    return found


def without_dsp(node: Node, options: list[Option]) -> list[Option]:
    """Those that have no DSP blocks. Raises FF405 if there are none."""
    found = [option for option in options if option.resources.dsp == 0]
    if not found:
        raise FlowError(
            "FF405",
            f"'{node.name}' needs DSP blocks, and the accelerator must do without",
            node=node.loc,
            reason="every unit that computes it multiplies numbers that are not constant, or by constants of many digits",
            hint="leave out --multiplier-free, or bring what is added to scales that are powers of two apart",
        )
    return found


def _first_reader(body: Graph, name: str) -> str:
    return next(node.name for node in body.nodes if name in node.inputs)


@lru_cache(maxsize=256)  # neighbouring chains share their windows
def _cost(unit: Unit) -> Resources:
    return unit.cost()


def _queue_cost(reader: Unit) -> Resources:
    """The FIFO in front of a folded layer, which reads a vector in a burst; the accelerator's input and a window wait."""
    if not isinstance(reader, DenseUnit):
        return Resources()
    depth = depth_in_front(reader)
    return fifo_cost(Stream("front", reader.inputs, reader.simd, reader.input_format, depth))
