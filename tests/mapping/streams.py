"""Stages that only have a schedule, and accelerators and graphs of them or of real units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.errors import Loc
from fpgaflow.fixed import FixedFormat, IntArray, Rounding
from fpgaflow.ir.graph import Array, Graph, GraphStage, Node, TensorType
from fpgaflow.ops.base import IntegerOp, Site
from fpgaflow.units.base import Accelerator, Memory, Resources, Stage, Stream, Unit
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.depthwise import DepthwiseUnit
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.join import JoinUnit, Operation
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.pool import PoolUnit, Reduction
from fpgaflow.units.reorder import reorder_units
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.schedule import Buffered, Schedule, Steps
from fpgaflow.units.window import WindowUnit

U4, S4, SUM = FixedFormat(4), FixedFormat(4, 0, True), FixedFormat(16, 0, True)


@dataclass(frozen=True, eq=False)
class Scheduled:
    """One lane in, one out, and whatever schedule."""

    kind: ClassVar[str] = "scheduled"
    plan: Schedule
    latency: int = 1
    input_lanes: int = 1
    output_lanes: int = 1

    @property
    def cycles(self) -> int:
        return self.plan.count if isinstance(self.plan, Steps) else max(len(self.plan.needs), len(self.plan.frees))

    def evaluate(self, *inputs: IntArray) -> IntArray:
        return inputs[0]

    def schedule(self) -> Schedule:
        return self.plan

    def cost(self) -> Resources:
        return Resources()

    def memories(self) -> tuple[Memory, ...]:
        return ()


def steps(takes: str, gives: str, latency: int = 1) -> Scheduled:
    """``x`` for each step that takes or gives a beat."""
    taken, given = (np.array([letter == "x" for letter in text]) for text in (takes, gives))
    return Scheduled(Steps(taken[None], given), latency)


def gathering(beats: int, latency: int = 2) -> Scheduled:
    """Two frames of memory: one comes in while the one before leaves."""
    needs, frees = np.full(beats, beats), np.full(beats, -beats)
    return Scheduled(Buffered(needs, frees), latency)


def add(beats: int) -> JoinUnit:
    return JoinUnit(Operation.ADD, (1, 1), 0, beats, 1, (U4, U4), SUM)


def fork(beats: int) -> ForkUnit:
    return ForkUnit(2, beats, 1, U4)


def wire(*stages: tuple[Unit, str, str], depths: Mapping[str, int] | None = None) -> Accelerator:
    """Stages of one lane from ``x`` to the last one's output; a stream has as many beats as its producer gives."""
    depths = depths or {}
    (_, source, _), made = stages[0], list[Stage]()
    streams = {source: Stream(source, _input_beats(stages[0][0]), 1, U4, depths.get(source, 2))}
    for unit, sources, targets in stages:
        beats = _output_beats(unit)
        outputs = tuple(Stream(name, beats, 1, U4, depths.get(name, 2)) for name in targets.split())
        made.append(Stage(f"s{len(made)}", "", unit, tuple(streams[name] for name in sources.split()), outputs))
        streams.update({stream.name: stream for stream in outputs})
    return Accelerator("wired", tuple(made), streams[source], made[-1].outputs[0])


def _input_beats(unit: Unit) -> int:
    plan = unit.schedule()
    return len(plan.frees) if isinstance(plan, Buffered) else int(plan.takes[0].sum())


def _output_beats(unit: Unit) -> int:
    plan = unit.schedule()
    return len(plan.needs) if isinstance(plan, Buffered) else int(plan.gives.sum())


@dataclass(frozen=True)
class Anything(IntegerOp):
    """An operator whose units the test has."""

    def infer(self, *types: TensorType) -> TensorType:
        return types[0]

    def evaluate(self, *values: Array) -> Array:
        return values[0]

    def implementations(self, site: Site) -> list[tuple[Unit, ...]]:  # type: ignore[override]
        return []


