"""Makes units of random numbers to test with, and the cycles in which their outputs must come."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.units.adder_graph import AdderGraphUnit, AdderNode, AdderOutput
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from tests.rtl.bench import Case

BIPOLAR = BipolarFormat()
Requantization = ShiftUnit | MultiplyShiftUnit | ComparatorsUnit | ThresholdMemoryUnit | TableUnit


def signed(width: int) -> FixedFormat:
    return FixedFormat(width, 0, True)


def unsigned(width: int) -> FixedFormat:
    return FixedFormat(width, 0, False)


def random_weights(outputs: int, inputs: int, format: Format, seed: int = 0) -> IntArray:
    """Random codes of ``format``, its extremes among them."""
    random = np.random.default_rng(seed)
    weights = format.decode(random.integers(0, 1 << format.width, (outputs, inputs)))
    weights[0, 0], weights[-1, -1] = format.min, format.max
    return weights


def accumulator_for(weights: IntArray, format: Format) -> FixedFormat:
    """Holds every partial sum of every row."""
    corners = np.stack([weights * format.min, weights * format.max])
    low, high = np.cumsum(corners.min(axis=0), axis=1), np.cumsum(corners.max(axis=0), axis=1)
    return format_for_range(int(low.min()), int(high.max()))


def dense(
    name: str,
    shape: tuple[int, int],
    fold: tuple[int, int],
    input_format: Format,
    weight_format: Format,
    *,
    vectors: int = 1,
    multiplier: Multiplier = Multiplier.LUT,
    storage: WeightStorage = WeightStorage.LUTRAM,
    weights: IntArray | None = None,
    groups: int = 1,
) -> Case:
    """A dense unit of ``shape`` (outputs, inputs of a group) with ``fold`` (pe, simd)."""
    if weights is None:
        weights = random_weights(*shape, weight_format)
    accumulator = accumulator_for(weights, input_format)
    formats = (input_format, weight_format, accumulator)
    unit = DenseUnit(weights, vectors, fold[1], fold[0], *formats, multiplier, storage, groups)
    return Case(name, unit, vectors * groups * shape[1], input_format, vectors * shape[0], accumulator)


def requantize(name: str, unit: Requantization) -> Case:
    return Case(name, unit, unit.elements, unit.input_format, unit.elements, unit.output_format)


def adder_graph(
    name: str, weights: IntArray, input_format: Format, *, vectors: int = 1, levels_per_register: int = 2
) -> Case:
    """An adder graph with a plain tree of powers of two for each output; signs are moved to the end."""
    builder = _GraphBuilder(weights.shape[1], input_format)
    results = tuple(builder.output(row) for row in weights.tolist())
    accumulator = accumulator_for(weights, input_format)
    unit = AdderGraphUnit(
        weights, vectors, input_format, accumulator, tuple(builder.nodes), results, levels_per_register
    )
    outputs, inputs = weights.shape
    return Case(name, unit, vectors * inputs, input_format, vectors * outputs, accumulator)


class _GraphBuilder:
    """Collects nodes; a term is (value, shift, negative)."""

    def __init__(self, inputs: int, format: Format) -> None:
        self.inputs = inputs
        self.bounds = [(format.min, format.max)] * inputs
        self.levels = [0] * inputs
        self.nodes: list[AdderNode] = []

    def output(self, row: list[int]) -> AdderOutput:
        terms = [
            (index, bit, weight < 0)
            for index, weight in enumerate(row)
            for bit in range(abs(weight).bit_length())
            if abs(weight) >> bit & 1
        ]
        while len(terms) > 1:
            terms = [self.join(*terms[i : i + 2]) for i in range(0, len(terms), 2)]
        if not terms:
            return AdderOutput(-1, 0, False)
        ((value, shift, negative),) = terms
        return AdderOutput(value, shift, negative)

    def join(self, *terms: tuple[int, int, bool]) -> tuple[int, int, bool]:
        if len(terms) == 1:
            return terms[0]
        (left, left_shift, left_negative), (right, right_shift, right_negative) = terms
        subtract = left_negative != right_negative
        common = min(left_shift, right_shift)
        left_shift, right_shift = left_shift - common, right_shift - common
        sign = -1 if subtract else 1
        ends = [(a << left_shift) + sign * (b << right_shift) for a in self.bounds[left] for b in self.bounds[right]]
        low, high = min(ends), max(ends)
        level = 1 + max(self.levels[left], self.levels[right])
        self.nodes.append(AdderNode(left, left_shift, right, right_shift, subtract, low, high, level))
        self.bounds.append((low, high))
        self.levels.append(level)
        return len(self.levels) - 1, common, left_negative
