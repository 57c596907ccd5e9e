"""The weighted sum or the product of several streams, element by element."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import reduce
from itertools import accumulate
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.rom import clog2
from fpgaflow.units.schedule import Schedule, every_step

MAX_DIGITS = 3
"""Multipliers of more signed digits take a DSP block a lane, others one adder in LUTs a digit."""

DSP_WIDTHS = 27, 18


class Operation(Enum):
    """What is made of the elements of all inputs."""

    ADD = "add"
    MULTIPLY = "multiply"


@dataclass(frozen=True)
class Digits:
    """A multiplier as the difference of two non-negative integers with as few bits as possible: 7 = 8 - 1."""

    plus: int
    minus: int

    @staticmethod
    def of(multiplier: int) -> Digits:
        half = multiplier >> 1
        tripled = multiplier + half
        return Digits(tripled & ~half, half & ~tripled)

    @property
    def count(self) -> int:
        return (self.plus | self.minus).bit_count()


@dataclass(frozen=True)
class JoinUnit:
    """``sum_i multipliers[i] * x_i + constant`` (``ADD``) or the product of all ``x_i`` (``MULTIPLY``), exact.

    ``elements`` a frame, ``lanes`` a beat of each input and of the output; ``output_format`` holds every result.
    Products have multipliers 1 and constant 0.
    """

    kind: ClassVar[str] = "join"
    operation: Operation
    multipliers: tuple[int, ...]
    constant: int
    elements: int
    lanes: int
    input_formats: tuple[Format, ...]
    output_format: FixedFormat

    def __post_init__(self) -> None:
        assert len(self.multipliers) == len(self.input_formats) >= 2, self
        assert self.elements % self.lanes == 0, self
        if self.operation is Operation.MULTIPLY:
            assert set(self.multipliers) == {1} and self.constant == 0, self

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
    def digits(self) -> tuple[Digits, ...]:
        return tuple(map(Digits.of, self.multipliers))

    @property
    def scaling_registers(self) -> int:
        """Registers before the sum: none if all multipliers are powers of two, two around the product of a DSP block."""
        most = max(digits.count for digits in self.digits)
        return 2 if most > MAX_DIGITS else 1 if most > 1 else 0

    @property
    def latency(self) -> int:
        """A sum has a register behind each level of adders, a product of n one behind its inputs and each of n - 1."""
        inputs = len(self.multipliers)
        if self.operation is Operation.MULTIPLY:
            return inputs + 1
        return self.scaling_registers + clog2(inputs)

    @property
    def gathers_frame(self) -> bool:
        return False

    @property
    def operand_width(self) -> int:
        """Bits of a signed number that holds every element of every input."""
        return max(_signed_width(format) for format in self.input_formats)

    @property
    def sum_width(self) -> int:
        """Bits of the signed numbers on the way, modulo two to which everything is exact."""
        return _signed_width(self.output_format)

    def evaluate(self, *inputs: IntArray) -> IntArray:
        if self.operation is Operation.MULTIPLY:
            return reduce(np.multiply, inputs)
        total = np.full_like(inputs[0], self.constant)
        for multiplier, frames in zip(self.multipliers, inputs, strict=True):
            total = total + multiplier * frames
        return total

    def schedule(self) -> Schedule:
        steps = every_step(self.cycles)
        return type(steps)(np.repeat(steps.takes, len(self.multipliers), axis=0), steps.gives)

    def cost(self) -> Resources:
        """Lanes, handshake, two-entry output."""
        width, inputs = self.output_format.width, len(self.multipliers)
        lane = self._product_cost() if self.operation is Operation.MULTIPLY else self._sum_cost()
        return Resources(
            lut=self.lanes * (lane.lut + width) + 2 * inputs + 3,
            ff=self.lanes * (lane.ff + 2 * width) + self.latency + 1,
            dsp=self.lanes * lane.dsp,
        )

    def _sum_cost(self) -> Resources:
        """An adder for each signed digit but one, and one for the constant; registers behind products and levels."""
        width, inputs = self.output_format.width, len(self.multipliers)
        terms, registers, blocks = int(self.constant != 0) - 1, 0, 0
        for digits, multiplier, format in zip(self.digits, self.multipliers, self.input_formats, strict=True):
            in_block = digits.count > MAX_DIGITS
            terms += 1 if in_block else digits.count
            reach = format_for_range(*sorted((multiplier * format.min, multiplier * format.max)))
            registers += min(self.scaling_registers, 1) * reach.width
            registers += format.width if self.scaling_registers == 2 else 0
            blocks += _blocks(_signed_width(format), multiplier.bit_length() + 1) if in_block else 0
        levels = accumulate(range(clog2(inputs) - 1), lambda left, _: -(-left // 2), initial=-(-inputs // 2))
        registers += sum(list(levels)[: clog2(inputs) - 1]) * width
        return Resources(lut=terms * width, ff=registers, dsp=blocks)

    def _product_cost(self) -> Resources:
        """A DSP block for each product, with registers of operands that wait for their turn."""
        registers, blocks, width = self.input_formats[0].width, 0, _signed_width(self.input_formats[0])
        for place, format in enumerate(self.input_formats[1:], 1):
            blocks += _blocks(width, _signed_width(format))
            width = min(width + _signed_width(format), self.sum_width)
            registers += place * format.width + width
        return Resources(ff=registers, dsp=blocks)

    def memories(self) -> tuple[Memory, ...]:
        return ()


def _signed_width(format: Format) -> int:
    """Bits of a signed number that holds every number of ``format``."""
    return 2 if isinstance(format, BipolarFormat) else format.width + (not format.signed)


def _blocks(left: int, right: int) -> int:
    """DSP blocks that multiply signed numbers of so many bits."""
    wide, narrow = max(left, right), min(left, right)
    return -(-wide // DSP_WIDTHS[0]) * -(-narrow // DSP_WIDTHS[1])