class Network:
    """Builds a graph and the units of its nodes."""

    def __init__(self, *shape: int) -> None:
        self.source = TensorType(shape, U4)
        self.nodes: list[Node] = []
        self.units: dict[str, tuple[Unit, ...]] = {}

    def node(self, units: Sequence[Unit], inputs: Sequence[str], shape: tuple[int, ...], format: FixedFormat) -> str:
        name = f"n{len(self.nodes)}"
        loc = Loc("test", name, "Anything")
        self.nodes.append(Node(name, Anything(), tuple(inputs), TensorType(shape, format), loc))
        self.units[name] = tuple(units)
        return name

    def shape(self, name: str) -> tuple[int, ...]:
        return self.source.shape if name == "x" else next(n.type.shape for n in self.nodes if n.name == name)

    def graph(self) -> Graph:
        return Graph(
            GraphStage.INTEGER, {"x": self.source}, {}, tuple(self.nodes), (self.nodes[-1].name,), name="network"
        )

    def convolution(self, data: str, channels: int, lanes: int, pe: int, kernel: int = 3, stride: int = 1) -> str:
        """A convolution that keeps the size (but for its stride), back to four bits."""
        height, width, depth = self.shape(data)
        border = kernel // 2
        sizes = (kernel, kernel), (stride, stride), (1, 1), (border,) * 4
        window = WindowUnit(height, width, depth, *sizes, 0, lanes, U4)
        weights = np.random.default_rng(channels).integers(-8, 8, (channels, kernel * kernel * depth))
        pixels = (window.output_height, window.output_width)
        formats = (U4, S4, SUM)
        dense = DenseUnit(weights, pixels[0] * pixels[1], lanes, pe, *formats, Multiplier.LUT, WeightStorage.LUTRAM)
        return self.shift(self.node((window, dense), [data], (*pixels, channels), SUM), pe)

    def pool(self, data: str, size: int, stride: int, lanes: int) -> str:
        window = self._parallel(data, size, stride, lanes)
        pixels, channels = window.output_height * window.output_width, window.channels
        unit = PoolUnit(Reduction.MAX, size * size, pixels, channels, lanes, U4, U4)
        return self.node((window, unit), [data], (window.output_height, window.output_width, channels), U4)

    def depthwise(self, data: str, size: int, lanes: int) -> str:
        window = self._parallel(data, size, 1, lanes)
        weights = np.random.default_rng(size).integers(-8, 8, (window.channels, 1, size * size))
        unit = DepthwiseUnit(weights, window.output_height * window.output_width, lanes, U4, S4, SUM, Multiplier.LUT)
        return self.shift(self.node((window, unit), [data], self.shape(data), SUM), lanes)

    def _parallel(self, data: str, size: int, stride: int, lanes: int) -> ParallelWindowUnit:
        """With a border if it does not get smaller."""
        border = (size // 2) * (stride == 1)
        return ParallelWindowUnit(
            *self.shape(data), (size, size), (stride, stride), (1, 1), (border,) * 4, 0, lanes, U4
        )

    def concatenate(self, left: str, right: str, lanes: int) -> str:
        height, width, channels = self.shape(left)
        unit = ConcatUnit((channels, self.shape(right)[2]), height * width, lanes, (U4, U4), U4)
        return self.node((unit,), [left, right], (height, width, sum(unit.channels)), U4)

    def upsample(self, data: str, lanes: int) -> str:
        """Each pixel four times."""
        height, width, channels = self.shape(data)
        places = np.arange(height * width * channels).reshape(height, width, channels)
        order = places.repeat(2, axis=0).repeat(2, axis=1).ravel()
        unit = next(
            each for each in reorder_units(order, places.size, U4, 0) if each.input_lanes == lanes and not each.wired
        )
        return self.node((unit,), [data], (2 * height, 2 * width, channels), U4)

    def shift(self, data: str, lanes: int) -> str:
        shape = self.shape(data)
        elements, bias = int(np.prod(shape)), np.zeros(shape[-1], dtype=np.int64)
        unit = ShiftUnit(shape[-1], elements, lanes, SUM, U4, 0, 6, Rounding.FLOOR, bias, 0, 15)
        return self.node((unit,), [data], shape, U4)

    def add(self, left: str, right: str, lanes: int) -> str:
        elements = int(np.prod(self.shape(left)))
        unit = JoinUnit(Operation.ADD, (1, 2), 0, elements, lanes, (U4, U4), SUM)
        return self.shift(self.node((unit,), [left, right], self.shape(left), SUM), lanes)


def residual_network() -> Network:
    """Two residual blocks, the second with a strided shortcut, in a few thousand cycles."""
    made = Network(6, 6, 4)
    stem = made.convolution("x", 8, 4, 4)
    branch = made.convolution(made.convolution(stem, 8, 4, 2), 8, 8, 1)
    block = made.add(stem, branch, 1)
    branch = made.convolution(made.convolution(block, 8, 4, 4, stride=2), 8, 8, 4)
    made.add(made.convolution(block, 8, 2, 2, kernel=1, stride=2), branch, 2)
    return made


def mixed_network() -> Network:
    """Pool and depthwise convolution side by side, of different lanes, then larger and smaller again."""
    made = Network(6, 6, 4)
    side = made.concatenate(made.pool("x", 3, 1, 2), made.depthwise("x", 3, 4), 2)
    larger = made.upsample(side, 2)
    smaller = made.pool(larger, 2, 2, 2)
    made.add(smaller, side, 1)
    return made
