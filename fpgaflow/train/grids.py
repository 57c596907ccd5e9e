"""Grids of integers: fixed point of a width, and sorted tables of any integers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fpgaflow.errors import FlowError
from fpgaflow.fixed import Overflow, Rounding
from fpgaflow.train.rounding import ROUND, power_of_two

MAX_WIDTH = 24
"""Codes of more bits are no float32 numbers."""


@dataclass(frozen=True)
class FixedGrid:
    """Integers of ``width`` bits. ``narrow`` leaves out the lowest if ``signed``, else the highest, as QONNX does."""

    width: int
    signed: bool = True
    narrow: bool = False
    rounding: Rounding = Rounding.HALF_EVEN
    overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        if not 1 + self.signed <= self.width <= MAX_WIDTH:
            what, reason = f"a width of {self.width} bits", f"it must be {1 + self.signed} to {MAX_WIDTH}"
            hint = "take a width in between; for -1 and +1, a BipolarQuantizer"
        elif self.overflow is Overflow.WRAP_SIGN_MAGNITUDE:
            what, reason = "overflow wrap-sign-magnitude", "codes that run backwards can't be trained straight through"
            hint = "wrap, or saturate"
        elif self.narrow and not self.saturates:
            what, reason = f"a narrow range with overflow {self.overflow.value}", "hardware has no such cast"
            hint = "saturate, or take the whole range"
        else:
            return
        raise FlowError("FF306", f"a quantizer has {what}", reason=reason, hint=hint)

    @property
    def saturates(self) -> bool:
        return self.overflow in (Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC)

    @property
    def missing(self) -> tuple[int, int]:
        """How many codes are left out at the low and at the high end."""
        symmetric = self.narrow or self.overflow is Overflow.SATURATE_SYMMETRIC
        return int(self.signed and symmetric), int(self.narrow and not self.signed)

    @property
    def bounds(self) -> tuple[int, int]:
        """Smallest and largest code."""
        span, (low, high) = 1 << (self.width - self.signed), self.missing
        return low - self.signed * span, span - 1 - high

    def nearest(self, steps: Tensor, width: Tensor | None) -> tuple[Tensor, Tensor | None]:
        rounded = ROUND[self.rounding](steps)
        if self.overflow is Overflow.WRAP:
            return self._wrapped(rounded), None
        codes = rounded.clamp(*self.bounds) if width is None else rounded.clamp(*self._learned_bounds(width))
        inside = rounded.sub_(codes).abs_().clamp_(max=1).neg_().add_(1)
        return (codes if self.saturates else codes * inside), inside

    def largest(self, width: Tensor | None) -> float | Tensor:
        return float(self.bounds[1]) if width is None else self._learned_bounds(width)[1]

    def growth(self, codes: Tensor) -> Tensor:
        # Without what is missing the ends are 2**b - 1 and -2**b, and 2**b doubles with every bit.
        low, high = self.missing
        return torch.where(codes > 0, codes + 1 + high, codes - low) * (codes != 0)

    def _wrapped(self, rounded: Tensor) -> Tensor:
        """Modulo ``2**width``; both remainders are exact."""
        span = 1 << self.width
        wrapped = rounded.remainder(span)
        return wrapped - span * (wrapped >= span // 2) if self.signed else wrapped

    def _learned_bounds(self, width: Tensor) -> tuple[Tensor, Tensor]:
        span, (low, high) = power_of_two(width - int(self.signed)), self.missing
        return low - span * self.signed, span - 1 - high


@dataclass(frozen=True, eq=False)
class TableGrid:
    """Any integers of at most 24 bits, ascending, as a float32 tensor; ties between two go to the larger one."""

    table: Tensor

    def nearest(self, steps: Tensor, width: Tensor | None) -> tuple[Tensor, Tensor | None]:
        table = self.table.to(steps.dtype)
        middle = (table[1:] + table[:-1]) / 2
        codes = table[torch.bucketize(steps.contiguous(), middle, right=True)]
        return codes, ((steps >= table[0]) & (steps <= table[-1])).to(steps.dtype)

    def largest(self, width: Tensor | None) -> float | Tensor:
        return self.table.abs().max()

    def growth(self, codes: Tensor) -> Tensor:
        return codes
