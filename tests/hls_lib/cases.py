"""Units with random parameters, of every kind and in odd shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, Rounding, format_for_range
from fpgaflow.units.adder_graph import AdderGraphUnit
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.hls_lib.bench import Case
from tests.hls_lib.depthwise_cases import depthwise_cases
from tests.hls_lib.parallel_window_cases import parallel_window_cases
from tests.hls_lib.pool_cases import global_pool_cases, pool_cases
from tests.hls_lib.reorder_cases import reorder_cases
from tests.hls_lib.stream_cases import concat_cases, fork_cases, join_cases
from tests.hls_lib.window_cases import window_cases
from tests.khot import khot_units

FRAMES = 3
BIPOLAR = BipolarFormat()


def s(width: int) -> FixedFormat:
    return FixedFormat(width, 0, True)


def u(width: int) -> FixedFormat:
    return FixedFormat(width)


def values(rng: np.random.Generator, format: Format, shape: Sequence[int]) -> IntArray:
    """Random stored integers of a format; its extremes come often."""
    codes = rng.integers(0, 1 << format.width, shape, dtype=np.int64)
    extremes = rng.choice(np.array([format.min, format.max]), size=shape)
    return np.where(rng.random(shape) < 0.2, extremes, format.decode(codes))


def dense_cases() -> list[Case]:
    rng = np.random.default_rng(1)
    shapes: list[
        tuple[Format, Format, int, int, int, int, int]
    ] = [  # weight format, input format, outputs, inputs of a group, vectors, pe, simd
        (s(2), u(8), 6, 20, 1, 2, 4),
        (s(2), u(2), 3, 7, 2, 3, 7),  # one neuron fold, one synapse fold, one cycle a vector
        (s(5), s(3), 5, 9, 1, 1, 1),
        (u(3), u(5), 4, 6, 3, 2, 1),  # unsigned accumulator
        (s(8), s(8), 8, 12, 1, 4, 12),  # one synapse fold: a buffer of one beat
        (s(7), u(1), 2, 10, 1, 2, 2),  # one neuron fold
        (BIPOLAR, BIPOLAR, 6, 15, 2, 3, 5),
        (BIPOLAR, BIPOLAR, 2, 65, 1, 1, 65),
        (BIPOLAR, s(4), 4, 6, 1, 2, 3),
        (BIPOLAR, u(4), 4, 6, 1, 1, 2),
        (s(4), BIPOLAR, 4, 6, 2, 4, 3),
        (u(2), BIPOLAR, 3, 5, 1, 1, 1),
        (s(11), u(9), 3, 14, 1, 3, 7),  # memory words of 231 bits, codes across the borders of chunks
        (s(13), u(3), 8, 6, 1, 1, 6),  # a code across a border by one bit
        (s(3), u(2), 1, 1, 1, 1, 1),  # a single cycle a frame
        (s(4), s(4), 3, 5, 1, 3, 5),
        # from here on all in DSPs
        (s(4), u(4), 6, 4, 1, 3, 2),
        (s(4), u(4), 16, 9, 1, 8, 3),  # four products a DSP, their bits overlap
        (s(2), u(2), 30, 4, 1, 15, 2),
        (s(8), u(8), 6, 9, 2, 3, 9),  # two products a DSP, the last has one
        (s(3), s(3), 6, 6, 1, 3, 3),
        (u(4), s(4), 10, 4, 1, 5, 2),
        (u(4), u(4), 10, 4, 1, 5, 2),
        (u(4), u(4), 10, 4, 1, 5, 1),
        (s(4), s(4), 7, 4, 1, 7, 4),
        (s(8), s(8), 4, 3, 1, 4, 3),
    ]
    cases = []
    for number, (weight, input_format, outputs, inputs, vectors, pe, simd) in enumerate(shapes):
        groups = 2 if outputs % (2 * pe) == 0 else 1
        weights = values(rng, weight, (outputs, inputs))
        ends = np.stack([weights * input_format.min, weights * input_format.max])
        low, high = int(ends.min(axis=0).sum(axis=1).min()), int(ends.max(axis=0).sum(axis=1).max())
        accumulator = format_for_range(min(low, 0), max(high, 0))
        multiplier = Multiplier.DSP if number % 2 or number > 15 else Multiplier.LUT
        storage = list(WeightStorage)[number // 2 % 2]
        unit = DenseUnit(weights, vectors, simd, pe, input_format, weight, accumulator, multiplier, storage, groups)
        frames = values(rng, input_format, (FRAMES, vectors * groups * inputs))
        cases.append(Case(f"dense{number}", unit, input_format, accumulator, frames))
    for number, unit in enumerate(khot_units(3)):
        frames = values(rng, unit.input_format, (FRAMES, unit.vectors * unit.groups * unit.inputs))
        cases.append(Case(f"khot{number}", unit, unit.input_format, unit.accumulator, frames))
    return cases


def adder_graph_cases() -> list[Case]:
    rng = np.random.default_rng(2)
    shapes: list[tuple[Format, Format, int, int, int]] = [  # weight format, input format, outputs, inputs, vectors
        (s(8), s(8), 5, 7, 3),
        (s(2), BIPOLAR, 4, 6, 1),
        (u(3), u(4), 3, 5, 2),
        (s(12), u(16), 2, 3, 1),
        (s(3), u(2), 1, 1, 1),
    ]
    cases = []
    for number, (weight, input_format, outputs, inputs, vectors) in enumerate(shapes):
        weights = values(rng, weight, (outputs, inputs))
        ends = np.stack([weights * input_format.min, weights * input_format.max])
        low, high = int(ends.min(axis=0).sum(axis=1).min()), int(ends.max(axis=0).sum(axis=1).max())
        accumulator = format_for_range(low, high)
        unit = AdderGraphUnit(weights, vectors, input_format, accumulator, (), (), 2)
        frames = values(rng, input_format, (FRAMES, vectors * inputs))
        cases.append(Case(f"adder_graph{number}", unit, input_format, accumulator, frames))
    return cases


def copies_cases() -> list[Case]:
    """Two and three copies of the matrix units above that take whole vectors."""
    cases = []
    for case in dense_cases():
        if isinstance(case.unit, DenseUnit) and case.unit.words == 1:
            count = 2 + len(cases) % 2
            frames = np.hstack([np.roll(case.frames, shift, axis=0) for shift in range(count)])
            cases.append(replace(case, name=f"copies_{case.name}", unit=CopiesUnit(case.unit, count), frames=frames))
    return cases


def width_adapter_cases() -> list[Case]:
    rng = np.random.default_rng(3)
    shapes: list[tuple[Format, int, int, int]] = [  # format, elements, input lanes, output lanes
        (s(5), 24, 2, 12),
        (s(5), 24, 12, 2),
        (u(7), 60, 30, 10),
        (u(7), 60, 10, 30),  # 70 and 210 bits
        (BIPOLAR, 128, 1, 128),  # one wide beat a frame
        (BIPOLAR, 128, 128, 1),
        (u(3), 5, 1, 1),
        (s(64 - 2), 4, 1, 4),
        (u(8), 4, 4, 4),  # one cycle a frame
    ]
    cases = []
    for number, (format, elements, input_lanes, output_lanes) in enumerate(shapes):
        unit = WidthAdapterUnit(elements, input_lanes, output_lanes, format)
        cases.append(Case(f"adapter{number}", unit, format, format, values(rng, format, (FRAMES, elements))))
    return cases


def shift_cases() -> list[Case]:
    rng = np.random.default_rng(4)
    shapes: list[
        tuple[Format, Format, int, int, int, int, int]
    ] = [  # input format, output format, channels, vectors, lanes, left shift, right shift
        (s(12), s(8), 6, 2, 3, 0, 5),
        (s(9), s(5), 5, 1, 5, 2, 3),
        (u(7), u(8), 3, 4, 1, 1, 0),
        (s(6), s(3), 2, 3, 2, 0, 9),  # the shift is wider than the sum
        (u(10), s(4), 4, 1, 2, 0, 6),
    ]
    cases = []
    pairs = [(rounding, shapes[i]) for n, rounding in enumerate(Rounding) for i in (0, 1 + n % (len(shapes) - 1))]
    for number, (rounding, (source, target, channels, vectors, lanes, left, right)) in enumerate(pairs):
        bias = rng.integers(-(1 << right) - 3, (1 << right) + 3, channels)
        low, high = sorted(values(rng, target, (2,)).tolist()) if number % 2 else (target.min, target.max)
        elements = channels * vectors
        unit = ShiftUnit(channels, elements, lanes, source, target, left, right, rounding, bias, low, high)
        frames = values(rng, source, (FRAMES, elements))
        ties = (2 * rng.integers(-8, 8, elements) + 1 << right >> 1) - np.tile(bias, vectors)
        frames[0] = np.clip(ties >> left, source.min, source.max)
        cases.append(Case(f"shift{number}", unit, source, target, frames))
    return cases


def multiply_shift_cases() -> list[Case]:
    rng = np.random.default_rng(5)
    shapes: list[
        tuple[Format, Format, int, int, int, int, int]
    ] = [  # input format, output format, channels, vectors, lanes, multiplier bits, right shift
        (s(12), u(4), 6, 2, 3, 8, 12),
        (s(20), s(8), 4, 1, 1, 16, 22),
        (u(5), u(5), 3, 1, 3, 4, 3),
        (s(30), s(8), 2, 2, 2, 28, 48),  # a product of 58 bits
        (BIPOLAR, s(6), 4, 1, 2, 5, 0),
    ]
    cases = []
    for number, (source, target, channels, vectors, lanes, bits, right) in enumerate(shapes):
        multiplier = rng.integers(-(1 << (bits - 1)) if number % 2 else 0, 1 << (bits - 1), channels)
        bias = rng.integers(-(1 << right) - 3, (1 << right) + 3, channels)
        elements = channels * vectors
        low, high = target.min, target.max - 1
        frames = values(rng, source, (FRAMES, elements))
        for product in Multiplier:
            if product is Multiplier.SHIFT:
                multiplier = np.sign(multiplier) << np.abs(multiplier) % min(bits, 12)
            common = (channels, elements, lanes, source, target)
            unit = MultiplyShiftUnit(*common, right, multiplier, bias, low, high, product)
            cases.append(Case(f"multiply_shift{number}_{product.value}", unit, source, target, frames))
    return cases


def threshold_cases(kind: type[ComparatorsUnit] | type[ThresholdMemoryUnit]) -> list[Case]:
    rng = np.random.default_rng(6)
    shapes: list[
        tuple[Format, Format, int, int, int, int]
    ] = [  # input format, output format, channels, vectors, lanes, levels
        (s(10), u(2), 6, 2, 2, 3),
        (s(10), s(3), 4, 1, 4, 7),
        (s(6), BIPOLAR, 8, 1, 4, 1),
        (u(9), u(3), 3, 3, 1, 5),  # levels that are not 2**n - 1
        (s(15), u(4), 5, 1, 5, 14),
        (s(7), BIPOLAR, 1, 1, 1, 1),
    ]
    cases = []
    for number, (source, target, channels, vectors, lanes, levels) in enumerate(shapes):
        thresholds = np.sort(values(rng, source, (channels, levels)), axis=1)
        thresholds[0, -1] = source.max + 1  # never reached
        decreasing = rng.integers(0, 2, channels)
        base = target.max - levels if target != BIPOLAR else -1
        elements = channels * vectors
        unit = kind(channels, elements, lanes, source, target, base, thresholds, decreasing)
        frames = values(rng, source, (FRAMES, elements))
        near = thresholds[np.arange(elements) % channels, rng.integers(0, levels, elements)]
        frames[0] = np.clip(near - rng.integers(0, 2, elements), source.min, source.max)
        cases.append(Case(f"{kind.kind}{number}", unit, source, target, frames))
    return cases


def table_cases() -> list[Case]:
    rng = np.random.default_rng(7)
    shapes: list[
        tuple[Format, Format, int, int, int, bool, int, int]
    ] = [  # input format, output format, channels, vectors, lanes, shared, lowest input, entries
        (s(8), u(4), 6, 2, 3, True, -100, 201),
        (s(8), s(5), 6, 1, 2, False, -128, 256),
        (u(6), BIPOLAR, 4, 1, 4, False, 0, 64),
        (s(12), u(8), 2, 3, 1, False, 700, 33),
        (s(5), u(3), 1, 1, 1, True, 7, 1),
    ]
    cases = []
    for number, (source, target, channels, vectors, lanes, shared, low, entries) in enumerate(shapes):
        table = values(rng, target, (1 if shared else channels, entries))
        elements = channels * vectors
        unit = TableUnit(channels, elements, lanes, source, target, low, table)
        frames = rng.integers(low, low + entries, (FRAMES, elements))
        cases.append(Case(f"table{number}", unit, source, target, frames))
    return cases


GROUPS = {
    "fork": fork_cases,
    "join": join_cases,
    "concat": concat_cases,
    "dense": dense_cases,
    "depthwise": depthwise_cases,
    "pool": pool_cases,
    "global_pool": global_pool_cases,
    "adder_graph": adder_graph_cases,
    "copies": copies_cases,
    "width_adapter": width_adapter_cases,
    "window": window_cases,
    "parallel_window": parallel_window_cases,
    "reorder": reorder_cases,
    "requantize_shift": shift_cases,
    "requantize_multiply_shift": multiply_shift_cases,
    "requantize_comparators": lambda: threshold_cases(ComparatorsUnit),
    "requantize_threshold_memory": lambda: threshold_cases(ThresholdMemoryUnit),
    "requantize_table": table_cases,
}


def all_cases() -> list[Case]:
    return [case for group in GROUPS.values() for case in group()]
