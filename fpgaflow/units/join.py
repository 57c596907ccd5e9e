"""The weighted sum or the product of several streams, element by element."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import FixedFormat, Format, IntArray, format_for_range, signed_width
from fpgaflow.units.base import Resources
from fpgaflow.units.dsp_packing import DSP_PRODUCT_BITS, dsp_blocks
from fpgaflow.units.lanewise import Lanewise
from fpgaflow.units.rom import clog2
from fpgaflow.units.schedule import Steps

MAX_DIGITS = 3
"""Multipliers of more signed digits take a DSP block a lane, others one adder in LUTs a digit."""


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
class JoinUnit(Lanewise):
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
    def operand_width(self) -> int:
        """Bits of a signed number that holds every element of every input."""
        return max(signed_width(format) for format in self.input_formats)

    @property
    def sum_width(self) -> int:
        """Bits of the signed numbers on the way, modulo two to which everything is exact."""
        return signed_width(self.output_format)

    def evaluate(self, *inputs: IntArray) -> IntArray:
        if self.operation is Operation.MULTIPLY:
            return reduce(np.multiply, inputs)
        total = np.full_like(inputs[0], self.constant)
        for multiplier, frames in zip(self.multipliers, inputs, strict=True):
            total = total + multiplier * frames
        return total

    def schedule(self) -> Steps:
        steps = super().schedule()
        return Steps(steps.takes.repeat(len(self.multipliers), axis=0), steps.gives)

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
        """Adders of a multiplier's digits and of the tree, as wide as what they add; registers behind both."""
        lut, registers, blocks, nodes = 0, 0, 0, list[_Number]()
        for digits, multiplier, format in zip(self.digits, self.multipliers, self.input_formats, strict=True):
            low, high = sorted((multiplier * format.min, multiplier * format.max))
            nodes.append(_Number(low, high, _zeros(multiplier)))
            if digits.count > MAX_DIGITS:
                blocks += dsp_blocks(signed_width(format), multiplier.bit_length() + 1)
            else:
                lut += (digits.count - 1) * nodes[-1].bits
            registers += nodes[-1].bits * min(self.scaling_registers, 1)
            registers += format.width if self.scaling_registers == 2 else 0
        while len(nodes) > 1:
            pairs = list(zip(nodes[::2], nodes[1::2], strict=False))
            lut += sum((left + right).width - max(left.zeros, right.zeros) for left, right in pairs)
            nodes = [left + right for left, right in pairs] + nodes[2 * len(pairs) :]
            registers += sum(node.bits for node in nodes) if len(nodes) > 1 else 0
        if self.constant:
            lut += max(0, self.output_format.width - _zeros(self.constant))
        return Resources(lut=lut, ff=registers, dsp=blocks)

    def _product_cost(self) -> Resources:
        """A DSP block for each product, or LUTs, with registers of operands that wait for their turn."""
        lut, registers, blocks, width = 0.0, self.input_formats[0].width, 0, signed_width(self.input_formats[0])
        for place, format in enumerate(self.input_formats[1:], 1):
            factor = signed_width(format)
            product = min(width + factor, self.sum_width)
            if product < DSP_PRODUCT_BITS:
                lut += width * factor
            else:
                blocks += dsp_blocks(width, factor)
            registers += place * format.width + product
            width = product
        return Resources(lut=lut, ff=registers, dsp=blocks)


@dataclass(frozen=True)
class _Number:
    """A number within a sum: its range, and how many of its lowest bits are always zero."""

    low: int
    high: int
    zeros: int

    def __add__(self, other: _Number) -> _Number:
        return _Number(self.low + other.low, self.high + other.high, min(self.zeros, other.zeros))

    @property
    def width(self) -> int:
        return format_for_range(self.low, self.high).width

    @property
    def bits(self) -> int:
        """Those that may be one."""
        return max(0, self.width - self.zeros)


def _zeros(number: int) -> int:
    """Zeros below the lowest one of a number; 0 has none."""
    return max((number & -number).bit_length() - 1, 0)
