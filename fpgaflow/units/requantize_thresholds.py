"""Requantization by counting thresholds: all at once, or by binary search in memories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, IntArray, format_for_range
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.requantize import RequantizeUnit
from fpgaflow.units.rom import clog2, in_block_ram, parameter_cost, rom_cost


@dataclass(frozen=True, eq=False)
class ThresholdUnit(RequantizeUnit):
    """``base + step * sum_i((x >= thresholds[c, i]) != decreasing[c])``, thresholds ascending in each channel.

    ``step`` is 2 for bipolar outputs (base -1, one level), else 1.
    """

    base: int
    thresholds: IntArray  # (channels, levels)
    decreasing: IntArray  # (channels,) of 0 and 1

    @property
    def levels(self) -> int:
        return int(self.thresholds.shape[1])

    @property
    def step(self) -> int:
        return 2 if isinstance(self.output_format, BipolarFormat) else 1

    @property
    def threshold_format(self) -> FixedFormat:
        """Holds every threshold and every x: a threshold that is never reached may be input maximum + 1."""
        low, high = self.input_format.min, self.input_format.max
        return format_for_range(min(low, int(self.thresholds.min())), max(high, int(self.thresholds.max())))

    def apply(self, values: IntArray) -> IntArray:
        count = np.zeros_like(values)
        for level in range(self.levels):
            count += (values >= self.thresholds[:, level]) != self.decreasing
        return self.base + self.step * count


@dataclass(frozen=True, eq=False)
class ComparatorsUnit(ThresholdUnit):
    """All thresholds of a channel at once."""

    kind: ClassVar[str] = "requantize_comparators"

    @property
    def latency(self) -> int:
        return 1 if self.levels <= 3 else 2

    def lane_cost(self) -> Resources:
        """A comparison a level, by carry chain or with a constant in a few LUTs, their count and the output."""
        compare = self.threshold_format.width * (0.2 if self.folds == 1 else 0.75)
        registers = self.levels if self.latency == 2 else 0
        return Resources(lut=self.levels * compare + self.output_format.width, ff=registers)

    def memories(self) -> tuple[Memory, ...]:
        format = self.threshold_format
        return (
            self.channel_memory("thresholds", format.encode(self.thresholds), format.width),
            self.channel_memory("decreasing", self.decreasing, 1),
        )


@dataclass(frozen=True, eq=False)
class ThresholdMemoryUnit(ThresholdUnit):
    """Binary search with ``steps`` pipeline steps, each with a memory a lane.

    Thresholds are padded to ``2**steps - 1`` with "never" (input maximum + 1). Step j keeps, for each channel, the
    ``2**j`` thresholds at sorted index ``(2n + 1) * 2**(steps - 1 - j) - 1``; with n = 0 at first, each step does
    ``n = 2n + (x >= threshold)``. After the last step n is the number of thresholds <= x.
    """

    kind: ClassVar[str] = "requantize_threshold_memory"

    @property
    def steps(self) -> int:
        return self.levels.bit_length()

    @property
    def latency(self) -> int:
        return self.steps

    def lane_cost(self) -> Resources:
        """A comparison a step; value, index and, of folds that vary, direction of all steps but the first in registers."""
        width, later = self.input_format.width, self.steps - 1
        registers = later * (width + self.varies(self.decreasing)) + self.steps * later / 2
        lut = 0.75 * width * self.steps + self.output_format.width
        return reduce(add, (self._step_cost(step) for step in range(self.steps)), Resources(lut=lut, ff=registers))

    def _step_cost(self, step: int) -> Resources:
        """A lane's memory in a step; those of the first step have the same address in all lanes."""
        words, width = self.folds << step, self.input_format.width
        if step > 0:
            return rom_cost(words, width, block=in_block_ram(words, self.threshold_format.width))
        first = rom_cost(words, width * self.lanes, block=False)
        return Resources(first.lut / self.lanes, first.ff / self.lanes)

    def parameters_cost(self) -> Resources:
        """Directions, and the fold that goes along with each beat up to the last step but one."""
        fold = clog2(self.folds)
        return parameter_cost(self.memories()[-1]) + Resources(lut=fold, ff=fold * max(1, self.steps - 1))

    @property
    def threshold_format(self) -> FixedFormat:
        low = min(self.input_format.min, int(self.thresholds.min()))
        return format_for_range(low, max(self.input_format.max + 1, int(self.thresholds.max())))

    def memories(self) -> tuple[Memory, ...]:
        """``step<j>_lane<p>`` (word ``fold * 2**j + n``) for each step and lane, then ``decreasing``, a word a fold."""
        format, entries = self.threshold_format, (1 << self.steps) - 1
        padded = np.full((self.channels, entries), self.input_format.max + 1, dtype=np.int64)
        padded[:, : self.levels] = self.thresholds
        codes = format.encode(padded).reshape(self.folds, self.lanes, entries)
        found = []
        for step in range(self.steps):
            index = (2 * np.arange(1 << step) + 1) * (1 << (self.steps - 1 - step)) - 1
            for lane in range(self.lanes):
                words = tuple(codes[:, lane, index].ravel().tolist())
                found.append(Memory(f"step{step}_lane{lane}", format.width, words))
        return (*found, self.channel_memory("decreasing", self.decreasing, 1))
