"""The cast of real numbers to a grid of integers with a trainable binary point, and its gradients."""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
from torch import Tensor

from fpgaflow.train.rounding import power_of_two

LN2 = math.log(2.0)


class Grid(Protocol):
    """Integers that a quantizer can give."""

    def nearest(self, steps: Tensor, width: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The codes of real numbers in steps, and 1 where a number lies in the grid's range, else 0; None if every code moves
        with its number. All in the numbers' own type: products of floats and truth values are slow. May overwrite ``steps``.
        """
        ...

    def largest(self, width: Tensor | None) -> float | Tensor:
        """Largest magnitude of a code."""
        ...

    def growth(self, codes: Tensor) -> Tensor:
        """What a saturated code gains, in units of itself and per ln 2, as the width grows: d code / d width / ln 2."""
        ...


class Cast(torch.autograd.Function):
    """``code(x * 2**n) * 2**-n`` with ``n = round(point)``; gradients for x, the point and the width.

    With q the result, and straight through the two roundings:

    - d q / d x is 1 in range and 0 outside;
    - d q / d point: of ``(x * 2**f + error) * 2**-f`` the error's part moves, ``ln2 * (x - q)``; of a saturated
      ``code * 2**-f`` all of it, ``-ln2 * q``;
    - d q / d width: only the range's ends move, ``d code / d width * 2**-f`` where saturated.

    The gradients of point and width are scaled by ``1 / sqrt(N * largest code)`` where N numbers share them. Source: LSQ,
    "Learned Step Size Quantization", whose step is ``2**-f`` here.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, point: Tensor, width: Tensor | None, grid: Grid) -> Tensor:
        n = point.round()
        steps = x * power_of_two(n)
        width = None if width is None else width.round()
        codes, inside = grid.nearest(steps, width)
        result = codes.mul_(power_of_two(-n))
        ctx.grid = grid
        ctx.save_for_backward(x, result, inside, n, width)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        (gradient,) = gradients
        x, result, inside, n, width = ctx.saved_tensors
        to_x = gradient if inside is None else gradient * inside
        to_point = to_width = None
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            scale = LN2 / (x.numel() // n.numel() * ctx.grid.largest(width)) ** 0.5
        if ctx.needs_input_grad[1]:
            error = x - result if inside is None else (x * inside).sub_(result)
            to_point = error.mul_(gradient).sum_to_size(n.shape) * scale
        if ctx.needs_input_grad[2]:
            gain = ctx.grid.growth(result * power_of_two(n)) * power_of_two(-n) * (1 - inside)
            to_width = (gain * gradient).sum() * scale
        return to_x, to_point, to_width, None
