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

    @property
    def gathers_frame(self) -> bool:
        return False

    def evaluate(self, frames: IntArray) -> IntArray:
        return frames

    def cost(self) -> Resources:
        """Widening collects narrow beats in one register and moves them to the other, narrowing shifts a wide beat out."""
        narrow, wide = sorted((self.input_lanes * self.format.width, self.output_lanes * self.format.width))
        count = (wide // narrow).bit_length()
        if self.output_lanes > self.input_lanes:
            return Resources(lut=5 + count, ff=2 * wide - narrow + count + 1)
        return Resources(lut=wide + 2 * count + 5, ff=wide + narrow + count + 1)

    def memories(self) -> tuple[Memory, ...]:
        return ()
