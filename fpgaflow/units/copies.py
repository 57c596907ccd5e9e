"""Copies of a matrix unit side by side: so many vectors a beat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Memory, Resources, Stage, Stream
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.schedule import Schedule


@dataclass(frozen=True)
class CopiesUnit:
    """``count`` copies of a unit that takes whole vectors, in lock step: a beat is made of theirs, one behind the other.

    All have the same weights, which are constants.
    """

    kind: ClassVar[str] = "copies"
    unit: DenseUnit
    count: int

    def __post_init__(self) -> None:
        assert self.unit.words == 1, self

    @property
    def input_lanes(self) -> int:
        return self.count * self.unit.input_lanes

    @property
    def output_lanes(self) -> int:
        return self.count * self.unit.output_lanes

    @property
    def cycles(self) -> int:
        return self.unit.cycles

    @property
    def latency(self) -> int:
        return self.unit.latency

    def evaluate(self, *inputs: IntArray) -> IntArray:
        """Vector by vector, as of one unit with all of them."""
        return replace(self.unit, vectors=self.count * self.unit.vectors).evaluate(*inputs)

    def schedule(self) -> Schedule:
        return self.unit.schedule()

    def cost(self) -> Resources:
        """That of each."""
        one = self.unit.cost()
        return Resources(*(self.count * amount for amount in (one.lut, one.ff, one.bram, one.dsp)))

    def memories(self) -> tuple[Memory, ...]:
        """The word that all copies have."""
        return self.unit.memories()


def copy_name(stage: str) -> str:
    """What a copy of the stage is called."""
    return f"{stage}_copy"


def one_copy(stage: Stage) -> Stage:
    """One of the copies that a stage consists of, as a stage with its part of the streams."""
    unit = stage.unit
    assert isinstance(unit, CopiesUnit)

    def part(stream: Stream) -> Stream:
        return replace(stream, elements=stream.elements // unit.count, lanes=stream.lanes // unit.count)

    return Stage(
        copy_name(stage.name), stage.node, unit.unit, tuple(map(part, stage.inputs)), tuple(map(part, stage.outputs))
    )
