"""Requantization by a multiplication and a bias, a shift that rounds down, and clipping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import FixedFormat, IntArray, format_for_range, signed_width
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.dsp_packing import dsp_blocks
from fpgaflow.units.requantize import RequantizeUnit


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
