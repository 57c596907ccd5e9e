"""Dense: the integer matrix product of a fully connected layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.base import Unit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage


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
        result: Array = data @ weights.T
        return result

    def units(self, site: Site) -> Iterator[Unit]:
        """Every folding of the matrix-vector unit, with products in LUTs or DSPs and weights in LUTs or block RAM."""
        (weights,) = site.constants
        outputs, inputs = weights.shape
        vectors = site.data.elements // inputs
        assert site.data.format is not None
        bipolar = BipolarFormat() in (site.data.format, self.weight_format)
        for pe, simd in product(divisors(outputs), divisors(inputs)):
            for multiplier in (Multiplier.LUT,) if bipolar else Multiplier:
                for storage in WeightStorage:
                    yield DenseUnit(
                        weights,
                        vectors,
                        simd,
                        pe,
                        site.data.format,
                        self.weight_format,
                        self.accumulator,
                        multiplier,
                        storage,
                    )


def divisors(number: int) -> list[int]:
    """All divisors, ascending."""
    return [d for d in range(1, number + 1) if number % d == 0]
