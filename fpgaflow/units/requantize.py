"""The hardware forms of a requantization: what stands between an accumulator and the next layer's integers.

All of them map element ``e`` of a frame, which belongs to channel ``e % channels``, one element to one element,
``lanes`` elements a cycle (``lanes`` divides ``channels``). Parameters are per channel; a *fold* is one beat's group of
channels: beat ``b`` has fold ``b % folds`` with ``folds = channels / lanes``, lane ``p`` of fold ``f`` is channel
``f * lanes + p``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import (
    BipolarFormat,
    FixedFormat,
    Format,
    IntArray,
    Rounding,
    format_for_range,
    round_shift,
    signed_width,
)
from fpgaflow.units.base import Memory, Resources, pack
from fpgaflow.units.dsp_packing import dsp_blocks
from fpgaflow.units.rom import clog2, in_block_ram, parameter_cost, rom_cost
from fpgaflow.units.schedule import Schedule, every_step


@dataclass(frozen=True, eq=False)
class RequantizeUnit:
    """What every form has: its channels, elements a frame, lanes, and the formats of input and output."""

    channels: int
    elements: int
    lanes: int
    input_format: Format
    output_format: Format

    @property
    def folds(self) -> int:
        return self.channels // self.lanes

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
        raise AssertionError("every form has its own")

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        spread = frames.reshape(len(frames), -1, self.channels)
        return self.apply(spread).reshape(frames.shape)

    def schedule(self) -> Schedule:
        return every_step(self.cycles)

    def apply(self, values: IntArray) -> IntArray:
        """(…, channels) stored integers -> (…, channels) stored integers."""
        raise AssertionError("every form has its own")

    def cost(self) -> Resources:
        """Lanes, parameter memories, control and a two-entry output; ``docs/estimates.md`` has the errors."""
        lane = self.lane_cost()
        lanes = Resources(*(amount * self.lanes for amount in (lane.lut, lane.ff, lane.bram, lane.dsp)))
        return lanes + self.control_cost() + self.parameters_cost()

    def parameters_cost(self) -> Resources:
        """Memories that all lanes share."""
        return reduce(add, map(parameter_cost, self.memories()), Resources())

    def control_cost(self) -> Resources:
        """Handshake and the output's second entry; a bit that goes along with each register before."""
        return Resources(lut=10, ff=1 + self.latency + 2 * self.output_format.width * self.lanes)

    def lane_cost(self) -> Resources:
        """Datapath of one lane, memories and output registers not counted."""
        raise AssertionError("every form has its own")

    def varies(self, parameters: IntArray) -> bool:
        """True if a lane's parameter changes from fold to fold."""
        folds = parameters.reshape(self.folds, self.lanes)
        return bool(np.any(folds != folds[0]))

    def clip_luts(self, width: int) -> float:
        """Bounds of a number of ``width`` bits, and each output bit's choice between them and the number."""
        return width / 4 + self.output_format.width

    def memories(self) -> tuple[Memory, ...]:
        return ()

    def channel_memory(self, name: str, codes: IntArray, width: int) -> Memory:
        """``codes`` (channels, n) of ``width`` bits -> one word a fold: lane 0's n codes, then lane 1's, …"""
        per_fold = codes.reshape(self.folds, -1)
        return Memory(name, width * per_fold.shape[1], tuple(pack(word, width) for word in per_fold))


@dataclass(frozen=True, eq=False)
class ShiftUnit(RequantizeUnit):
    """``clip(round(((x << left_shift) + bias[c]) / 2**right_shift), low, high)`` with ``rounding``."""

    kind: ClassVar[str] = "requantize_shift"
    left_shift: int
    right_shift: int
    rounding: Rounding
    bias: IntArray  # (channels,)
    low: int
    high: int

    @property
    def bias_format(self) -> FixedFormat:
        return format_for_range(int(self.bias.min()), int(self.bias.max()))

    @property
    def sum_format(self) -> FixedFormat:
        """Holds ``(x << left_shift) + bias[c]`` for every x of the input format, and one rounding carry."""
        low = (self.input_format.min << self.left_shift) + int(self.bias.min())
        high = (self.input_format.max << self.left_shift) + int(self.bias.max())
        return format_for_range(low, high + (1 << self.right_shift))

    @property
    def latency(self) -> int:
        return 2

    def lane_cost(self) -> Resources:
        """An adder of the sum, one of rounding offset and bias, ties, clip; a constant bias takes half an adder."""
        width = signed_width(self.sum_format)
        kept = width - self.right_shift
        exact = self.rounding in (Rounding.FLOOR, Rounding.HALF_UP, Rounding.HALF_DOWN) or self.right_shift == 0
        varies = self.varies(self.bias)
        offset = kept if varies and self.rounding not in (Rounding.FLOOR, Rounding.TO_ZERO) else 0
        lut = width * (1 if varies else 0.5) + offset + (0 if exact else 2) + self.clip_luts(kept)
        return Resources(lut=lut, ff=kept if exact else width)

    def apply(self, values: IntArray) -> IntArray:
        total = (values << self.left_shift) + self.bias
        return np.clip(round_shift(total, self.right_shift, self.rounding), self.low, self.high)

    def memories(self) -> tuple[Memory, ...]:
        format = self.bias_format
        return (self.channel_memory("bias", format.encode(self.bias), format.width),)


