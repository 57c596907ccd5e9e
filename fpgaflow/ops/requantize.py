"""Requantize: a monotone staircase from accumulators to the next layer's integers."""

from __future__ import annotations

from dataclasses import dataclass

from fpgaflow.fixed import BipolarFormat, Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError
from fpgaflow.staircase import Staircase


@dataclass(frozen=True)
class Requantize(IntegerOp):
    """A monotone staircase; inputs: data, thresholds (channels, levels), decreasing (channels,), low and high (channels,).

    Element e of the flattened frame belongs to channel ``e % channels``; ``low``/``high`` bound the data that can occur,
    and the thresholds describe the function there and nowhere else.
    """

    base: int
    format: Format

    def infer(self, *types: TensorType) -> TensorType:
        data, thresholds, *_ = types
        if data.elements % thresholds.shape[0]:
            raise ShapeError(f"{data.elements} elements are not a multiple of {thresholds.shape[0]} channels")
        return TensorType(data.shape, self.format)

    def staircase(self, thresholds: Array, decreasing: Array, low: Array, high: Array) -> Staircase:
        """The function as a ``Staircase``; codes of a bipolar output are 0 and 1 there."""
        return Staircase(self.base, thresholds, decreasing, low, high)

    def evaluate(self, *values: Array) -> Array:
        data, *parameters = values
        staircase = self.staircase(*parameters)
        spread = data.reshape(len(data), -1, len(staircase.low))
        codes = staircase(spread).reshape(data.shape)
        return 2 * codes - 1 if isinstance(self.format, BipolarFormat) else codes
