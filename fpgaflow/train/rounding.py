"""Rounding of tensors of any float type, which may be overwritten, to integers, exactly as ``fpgaflow.fixed`` rounds."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from fpgaflow.fixed import Rounding


def _half_up(values: Tensor) -> Tensor:
    # Adding a half would round; the distance to the integer below is a float itself wherever it decides.
    floor = values.floor()
    return floor + (values - floor >= 0.5)


def _half_down(values: Tensor) -> Tensor:
    return -_half_up(-values)


ROUND: dict[Rounding, Callable[[Tensor], Tensor]] = {
    Rounding.FLOOR: torch.floor_,
    Rounding.TO_ZERO: torch.trunc_,
    Rounding.HALF_UP: _half_up,
    Rounding.HALF_DOWN: _half_down,
    Rounding.HALF_TO_ZERO: lambda values: _half_down(values.abs()).copysign(values),
    Rounding.HALF_AWAY: lambda values: _half_up(values.abs()).copysign(values),
    Rounding.HALF_EVEN: torch.round_,
}


def power_of_two(exponent: Tensor) -> Tensor:
    """``2**exponent`` as float32, exactly, for integers from -126 to 127 in any number type."""
    # The library's exp2 and pow promise no exact powers; a float32's exponent field does.
    return ((exponent.to(torch.int32) + 127) << 23).view(torch.float32)
