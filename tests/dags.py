"""Accelerators made by hand whose stages fork and join, with random numbers."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import FixedFormat, Format, Rounding
from fpgaflow.units.base import Accelerator, Stage, Stream, Unit
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.join import JoinUnit, Operation
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit

U4, S8 = FixedFormat(4), FixedFormat(8, 0, True)
SUM = FixedFormat(12, 0, True)


class Builder:
    """Adds a stage a call; streams are told by name, those between stages may have deep FIFOs."""

    def __init__(self, name: str, source: Stream) -> None:
        self.name, self.streams, self.stages = name, {source.name: source}, list[Stage]()

    def add(
        self, name: str, unit: Unit, sources: str, targets: str, elements: int, format: Format, depth: int = 2
    ) -> None:
        outputs = tuple(Stream(target, elements, unit.output_lanes, format, depth) for target in targets.split())
        inputs = tuple(self.streams[source] for source in sources.split())
        self.stages.append(Stage(f"{self.name}_{name}", f"node {name}", unit, inputs, outputs))
        self.streams.update({stream.name: stream for stream in outputs})

    def accelerator(self, source: str, target: str) -> Accelerator:
        return Accelerator(self.name, tuple(self.stages), self.streams[source], self.streams[target])


def shift(channels: int, elements: int, lanes: int, source: FixedFormat, target: FixedFormat) -> ShiftUnit:
    bias = np.random.default_rng(channels).integers(-3, 4, channels)
    right, limits = source.width - target.width, (target.min, target.max)
    return ShiftUnit(channels, elements, lanes, source, target, 0, right, Rounding.HALF_EVEN, bias, *limits)


def residual() -> Accelerator:
    """A matrix on one branch, which needs a whole frame first, and the frame itself, in a deep FIFO, on the other."""
    made = Builder("residual", Stream("x", 16, 2, U4))
    weights = np.random.default_rng(0).integers(-8, 8, (16, 16))
    dense = DenseUnit(weights, 1, 2, 2, U4, FixedFormat(4, 0, True), SUM, Multiplier.LUT, WeightStorage.LUTRAM)
    made.add("split", ForkUnit(2, 16, 2, U4), "x", "a b", 16, U4, depth=40)
    made.add("fc", dense, "a", "sums", 16, SUM)
    made.add("narrow", shift(4, 16, 2, SUM, S8), "sums", "codes", 16, S8)
    made.add("add", JoinUnit(Operation.ADD, (3, -4), 7, 16, 2, (S8, U4), SUM), "codes b", "total", 16, SUM)
    made.add("out", shift(8, 16, 2, SUM, S8), "total", "y", 16, S8)
    return made.accelerator("x", "y")


def inception() -> Accelerator:
    """Three branches of two pixels side by side, of other formats and channels."""
    made = Builder("inception", Stream("x", 8, 2, U4))
    table = np.random.default_rng(1).integers(-100, 100, (4, 16))
    weights = np.random.default_rng(2).integers(-2, 2, (6, 4))
    dense = DenseUnit(weights, 2, 2, 2, S8, FixedFormat(2, 0, True), SUM, Multiplier.LUT, WeightStorage.LUTRAM)
    made.add("split", ForkUnit(3, 8, 2, U4), "x", "a b c", 8, U4, depth=20)
    made.add("lookup", TableUnit(4, 8, 2, U4, S8, 0, table), "a", "looked", 8, S8)
    made.add("again", ForkUnit(2, 8, 2, S8), "looked", "d e", 8, S8, depth=20)
    made.add("fc", dense, "d", "sums", 12, SUM, depth=20)
    made.add("gate", JoinUnit(Operation.MULTIPLY, (1, 1), 0, 8, 2, (S8, U4), SUM), "e b", "gated", 8, SUM, depth=20)
    made.add("side", ConcatUnit((4, 6, 4), 2, 2, (U4, SUM, SUM), SUM), "c sums gated", "wide", 28, SUM, depth=20)
    made.add("out", shift(14, 28, 2, SUM, S8), "wide", "y", 28, S8)
    return made.accelerator("x", "y")
