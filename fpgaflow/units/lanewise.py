"""What units have in common whose streams all have the same lanes, above all those that compute element by element."""

from __future__ import annotations

from fpgaflow.units.base import Memory
from fpgaflow.units.schedule import Steps, every_step


class SameLanes:
    """``lanes`` elements a beat of every stream."""

    lanes: int

    @property
    def input_lanes(self) -> int:
        return self.lanes

    @property
    def output_lanes(self) -> int:
        return self.lanes


class Lanewise(SameLanes):
    """Each of a frame's ``elements // lanes`` beats becomes a beat; without memories unless it says so."""

    elements: int

    @property
    def cycles(self) -> int:
        return self.elements // self.lanes

    def schedule(self) -> Steps:
        return every_step(self.cycles)

    def memories(self) -> tuple[Memory, ...]:
        return ()
