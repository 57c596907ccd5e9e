"""Requantization by a shift: a bias is added, the sum shifted, rounded and clipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import FixedFormat, IntArray, Rounding, format_for_range, round_shift, signed_width
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.requantize import RequantizeUnit


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
