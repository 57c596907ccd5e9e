"""Integer graphs of operators that only say what they would cost: foldings, lanes and times, but no arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.errors import Loc
from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.ir.graph import Array, Graph, GraphStage, Node, TensorType
from fpgaflow.ops.base import IntegerOp, Site
from fpgaflow.ops.dense import divisors
from fpgaflow.units.base import Memory, Resources, Unit
from fpgaflow.units.schedule import Schedule, Steps

FORMAT = FixedFormat(4)


@dataclass(frozen=True)
class FakeUnit:
    """Takes a beat whenever one of its cycles asks for it, evenly; gives ``delay`` steps later, as evenly."""

    kind: ClassVar[str] = "fake"
    beats: tuple[int, int]
    input_lanes: int
    output_lanes: int
    cycles: int
    resources: Resources
    delay: int = 0
    latency: int = 1

    def evaluate(self, *inputs: IntArray) -> IntArray:
        return inputs[0]

    def schedule(self) -> Schedule:
        takes, gives = (np.zeros(self.cycles + self.delay, dtype=bool) for _ in range(2))
        reads, writes = self.beats
        takes[np.arange(reads) * self.cycles // reads] = True
        gives[self.delay + (np.arange(writes) + 1) * self.cycles // writes - 1] = True
        return Steps(takes[None], gives)

    def cost(self) -> Resources:
        return self.resources

    def memories(self) -> tuple[Memory, ...]:
        return ()


@dataclass(frozen=True)
class FakeOp(IntegerOp):
    """Keeps the frame's shape but for the channels."""

    channels: int

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType((*types[0].shape[:-1], self.channels), FORMAT)

    def evaluate(self, *values: Array) -> Array:
        return values[0]


@dataclass(frozen=True)
class Layer(FakeOp):
    """A convolution of ``taps``: every folding, its products in LUTs or DSPs, its weights in LUTs or block RAM."""

    taps: int = 9

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        inputs, pixels = site.data.shape[-1], site.data.elements // site.data.shape[-1]
        weights = self.taps * inputs * self.channels
        for reads in divisors(inputs):
            for writes in divisors(self.channels):
                for taps in (1, self.taps):
                    products = reads * writes * taps
                    cycles = pixels * weights // products
                    window = Resources(lut=40 + 12 * reads * taps, ff=30 + 8 * reads * taps, bram=0.5 * -(-reads // 9))
                    for dsp in (False, True):
                        for block in (False, True):
                            memory = (
                                Resources(bram=-(-4 * products // 36) / 2) if block else Resources(lut=weights // 16)
                            )
                            row = Resources(dsp=products) if dsp else Resources(lut=16 * products)
                            cost = window + memory + row + Resources(lut=60 + 20 * writes, ff=40 + 40 * writes)
                            beats = (pixels * inputs // reads, pixels * self.channels // writes)
                            yield (FakeUnit(beats, reads, writes, cycles, cost, delay=pixels // 8 * taps),)


@dataclass(frozen=True)
class Function(FakeOp):
    """A function of each element of one or more frames: a number of lanes in, the same number out."""

    lut: int = 30

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        for lanes in site.lanes:
            beats = site.result.elements // lanes
            cost = Resources(lut=10 + self.lut * lanes, ff=20 * lanes)
            yield (FakeUnit((beats, beats), lanes, lanes, beats, cost),)
            yield (FakeUnit((beats, beats), lanes, lanes, beats, Resources(lut=10, ff=20 * lanes, dsp=lanes)),)


class Builder:
    """A graph that grows node by node from one input ``x``."""

    def __init__(self, *shape: int) -> None:
        self.input = TensorType(shape, FORMAT)
        self.nodes: list[Node] = []

    def type_of(self, name: str) -> TensorType:
        return next((node.type for node in self.nodes if node.name == name), self.input)

    def add(self, op: FakeOp, *inputs: str) -> str:
        name = f"n{len(self.nodes)}"
        type_ = op.infer(*map(self.type_of, inputs))
        self.nodes.append(Node(name, op, inputs, type_, Loc("fake.onnx", name)))
        return name

    def graph(self, outputs: Sequence[str] = ()) -> Graph:
        last = tuple(outputs) or (self.nodes[-1].name,)
        return Graph(GraphStage.INTEGER, {"x": self.input}, {}, tuple(self.nodes), last)


def residual(blocks: int, channels: int, size: int = 16) -> Graph:
    """A network of residual blocks: 6 nodes each, whose branches meet again."""
    builder = Builder(size, size, channels)
    x = "x"
    for _ in range(blocks):
        y = builder.add(Layer(channels), x)
        y = builder.add(Function(channels), y)
        y = builder.add(Layer(channels), y)
        y = builder.add(Function(channels), y)
        x = builder.add(Function(channels, 8), x, y)
        x = builder.add(Function(channels, 20), x)
    return builder.graph()
