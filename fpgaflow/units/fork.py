"""Copies a stream, for a value with several readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Resources
from fpgaflow.units.lanewise import Lanewise


@dataclass(frozen=True)
class ForkUnit(Lanewise):
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
    def latency(self) -> int:
        return 1

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        return frames

    def cost(self) -> Resources:
        """A two-entry register, either of whose entries goes on, and a bit for each copy."""
        width = self.lanes * self.format.width
        return Resources(lut=width + 2 * self.copies + 2, ff=2 * width + self.copies + 1)
