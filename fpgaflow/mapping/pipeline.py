"""From chosen units to the accelerator: stages in order, width adapters between them, FIFO depths."""

from __future__ import annotations

import re
from dataclasses import replace
from math import lcm

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Graph
from fpgaflow.units.base import Accelerator, Stage, Stream, Unit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit

MIN_FIFO = 2


def build_accelerator(body: Graph, units: dict[str, Unit]) -> Accelerator:
    """The accelerator of an integer graph that is a chain, one stage a node, adapters where lanes differ."""
    builder = _Builder()
    (source,) = body.inputs
    data = body.type_of(source)
    assert data.format is not None
    first = units[body.nodes[0].name]
    start = stream = Stream("x00", data.elements, first.input_lanes, data.format, depth_in_front(first))
    for node in body.nodes:
        unit = units[node.name]
        stream = builder.adapt(stream, unit)
        assert node.type.format is not None
        stream = builder.stage(node.name, unit, stream, node.type.elements, node.type.format)
    if not any(unit.gathers_frame for unit in units.values()):
        # The output waits for its frame's flag, which comes with the last input beat: what leaves earlier must fit.
        stream = builder.deepen(stream, stream.beats)
    return Accelerator(_identifier(body.name), tuple(builder.stages), start, stream, flag_depth=builder.flag_depth())


class _Builder:
    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.streams = 1

    def adapt(self, stream: Stream, reader: Unit) -> Stream:
        """The same elements in the reader's lanes: nothing, one adapter, or two through the common multiple."""
        have, want = stream.lanes, reader.input_lanes
        if have == want:
            return self.deepen(stream, depth_in_front(reader))
        steps = [want] if have % want == 0 or want % have == 0 else [lcm(have, want), want]
        for lanes in steps:
            unit = WidthAdapterUnit(stream.elements, stream.lanes, lanes, stream.format)
            stream = self.stage("", unit, stream, stream.elements, stream.format)
        return self.deepen(stream, depth_in_front(reader))

    def deepen(self, stream: Stream, depth: int) -> Stream:
        """Give the last stream at least this depth."""
        deep = replace(stream, fifo_depth=max(stream.fifo_depth, depth))
        if self.stages and self.stages[-1].outputs == (stream,):
            last = self.stages[-1]
            self.stages[-1] = replace(last, outputs=(deep,))
        return deep

    def stage(self, node: str, unit: Unit, stream: Stream, elements: int, format: Format) -> Stream:
        output = Stream(f"x{self.streams:02d}", elements, unit.output_lanes, format, MIN_FIFO)
        self.streams += 1
        name = f"s{len(self.stages):02d}_{unit.kind}"
        self.stages.append(Stage(name, node, unit, (stream,), (output,)))
        return output

    def flag_depth(self) -> int:
        """Frames that may be on their way: every stage and FIFO may hold some when a frame is one beat."""
        slowest = max(stage.unit.cycles for stage in self.stages)
        on_the_way = sum(stage.unit.latency + stage.outputs[0].fifo_depth + 4 for stage in self.stages)
        return 1 << (on_the_way // slowest + 2 * len(self.stages) + 2).bit_length()


def depth_in_front(reader: Unit) -> int:
    """A folded layer reads a whole vector in a burst and then works on it: a vector must fit in front of it.

    One beat more lets the producer go on while the first beat of the burst leaves.
    """
    if isinstance(reader, DenseUnit) and reader.neuron_folds > 1:
        return reader.synapse_folds + 1
    return MIN_FIFO


def _identifier(name: str) -> str:
    """A name that C++, SystemVerilog and Tcl all take; no keyword of theirs ends like it (``small`` is one)."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "network"
    return f"{plain}_top" if plain[0].isalpha() else f"net_{plain}_top"