@dataclass(frozen=True, eq=False)
class MultiplyShiftUnit(RequantizeUnit):
    """``clip((x * multiplier[c] + bias[c]) >> right_shift, low, high)``; the shift rounds down."""

    kind: ClassVar[str] = "requantize_multiply_shift"
    right_shift: int
    multiplier: IntArray  # (channels,)
    bias: IntArray  # (channels,)
    low: int
    high: int

    @property
    def multiplier_format(self) -> FixedFormat:
        return format_for_range(int(self.multiplier.min()), int(self.multiplier.max()))

    @property
    def bias_format(self) -> FixedFormat:
        return format_for_range(int(self.bias.min()), int(self.bias.max()))

    @property
    def sum_format(self) -> FixedFormat:
        """Holds ``x * multiplier[c] + bias[c]`` for every x of the input format."""
        products = np.outer([self.input_format.min, self.input_format.max], self.multiplier) + self.bias
        return format_for_range(int(products.min()), int(products.max()))

    @property
    def latency(self) -> int:
        return 4

    def lane_cost(self) -> Resources:
        """A DSP block with registers in front, an adder of the bias, which waits for the product, and clip."""
        width = self.sum_format.width
        dsp = dsp_blocks(signed_width(self.input_format), signed_width(self.multiplier_format))
        registers = self.input_format.width + width + 2
        registers += self.multiplier_format.width * self.varies(self.multiplier)
        registers += 2 * self.bias_format.width * self.varies(self.bias)
        lut = width * (0.9 if self.varies(self.bias) else 0.4) + self.clip_luts(width - self.right_shift)
        return Resources(lut=lut, ff=registers, dsp=dsp)

    def apply(self, values: IntArray) -> IntArray:
        scaled: IntArray = (values * self.multiplier + self.bias) >> self.right_shift
        return np.clip(scaled, self.low, self.high)

    def memories(self) -> tuple[Memory, ...]:
        multiplier, bias = self.multiplier_format, self.bias_format
        return (
            self.channel_memory("multiplier", multiplier.encode(self.multiplier), multiplier.width),
            self.channel_memory("bias", bias.encode(self.bias), bias.width),
        )


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


@dataclass(frozen=True, eq=False)
class TableUnit(RequantizeUnit):
    """``table[c or 0, x - input_low]``; x is always within ``input_low .. input_low + entries - 1``.

    ``table`` is (1 or channels, entries) of the output format's integers.
    """

    kind: ClassVar[str] = "requantize_table"
    input_low: int
    table: IntArray

    @property
    def latency(self) -> int:
        return 2

    def lane_cost(self) -> Resources:
        """Each lane has a table of its own: a staircase of few steps takes fewer LUTs than its words would fill."""
        words, width = self.entries * (1 if self.shared else self.folds), self.output_format.width
        table = rom_cost(words, width, block=in_block_ram(words, width))
        steps = int(np.count_nonzero(np.diff(self.table))) / len(self.table) * (1 if self.shared else self.folds)
        logic = steps * clog2(words) / 5.5
        lut = table.lut if self.shared else 1.7 * table.lut
        lut = max(width, min(lut, logic)) if table.lut else 0
        return Resources(lut + self.output_format.width, table.ff, table.bram)

    def parameters_cost(self) -> Resources:
        """The fold's place in a lane's table; the tables are in the lanes."""
        fold = 0 if self.shared else clog2(self.folds)
        return Resources(lut=2 * fold, ff=fold)

    @property
    def entries(self) -> int:
        return int(self.table.shape[1])

    @property
    def shared(self) -> bool:
        """True if one table serves all channels."""
        return len(self.table) == 1

    def apply(self, values: IntArray) -> IntArray:
        row = np.zeros(self.channels, dtype=np.int64) if self.shared else np.arange(self.channels)
        return self.table[row, values - self.input_low]

    def memories(self) -> tuple[Memory, ...]:
        """Shared: one memory, word ``x - input_low``. Else ``lane<p>``, word ``fold * entries + x - input_low``."""
        codes, width = self.output_format.encode(self.table), self.output_format.width
        if self.shared:
            return (Memory("table", width, tuple(codes[0].tolist())),)
        lanes = codes.reshape(self.folds, self.lanes, self.entries)
        return tuple(Memory(f"lane{lane}", width, tuple(lanes[:, lane].ravel().tolist())) for lane in range(self.lanes))
