"""Quantizers of a graph that stay as they are: their own results, and gradients straight through."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fpgaflow.ops.base import Quantizer
from fpgaflow.ops.bipolar_quant import BipolarQuant
from fpgaflow.ops.quant import Quant
from fpgaflow.ops.quantize_linear import QuantizeDequantize
from fpgaflow.ops.trunc import Trunc

KEPT = (BipolarQuant, Quant, QuantizeDequantize, Trunc)
"""Those whose result is about what they read."""


def kept(op: Quantizer, x: Tensor, *constants: Tensor) -> Tensor:
    """What the operator evaluates; the gradient of what it does not move by more than a step is 1, else 0."""
    result: Tensor = _Kept.apply(op, x, *constants)
    return result


class _Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, op: Quantizer, x: Tensor, *constants: Tensor) -> Tensor:
        arrays = [constant.cpu().numpy() for constant in constants]
        result = torch.from_numpy(op.evaluate(x.detach().cpu().numpy(), *arrays)).to(x.device)
        step = torch.from_numpy(op.grid(*arrays)[0]).to(x)
        ctx.save_for_backward((x - result).abs() <= step)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (inside,) = ctx.saved_tensors
        return None, gradients[0] * inside, *[None] * (len(ctx.needs_input_grad) - 2)
