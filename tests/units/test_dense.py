"""Products that share a DSP block, groups, and what follows from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.backends.rtl import add_library, emit_stage
from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.synthesis import stage_job
from fpgaflow.toolchain.yosys import synthesize
from fpgaflow.units.base import Stage, Stream
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.dsp_packing import WIDE_PORT, Packing, dsp_blocks, packing
from fpgaflow.units.schedule import Steps


def s(width: int) -> FixedFormat:
    return FixedFormat(width, 0, True)


def u(width: int) -> FixedFormat:
    return FixedFormat(width)


def random_weights(format: Format, outputs: int, inputs: int) -> IntArray:
    random = np.random.default_rng(outputs + format.width)
    weights = format.decode(random.integers(0, 1 << format.width, (outputs, inputs)))
    weights[0], weights[1:3] = format.min, format.max
    return weights


def dense(
    weights: IntArray, weight: Format, source: Format, pe: int, simd: int, groups: int = 1, vectors: int = 1
) -> DenseUnit:
    reach = int(np.abs(weights).sum(axis=1).max()) * max(-source.min, source.max)
    formats = (source, weight, format_for_range(-reach - 1, reach))
    return DenseUnit(weights, vectors, simd, pe, *formats, Multiplier.DSP, WeightStorage.LUTRAM, groups)


PAIRS = [
    (u(8), s(8), 2, False),
    (s(8), s(8), 2, False),
    (u(8), u(8), 2, False),
    (u(4), s(4), 4, True),
    (s(4), s(4), 4, True),
    (u(4), u(4), 3, False),
    (u(5), s(5), 3, False),
    (u(3), s(3), 5, True),
    (u(2), s(2), 9, True),
    (u(8), s(2), 3, False),
    (u(1), s(8), 3, False),
    (s(1), s(1), 13, False),
    (s(12), s(16), 1, False),
    (u(16), s(4), 2, False),
    (s(20), s(3), 1, False),
]


@pytest.mark.parametrize(("source", "weight", "rows", "overlap"), PAIRS)
def test_most_products_of_a_block(source: Format, weight: Format, rows: int, overlap: bool) -> None:
    found = packing(random_weights(weight, 840, 4), 840, source)
    assert (found.rows, found.overlap) == (rows, overlap)


def test_ternary_weights_and_narrow_ranges_share_more() -> None:
    ternary = np.random.default_rng(0).integers(-1, 2, (26, 8))
    assert packing(ternary, 26, u(2)).rows == 13
    assert packing(ternary, 26, u(2)).digit == s(2)
    # without -8 a digit has no fifth bit
    assert packing(random_weights(s(4), 16, 8), 16, u(4)).digit == s(5)
    assert packing(np.maximum(random_weights(s(4), 16, 8), -7), 16, u(4)).digit == s(4)


@pytest.mark.parametrize(
    ("pe", "rows", "overlap"),
    [(1, 1, False), (2, 2, False), (3, 3, False), (4, 4, True), (5, 3, False), (6, 3, False), (7, 4, True)],
)
def test_no_more_products_share_a_block_than_the_number_of_blocks_needs(pe: int, rows: int, overlap: bool) -> None:
    found = packing(random_weights(s(4), 2 * pe, 3), pe, u(4))
    assert (found.rows, found.overlap) == (rows, overlap)
    assert found.dsps(pe, u(4)) == (0 if pe == 1 else -(-pe // 4))


def fields(found: Packing, digits: IntArray, source: Format, x: int) -> list[int]:
    """The products that ``ff_packed_product.sv`` finds in one multiplication."""
    spacing, product, code = found.spacing, found.product, int(source.encode(np.array(x)))
    mask = (1 << spacing) - 1
    operand = sum((int(digit) & mask) << (spacing * row) for row, digit in enumerate(digits[:-1]))
    operand += int(digits[-1]) << (spacing * (len(digits) - 1))
    assert -(1 << (WIDE_PORT - 1)) <= operand < 1 << (WIDE_PORT - 1)
    result, products, negative = operand * x, [], 0
    for row in range(len(digits)):
        bits = result >> (spacing * row) & ((1 << product.width) - 1)
        if found.overlap and row + 1 < len(digits):
            odd = code & (int(digits[row + 1]) ^ (digits[row] < 0)) & 1
            bits ^= odd << (product.width - 1)
        field = int(product.decode(np.array(bits)))
        products.append(field + negative)
        negative = int(field < 0)
    return products


@pytest.mark.parametrize(("source", "weight", "rows", "overlap"), PAIRS)
def test_every_product_is_found(source: Format, weight: Format, rows: int, overlap: bool) -> None:
    values = {source.min, source.min + 1, -1, 0, 1, 5, source.max - 1, source.max}
    inputs = sorted(x for x in values if source.min <= x <= source.max)
    for pe in {1, rows, rows + 1}:
        weights = random_weights(weight, 4 * pe, 12)
        found = packing(weights, pe, source)
        digits = found.digits(weights.reshape(-1, pe, 12))
        for block, stored in zip(weights.reshape(-1, pe, 12), digits, strict=True):
            for first in range(0, pe, found.rows):
                part = slice(first, first + found.rows)
                for x in inputs:
                    for column, wanted in zip(stored[part].T, block[part].T, strict=True):
                        assert fields(found, column, source, x) == [x * int(w) for w in wanted]


def test_blocks_of_wide_multiplications() -> None:
    factors = [(9, 8), (18, 27), (27, 18), (19, 19), (8, 28), (30, 40)]
    assert [dsp_blocks(*both) for both in factors] == [1, 1, 1, 2, 2, 4]


def test_units_say_how_many_products_share_a_block() -> None:
    unit = dense(random_weights(s(8), 12, 4), s(8), u(8), 3, 2)
    assert (unit.products_per_dsp, unit.cost().dsp) == (2, 4)
    assert replace(unit, pe=4).cost().dsp == 4
    assert replace(unit, multiplier=Multiplier.LUT).products_per_dsp == 0
    assert replace(unit, weights=np.ones((12, 4), np.int64), weight_format=BipolarFormat()).products_per_dsp == 0


def test_groups_are_units_side_by_side() -> None:
    groups, vectors = 3, 2
    weights = random_weights(s(4), 6, 5)
    unit = dense(weights, s(4), s(3), 1, 5, groups, vectors)
    frames = np.random.default_rng(1).integers(-4, 4, (7, vectors * groups * 5))
    parts = frames.reshape(7, vectors, groups, 5)
    results = [
        dense(weights[2 * g : 2 * g + 2], s(4), s(3), 1, 5, 1, vectors).evaluate(parts[:, :, g].reshape(7, -1))
        for g in range(groups)
    ]
    expected = np.stack([result.reshape(7, vectors, 2) for result in results], axis=2)
    assert np.array_equal(unit.evaluate(frames), expected.reshape(7, -1))
    assert (unit.words, unit.cycles) == (6, 12)
    schedule = unit.schedule()
    assert isinstance(schedule, Steps)
    assert schedule.takes.sum() == vectors * groups
    assert schedule.gives.sum() == vectors * 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "weight", "pe"),
    [(u(8), s(8), 3), (s(8), s(8), 4), (u(4), s(4), 6), (u(4), u(4), 4), (s(3), s(3), 7), (u(2), s(2), 9)],
)
def test_synthesis_counts_the_same_blocks(tmp_path: Path, source: Format, weight: Format, pe: int) -> None:
    unit = dense(random_weights(weight, 4 * pe, 4), weight, source, pe, 2)
    streams = (Stream("x", 4, 2, source), Stream("y", 4 * pe, pe, unit.accumulator))
    stage = Stage("stage", "", unit, streams[:1], streams[1:])
    add_library(emit_stage(stage, tmp_path), tmp_path)
    counts = synthesize([stage_job(stage, tmp_path)])["stage"].counts
    assert counts is not None
    assert counts.resources.dsp == unit.cost().dsp
