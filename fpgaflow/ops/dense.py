"""Dense: the integer matrix product of a fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass

from fpgaflow.fixed import FixedFormat, Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError


@dataclass(frozen=True)
class Dense(IntegerOp):
    """``y[…, m] = sum_k weights[m, k] * x[…, k]``; inputs: data (…, K), weights (M, K).

    ``accumulator`` holds every partial sum in any order; ``weight_format`` holds every weight.
    """

    weight_format: Format
    accumulator: FixedFormat

    def infer(self, *types: TensorType) -> TensorType:
        data, weights = types
        if data.shape[-1:] != weights.shape[1:]:
            raise ShapeError(f"{data.shape[-1:]} inputs, but weights for {weights.shape[1:]}")
        return TensorType((*data.shape[:-1], weights.shape[0]), self.accumulator)

    def evaluate(self, *values: Array) -> Array:
        data, weights = values
        return data @ weights.T
