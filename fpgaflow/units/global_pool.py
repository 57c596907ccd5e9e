"""Pooling over whole frames: the largest or the sum of all pixels of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.lanewise import SameLanes
from fpgaflow.units.pool import Reduction, is_reducible, max_luts, value_bits
from fpgaflow.units.ram import lutram_luts
from fpgaflow.units.rom import clog2
from fpgaflow.units.schedule import Schedule, Steps


@dataclass(frozen=True)
class GlobalPoolUnit(SameLanes):
    """``output[c] = reduction over p of input[p, c]`` for the ``pixels`` pixels of a frame, ``lanes`` channels a beat.

    ``lanes`` divides ``channels``. Each step joins a beat with the word of its channels in a memory; those of the last
    pixel give the results as they come, so that the next frame follows at once. ``output_format`` holds every result, a
    bipolar one those of bipolar values only.
    """

    kind: ClassVar[str] = "global_pool"
    reduction: Reduction
    pixels: int
    channels: int
    lanes: int
    input_format: Format
    output_format: Format

    def __post_init__(self) -> None:
        assert self.channels % self.lanes == 0, self
        assert is_reducible(self.reduction, self.input_format, self.output_format), self

    @property
    def groups(self) -> int:
        """Beats of a pixel, words of the memory; a single one is a register."""
        return self.channels // self.lanes

    @property
    def cycles(self) -> int:
        return self.pixels * self.groups

    @property
    def latency(self) -> int:
        return 1

    @property
    def is_shallow(self) -> bool:
        """True if the C++ needs registers: reading, joining and writing a memory's word takes longer than a pixel."""
        return self.groups < 4

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        return self.reduction.over(frames.reshape(len(frames), self.pixels, self.channels), 1)

    def schedule(self) -> Schedule:
        """Takes a beat in every step, gives one in those of the last pixel."""
        return Steps(np.ones((1, self.cycles), dtype=bool), np.arange(self.cycles) >= self.cycles - self.groups)

    def cost(self) -> Resources:
        """Memory, comparators or adders, two counters, a two-entry output; ``docs/estimates.md`` has the errors."""
        width, is_max = self.output_format.width, self.reduction is Reduction.MAX
        stored = value_bits(self.input_format, self.output_format) if is_max else width
        joins = Resources(lut=self.lanes * (max_luts(stored) if is_max else stored))
        output = Resources(lut=self.lanes * width, ff=2 * self.lanes * width)
        group, pixel = clog2(self.groups), clog2(self.pixels)
        # Yosys doubles the memory's address
        control = Resources(lut=8 + 1.75 * (group + pixel), ff=2 + 2 * group + pixel)
        bits = self.lanes * stored
        memory = Resources(ff=bits) if self.groups == 1 else Resources(lut=lutram_luts(self.groups, bits))
        return control + joins + output + memory

    def memories(self) -> tuple[Memory, ...]:
        return ()
