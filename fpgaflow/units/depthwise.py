"""Depthwise convolution behind a parallel window: each channel with weights of its own, a group of channels a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.units.base import Memory, Resources, pack
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.rom import clog2, in_block_ram, rom_cost
from fpgaflow.units.schedule import Schedule, every_step


@dataclass(frozen=True, eq=False)
class DepthwiseUnit:
    """``output[p, c * outputs + j] = sum_t weights[c, j, t] * input[p, t, c]`` for each of ``pixels`` pixels.

    ``weights`` is (channels, outputs a channel, taps) int64 of ``weight_format``; ``lanes`` divides channels. The unit reads
    what a ``ParallelWindowUnit`` writes: for each pixel and each group of ``lanes`` channels one beat of taps * lanes
    elements, the lane fastest; for each it writes a beat of the lanes * outputs results of those channels. Products are those
    of ``DenseUnit``, from DSPs one each. ``accumulator`` holds every partial sum and every result.
    """

    kind: ClassVar[str] = "depthwise"
    weights: IntArray
    pixels: int
    lanes: int
    input_format: Format
    weight_format: Format
    accumulator: FixedFormat
    multiplier: Multiplier

    def __post_init__(self) -> None:
        assert self.channels % self.lanes == 0, self

    @property
    def channels(self) -> int:
        return int(self.weights.shape[0])

    @property
    def outputs(self) -> int:
        """Outputs of a channel."""
        return int(self.weights.shape[1])

    @property
    def taps(self) -> int:
        return int(self.weights.shape[2])

    @property
    def groups(self) -> int:
        """Words of the weight memory."""
        return self.channels // self.lanes

    @property
    def input_lanes(self) -> int:
        return self.taps * self.lanes

    @property
    def output_lanes(self) -> int:
        return self.lanes * self.outputs

    @property
    def cycles(self) -> int:
        return self.pixels * self.groups

    @property
    def latency(self) -> int:
        """Registers of ``ff_depthwise.sv``: those of a matrix unit that takes its input vector in one beat."""
        return self._row.latency

    @property
    def in_block_ram(self) -> bool:
        """Where the weights lie, unless they are constant."""
        return in_block_ram(self.groups, self._word_bits)

    @cached_property
    def is_constant(self) -> bool:
        """True if all groups have the same weights, for which there is no memory."""
        grouped = self.weights.reshape(self.groups, -1)
        return bool(np.all(grouped == grouped[0]))

    @property
    def _word_bits(self) -> int:
        return self.lanes * self.outputs * self.taps * self.weight_format.width

    @cached_property
    def _row(self) -> DenseUnit:
        """A matrix unit with such a sum a step, constant if they are: of the weights only the range counts for it."""
        ends = np.array([self.weights.min(), self.weights.max()])
        weights = np.resize(ends, (1 if self.is_constant else 2, self.taps))
        formats = (self.input_format, self.weight_format, self.accumulator)
        return DenseUnit(weights, 1, self.taps, 1, *formats, self.multiplier, WeightStorage.LUTRAM)

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        beats = frames.reshape(len(frames), self.pixels, self.groups, self.taps, self.lanes)
        weights = self.weights.reshape(self.groups, self.lanes, self.outputs, self.taps)
        results: IntArray = np.einsum("fpgtl,gljt->fpglj", beats, weights)
        return results.reshape(len(frames), -1)

    def schedule(self) -> Schedule:
        return every_step(self.cycles)

    def cost(self) -> Resources:
        """Inputs and their multiples, rows, weights, output, control; ``docs/estimates.md`` has the errors."""
        row, count = self._row.rows_cost(), self.output_lanes
        # Yosys shares little between the tables of constants
        share = 1 / 0.6 if self.is_constant and self._has_tables else 1.0
        rows = Resources(count * row.lut * share, count * row.ff, 0, count * row.dsp)
        # sums of XNORs are all even or all odd, and less by the number of products
        result = self.accumulator.width - self._both_bipolar
        output = Resources(lut=self.output_lanes * result * self._both_bipolar, ff=self.output_lanes * result)
        control = Resources(lut=8, ff=1 + self.latency)
        operands = self._constant_operands() if self.is_constant else self._operands() + self._weights_cost()
        return control + operands + rows + output

    @property
    def _both_bipolar(self) -> bool:
        return isinstance(self.input_format, BipolarFormat) and isinstance(self.weight_format, BipolarFormat)

    @property
    def _has_tables(self) -> bool:
        """True if products come from tables with three or four bits of input and the rest of weights."""
        return not self._row.bipolar and not self._row.packed and self.input_format.width in (3, 4)

    def _weights_cost(self) -> Resources:
        """The memory with its counter of groups; behind a block RAM stands a register of its own."""
        block, counter = self.in_block_ram, clog2(self.groups)
        register = Resources(lut=counter, ff=counter + self._word_bits * block)
        return register + rom_cost(self.groups, self._word_bits, block=block)

    def _operands(self) -> Resources:
        """Registers of the inputs and of their multiples."""
        multiples = self._row.multiples_cost()
        inputs = Resources(ff=self.input_lanes * self.input_format.width)
        return inputs + Resources(lut=self.lanes * multiples.lut, ff=self.lanes * multiples.ff)

    def _constant_operands(self) -> Resources:
        """The same, as far as constant weights use them."""
        bits, weights = self.input_format.width, self.weights[: self.lanes]
        if self._row.multiples_cost().ff == 0:
            used = int(np.any(weights != 0, axis=1).sum())
            # tables of constants stand in front of the registers, and are wider
            return Resources(ff=used * bits * (2 if self._has_tables else 1))
        if isinstance(self.weight_format, BipolarFormat):
            once, triple, negative = weights == 1, weights == 0, weights == -1
        else:
            digits = weights[..., None] >> np.arange(0, self.weight_format.width, 2) & 3
            # the last digit of a signed number is -2, -1, 0 or 1
            end = digits.shape[-1] - self.weight_format.signed
            below, top = digits[..., :end], digits[..., end:]
            once = ((below == 1) | (below == 2)).any(-1) | (top == 1).any(-1)
            triple, negative = (below == 3).any(-1), (top >= 2).any(-1)
        counts = [int(np.any(use, axis=1).sum()) for use in (once, triple, negative)]
        made = counts[1] * bits + counts[2] * (bits + 1)
        return Resources(lut=0.9 * made, ff=counts[0] * bits + made + counts[1])

    def memories(self) -> tuple[Memory, ...]:
        """Word ``g`` holds, from the least significant bits, the weights of group g: lane, output, tap (fastest)."""
        codes = self.weight_format.encode(self.weights).reshape(self.groups, -1)
        width = self.weight_format.width
        return (Memory("weights", width * codes.shape[1], tuple(pack(word, width) for word in codes)),)
