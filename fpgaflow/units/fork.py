"""Copies a stream, for a value with several readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.schedule import Schedule, every_step


@dataclass(frozen=True)
class ForkUnit:
    """One input, ``copies`` outputs that all carry its ``elements`` a frame, ``lanes`` a beat.

    Each copy of a beat is taken on its own; the next beat is offered once all of them are.
    """

    kind: ClassVar[str] = "fork"
    copies: int
    elements: int
    lanes: int
    format: Format

    def __post_init__(self) -> None:
        assert self.copies >= 2 and self.elements % self.lanes == 0, self

    @property
    def input_lanes(self) -> int:
        return self.lanes

    @property
    def output_lanes(self) -> int:
        return self.lanes

    @property
    def cycles(self) -> int:
        return self.elements // self.lanes

    @property
    def latency(self) -> int:
        return 1

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        return frames

    def schedule(self) -> Schedule:
        return every_step(self.cycles)

    def cost(self) -> Resources:
        """A two-entry register, either of whose entries goes on, and a bit for each copy."""
        width = self.lanes * self.format.width
        return Resources(lut=width + 2 * self.copies + 2, ff=2 * width + self.copies + 1)

    def memories(self) -> tuple[Memory, ...]:
        return ()
