"""Dense: the integer matrix product of a fully connected layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.base import Unit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.khot import recoding


@dataclass(frozen=True)
class Dense(IntegerOp):
    """``y[v, m] = sum_k weights[m, k] * x[v, k]``; inputs: data of v * K elements in any shape, weights (M, K).

    The result is (…, M) for data (…, K), else (M,) or (v, M).
    ``accumulator`` holds every partial sum in any order; ``weight_format`` holds every weight.
    """

    weight_format: Format
    accumulator: FixedFormat

    def infer(self, *types: TensorType) -> TensorType:
        data, weights = types
        outputs, inputs = weights.shape
        vectors, rest = divmod(data.elements, inputs)
        if rest:
            raise ShapeError(f"{data.elements} elements are no whole vectors of {inputs}")
        leading = data.shape[:-1] if data.shape[-1:] == (inputs,) else (vectors,) if vectors > 1 else ()
        return TensorType((*leading, outputs), self.accumulator)

    def evaluate(self, *values: Array) -> Array:
        data, weights = values
        inputs = weights.shape[1]
        leading = data.shape[1:-1] if data.shape[-1] == inputs else (-1,) if data[:1].size > inputs else ()
        result: Array = data.reshape(-1, inputs) @ weights.T
        return result.reshape(len(data), *leading, len(weights))

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        """Every folding of the matrix-vector unit, with products in LUTs, DSPs or of shifts, weights in LUTs or block RAM."""
        (weights,) = site.constants
        inputs = weights.shape[1]
        vectors = site.data.elements // inputs
        units = dense_units(weights, vectors, site.format, self.weight_format, self.accumulator, divisors(inputs))
        yield from ((unit,) for unit in units)


def dense_units(
    weights: IntArray,
    vectors: int,
    input_format: Format,
    weight_format: Format,
    accumulator: FixedFormat,
    simds: Sequence[int],
    groups: int = 1,
) -> Iterator[DenseUnit]:
    """Matrix-vector units with each of ``simds`` inputs a cycle: every number of outputs a cycle, products in LUTs or
    DSPs or, if that takes fewer LUTs, of shifts, weights in LUTs or block RAM. ``weights`` is (outputs, inputs of a group).
    """
    formats = (input_format, weight_format, accumulator)
    pes = divisors(len(weights) // groups)

    def unit(pe: int, simd: int, multiplier: Multiplier, storage: WeightStorage = WeightStorage.LUTRAM) -> DenseUnit:
        return DenseUnit(weights, vectors, simd, pe, *formats, multiplier, storage, groups)

    multipliers = [Multiplier.LUT]
    if BipolarFormat() not in formats:
        multipliers.append(Multiplier.DSP)
        middle = pes[len(pes) // 2], simds[len(simds) // 2]
        if recoding(weights) and unit(*middle, Multiplier.SHIFT).cost().lut < unit(*middle, Multiplier.LUT).cost().lut:
            multipliers.append(Multiplier.SHIFT)
    for pe, simd, multiplier, storage in product(pes, simds, multipliers, WeightStorage):
        found = unit(pe, simd, multiplier, storage)
        if found.uses_dsp or multiplier is not Multiplier.DSP:
            yield found


def divisors(number: int) -> list[int]:
    """All divisors, ascending."""
    return [d for d in range(1, number + 1) if number % d == 0]
