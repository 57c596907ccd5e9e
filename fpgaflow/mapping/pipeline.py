"""From chosen units to the accelerator: stages in order, copies and width adapters between them, depths of FIFOs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import lcm

import numpy as np

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Graph
from fpgaflow.mapping.fifo_depth import with_fifo_depths
from fpgaflow.mapping.site import data_inputs
from fpgaflow.units.base import Accelerator, Stage, Stream, Unit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.fifo import REGISTERS
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.schedule import Buffered
from fpgaflow.units.width_adapter import WidthAdapterUnit


def build_accelerator(body: Graph, implementations: Mapping[str, tuple[Unit, ...]]) -> Accelerator:
    """The accelerator of an integer graph with one input and one output: the units of each node, one behind the other,
    a fork behind each value with several readers, adapters where lanes differ, and FIFOs as deep as they must be.

    The input has the lanes of the first node that reads it.
    """
    (source,), (result,) = body.inputs, body.outputs
    builder = _Builder()
    wanted: dict[str, list[int]] = {name: [] for name in (source, *implementations)}
    for node in body.nodes:
        for name in data_inputs(body, node):
            wanted[name].append(implementations[node.name][0].input_lanes)
    wanted[result].append(implementations[result][-1].output_lanes)

    data = body.type_of(source)
    assert data.format is not None
    start = builder.stream(data.elements, wanted[source][0], data.format)
    copies = {source: builder.copies(start, wanted[source])}
    for node in body.nodes:
        streams = [copies[name].pop(0) for name in data_inputs(body, node)]
        value = builder.chain(node.name, implementations[node.name], streams, node.type.format)
        copies[node.name] = builder.copies(value, wanted[node.name])
    (output,) = copies[result]
    return with_fifo_depths(Accelerator(_identifier(body.name), tuple(builder.stages), start, output))


@dataclass
class _Builder:
    """Adds stages; streams are not deeper yet than their producers' registers."""

    stages: list[Stage] = field(default_factory=list)
    streams: int = 0

    def stream(self, elements: int, lanes: int, format: Format) -> Stream:
        self.streams += 1
        return Stream(f"x{self.streams - 1:02d}", elements, lanes, format, REGISTERS)

    def stage(self, node: str, unit: Unit, inputs: Sequence[Stream], outputs: Sequence[Stream]) -> None:
        self.stages.append(Stage(f"s{len(self.stages):02d}_{unit.kind}", node, unit, tuple(inputs), tuple(outputs)))

    def chain(self, node: str, units: Sequence[Unit], streams: Sequence[Stream], format: Format | None) -> Stream:
        """The units that compute a node; returns its value, which has this format."""
        assert format is not None
        for unit in units:
            inputs = [self.adapt(stream, unit.input_lanes) for stream in streams]
            made = format if unit is units[-1] else inputs[0].format
            output = self.stream(_output_beats(unit) * unit.output_lanes, unit.output_lanes, made)
            self.stage(node, unit, inputs, [output])
            streams = [output]
        (value,) = streams
        return value

    def copies(self, stream: Stream, wanted: Sequence[int]) -> list[Stream]:
        """A stream for each of those who want so many lanes; adapted before it is copied, if all want the same."""
        if len(wanted) == 1:
            return [stream]
        if len(set(wanted)) == 1:
            stream = self.adapt(stream, wanted[0])
        outputs = [self.stream(stream.elements, stream.lanes, stream.format) for _ in wanted]
        self.stage("", ForkUnit(len(wanted), stream.elements, stream.lanes, stream.format), [stream], outputs)
        return outputs

    def adapt(self, stream: Stream, lanes: int) -> Stream:
        """The same elements in so many lanes: nothing, one adapter, or two through the common multiple."""
        if stream.lanes == lanes:
            return stream
        steps = [lanes] if stream.lanes % lanes == 0 or lanes % stream.lanes == 0 else [lcm(stream.lanes, lanes), lanes]
        for step in steps:
            adapted = self.stream(stream.elements, step, stream.format)
            unit = WidthAdapterUnit(stream.elements, stream.lanes, step, stream.format)
            self.stage("", unit, [stream], [adapted])
            stream = adapted
        return stream


def _output_beats(unit: Unit) -> int:
    """Beats of a frame that leave a unit."""
    schedule = unit.schedule()
    return len(schedule.needs) if isinstance(schedule, Buffered) else int(np.count_nonzero(schedule.gives))


def depth_in_front(reader: Unit) -> int:
    """About how deep a FIFO in front of a unit gets: a folded layer reads a whole vector in a burst and then works on it.

    One beat more lets the producer go on while the first beat of the burst leaves.
    """
    if isinstance(reader, DenseUnit) and reader.neuron_folds > 1:
        return reader.synapse_folds + 1
    return REGISTERS


def _identifier(name: str) -> str:
    """A name that C++, SystemVerilog and Tcl all take; no keyword of theirs ends like it (``small`` is one)."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "network"
    return f"{plain}_top" if plain[0].isalpha() else f"net_{plain}_top"
