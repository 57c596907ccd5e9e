"""Copies of a unit side by side: so many of its beats at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Memory, Resources, Stage, Stream, Unit
from fpgaflow.units.schedule import Schedule, Steps


@dataclass(frozen=True)
class CopiesUnit:
    """``count`` copies of ``unit`` in lock step: a beat is made of theirs, one behind the other.

    The unit has one input and one output, and reads and writes a beat in every step, all of them alike: a matrix unit that
    takes whole vectors. Its memories have one word, and are constants.
    """

    kind: ClassVar[str] = "copies"
    unit: Unit
    count: int

    def __post_init__(self) -> None:
        schedule = self.unit.schedule()
        assert isinstance(schedule, Steps) and schedule.takes.shape[0] == 1, self
        assert schedule.takes.all() and schedule.gives.all(), self
        assert all(len(memory.words) == 1 for memory in self.unit.memories()), self

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
        (frames,) = inputs
        parts = frames.reshape(len(frames), -1, self.count, self.unit.input_lanes).swapaxes(1, 2)
        results = self.unit.evaluate(parts.reshape(len(frames) * self.count, -1))
        beats = results.reshape(len(frames), self.count, -1, self.unit.output_lanes).swapaxes(1, 2)
        joined: IntArray = beats.reshape(len(frames), -1)
        return joined

    def schedule(self) -> Schedule:
        return self.unit.schedule()

    def cost(self) -> Resources:
        """That of each."""
        one = self.unit.cost()
        return Resources(*(self.count * amount for amount in (one.lut, one.ff, one.bram, one.dsp)))

    def memories(self) -> tuple[Memory, ...]:
        """None: each copy's are constants."""
        return ()


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
