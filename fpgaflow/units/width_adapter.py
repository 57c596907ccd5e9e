"""Changes the number of lanes of a stream; one of the two numbers divides the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.schedule import Schedule, Steps


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

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        return frames

    def schedule(self) -> Schedule:
        """Widening gives when a wide beat is full, narrowing takes when the last part of one has left."""
        count, ratio = self.cycles, max(self.input_lanes, self.output_lanes) // min(self.input_lanes, self.output_lanes)
        every, part = np.ones(count, dtype=bool), np.arange(count) % ratio
        if self.output_lanes > self.input_lanes:
            return Steps(every[None], part == ratio - 1)
        return Steps((part == 0)[None], every)

    def cost(self) -> Resources:
        """Widening collects narrow beats in one register and moves them to the other, narrowing shifts a wide beat out."""
        narrow, wide = sorted((self.input_lanes * self.format.width, self.output_lanes * self.format.width))
        count = (wide // narrow).bit_length()
        if self.output_lanes > self.input_lanes:
            return Resources(lut=5 + count, ff=2 * wide - narrow + count + 1)
        return Resources(lut=wide + 2 * count + 5, ff=wide + narrow + count + 1)

    def memories(self) -> tuple[Memory, ...]:
        return ()
