"""Requantization by a multiplication and a bias, a shift that rounds down, and clipping."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import FixedFormat, IntArray, format_for_range, signed_width
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.dsp_packing import dsp_blocks
from fpgaflow.units.khot import Recoding, recoding, row_cost
from fpgaflow.units.requantize import RequantizeUnit


@dataclass(frozen=True, eq=False)
class MultiplyShiftUnit(RequantizeUnit):
    """``clip((x * multiplier[c] + bias[c]) >> right_shift, low, high)``; the shift rounds down.

    ``product`` says what the multiplication is made of; for ``SHIFT`` all multipliers must have few signed digits (``khot``).
    """

    kind: ClassVar[str] = "requantize_multiply_shift"
    right_shift: int
    multiplier: IntArray  # (channels,)
    bias: IntArray  # (channels,)
    low: int
    high: int
    product: Multiplier = Multiplier.DSP

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

    @cached_property
    def recoding(self) -> Recoding:
        """The digits of the multipliers, if products are of shifts."""
        found = recoding(self.multiplier)
        assert found is not None, "the multipliers have too many digits"
        return found

    @property
    def stored_format(self) -> FixedFormat:
        """The format of the memory's multipliers."""
        return FixedFormat(self.recoding.width) if self.product is Multiplier.SHIFT else self.multiplier_format

    @property
    def latency(self) -> int:
        return 4

    def lane_cost(self) -> Resources:
        """A product with registers in front, an adder of the bias, which waits for the product, and clip."""
        width = self.sum_format.width
        registers = self.input_format.width + width + 2
        registers += self.stored_format.width * self.varies(self.multiplier)
        registers += 2 * self.bias_format.width * self.varies(self.bias)
        lut = width * (0.9 if self.varies(self.bias) else 0.4) + self.clip_luts(width - self.right_shift)
        return Resources(lut=lut, ff=registers) + self._product_cost()

    def _product_cost(self) -> Resources:
        """A DSP block, partial products with the input's multiples, or a choice of shifts for each digit."""
        if self.product is Multiplier.DSP:
            return Resources(dsp=dsp_blocks(signed_width(self.input_format), signed_width(self.multiplier_format)))
        constant, bits = not self.varies(self.multiplier), self.input_format.width
        if self.product is Multiplier.SHIFT:
            source = FixedFormat(signed_width(self.input_format), 0, True)
            return row_cost(self.recoding, 1, source, self.sum_format.width, lambda _: False, constant=constant)
        chunks = -(-self.multiplier_format.width // 2)
        # about half of what a constant could need
        share = 0.5 if constant else 1.0
        return Resources(lut=share * (1.1 * chunks * (bits + 2) + 1.8 * bits), ff=share * 2 * bits)

    def apply(self, values: IntArray) -> IntArray:
        scaled: IntArray = (values * self.multiplier + self.bias) >> self.right_shift
        return np.clip(scaled, self.low, self.high)

    def memories(self) -> tuple[Memory, ...]:
        shifted, stored, bias = self.product is Multiplier.SHIFT, self.stored_format, self.bias_format
        codes = self.recoding.encode(self.multiplier) if shifted else stored.encode(self.multiplier)
        return (
            self.channel_memory("multiplier", codes, stored.width),
            self.channel_memory("bias", bias.encode(self.bias), bias.width),
        )
