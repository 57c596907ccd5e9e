"""Changes the number of lanes of a stream; one of the two numbers divides the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources


@dataclass(frozen=True)
class WidthAdapterUnit:
    """``elements`` a frame, ``input_lanes`` a beat in, ``output_lanes`` a beat out, each of ``format``."""

    kind: ClassVar[str] = "width_adapter"
    elements: int
    input_lanes: int
    output_lanes: int
    format: Format

    @property
    def cycles(self) -> int:
        return self.elements // min(self.input_lanes, self.output_lanes)

    @property
    def latency(self) -> int:
        return 1

    def evaluate(self, frames: IntArray) -> IntArray:
        return frames

    def cost(self) -> Resources:
        wide = max(self.input_lanes, self.output_lanes) * self.format.width
        return Resources(lut=wide + 8, ff=wide + min(self.input_lanes, self.output_lanes) * self.format.width + 8)

    def memories(self) -> tuple[Memory, ...]:
        return ()
