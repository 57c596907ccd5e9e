"""Activation functions with a quantizer behind them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from fpgaflow.train.grids import FixedGrid
from fpgaflow.train.quantizer import Quantizer


class Activation(nn.Module):
    """``output(function(x))``, each operation rounded once in the type of the data, as in the exported network."""

    def __init__(self, output: Quantizer) -> None:
        super().__init__()
        self.output = output

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.output(self.function(x))
        return result

    def function(self, x: Tensor) -> Tensor:
        """What the quantizer reads."""
        raise NotImplementedError


class QReLU(Activation):
    """``max(x, 0)``. An unsigned quantizer that saturates does that itself, with gradient 1 where a number rounds to 0."""

    def function(self, x: Tensor) -> Tensor:
        grid = self.output.grid
        included = isinstance(grid, FixedGrid) and grid.saturates and not grid.signed
        return x if included else x.relu()


class QReLU6(Activation):
    """``min(max(x, 0), 6)``."""

    def function(self, x: Tensor) -> Tensor:
        return x.clamp(0, 6)


class QLeakyReLU(Activation):
    """``x`` where x >= 0, else ``slope * x``; the slope is rounded to a number of 8 bits, as a multiplier has it."""

    def __init__(self, output: Quantizer, slope: float = 0.01) -> None:
        super().__init__(output)
        mantissa, exponent = math.frexp(slope)
        self.slope = math.ldexp(round(mantissa * 256), exponent - 8)

    def function(self, x: Tensor) -> Tensor:
        return torch.where(x >= 0, x, x * self.slope)


class QPReLU(Activation):
    """``x`` where x >= 0, else ``slopes(weight) * x``; one slope, or one a channel (second axis)."""

    def __init__(self, output: Quantizer, slopes: Quantizer, weight: nn.Parameter) -> None:
        super().__init__(output)
        self.slopes, self.weight = slopes, weight

    def function(self, x: Tensor) -> Tensor:
        return torch.where(x < 0, x * _of_channels(self.slopes(self.weight), x), x)


class QRPReLU(QPReLU):
    """``prelu(x - before) + after`` with trained shifts, one a channel. Source: ReActNet's RPReLU."""

    def __init__(
        self, output: Quantizer, slopes: Quantizer, shifts: tuple[Quantizer, Quantizer], channels: int
    ) -> None:
        super().__init__(output, slopes, nn.Parameter(torch.full((channels,), 0.25)))
        self.shift_before, self.shift_after = shifts
        self.before = nn.Parameter(torch.zeros(channels))
        self.after = nn.Parameter(torch.zeros(channels))

    def function(self, x: Tensor) -> Tensor:
        moved = x - _of_channels(self.shift_before(self.before), x)
        return super().function(moved) + _of_channels(self.shift_after(self.after), x)


def _of_channels(numbers: Tensor, x: Tensor) -> Tensor:
    """One number, or one for each of the second axis, in the type of the data."""
    return numbers.view(-1, *(1,) * (x.ndim - 2)).to(x.dtype)
