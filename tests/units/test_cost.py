"""Estimates of resources: near what Yosys made of the same stages, and sensible between them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np
import pytest

from benchmarks.estimate_points import points
from benchmarks.estimates import RESOURCES, compare, emit, fingerprint, load
from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, Rounding, format_for_range
from fpgaflow.units.base import Stream, Unit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.fifo import fifo_cost
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit

POINTS = {point.name: point for point in points()}
KINDS = sorted({point.kind for point in POINTS.values()})
MEDIAN, WORST = 0.1, 0.3
CHANNELS = 64


def unsigned(width: int) -> FixedFormat:
    return FixedFormat(width)


U4, S4 = unsigned(4), FixedFormat(4, 0, True)


def dense(pe: int = 2, simd: int = 4, source: Format = U4, weight: Format = S4) -> DenseUnit:
    weights = np.resize([weight.min, weight.max], (64, 64)).astype(np.int64)
    reach = 64 * max(-source.min, source.max) * max(-weight.min, weight.max)
    accumulator = format_for_range(-reach, reach)
    return DenseUnit(weights, 1, simd, pe, source, weight, accumulator, Multiplier.LUT, WeightStorage.LUTRAM)


def requantizations(width: int, lanes: int) -> list[Unit]:
    """One unit of each form."""
    source, code = FixedFormat(width, 0, True), unsigned(3)
    common = (CHANNELS, CHANNELS, lanes, source)
    channels = np.arange(CHANNELS)
    thresholds = np.arange(7) - 3 + channels[:, None] % 3
    ends = np.where(np.arange(1 << width) * 8 >> width > 7, 7, np.arange(1 << width) * 8 >> width)
    return [
        ShiftUnit(*common, code, 0, 2, Rounding.HALF_EVEN, channels, 0, 7),
        MultiplyShiftUnit(*common, code, 4, 64 + channels, channels, 0, 7),
        ComparatorsUnit(*common, code, 0, thresholds, channels % 2),
        ThresholdMemoryUnit(*common, code, 0, thresholds, channels % 2),
        TableUnit(*common, code, source.min, ends[None]),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_estimates_are_near_yosys(kind: str) -> None:
    found = list(compare(point for point in POINTS.values() if point.kind == kind))
    for key in ("lut", "ff"):
        errors = {entry.point.name: entry.error(key) for entry in found}
        assert median(map(abs, errors.values())) <= MEDIAN, key
        assert {name: error for name, error in errors.items() if abs(error) > WORST} == {}, key
    for key in ("bram", "dsp"):
        for entry in found:
            assert getattr(entry.estimate, key) == getattr(entry.measured, key), entry.point.name


def test_measured_points_are_those_of_the_grid() -> None:
    assert set(load()) == set(POINTS), "measure with `python -m benchmarks.estimates --measure`"


@pytest.mark.slow
def test_measured_points_are_of_the_present_rtl(tmp_path) -> None:
    stored, changed = load(), []
    for index, point in enumerate(POINTS.values()):
        folder = tmp_path / str(index)
        folder.mkdir()
        if stored[point.name]["sources"] != fingerprint(emit(point, folder)):
            changed.append(point.name)
    assert changed == [], "measure again with `python -m benchmarks.estimates --measure`"


@pytest.mark.parametrize("key", ["lut", "ff"])
def test_dense_grows_with_pe_simd_and_widths(key: str) -> None:
    more = [
        [dense(pe=pe) for pe in (1, 2, 4, 8, 16, 32, 64)],
        [dense(simd=simd) for simd in (1, 2, 4, 8, 16, 32)],
        [dense(source=unsigned(width)) for width in range(1, 9)],
        [dense(weight=FixedFormat(width, 0, True)) for width in range(2, 9)],
        [dense(pe=pe, source=BipolarFormat(), weight=BipolarFormat()) for pe in (1, 2, 4, 8)],
        [dense(simd=simd, source=BipolarFormat(), weight=BipolarFormat()) for simd in (2, 4, 8, 16, 32)],
    ]
    for units in more:
        amounts = [getattr(unit.cost(), key) for unit in units]
        assert all(smaller < larger for smaller, larger in pairwise(amounts)), amounts


@pytest.mark.parametrize("key", ["lut", "ff"])
def test_requantizations_grow_with_lanes_and_width(key: str) -> None:
    by_lanes = [requantizations(8, lanes) for lanes in (1, 2, 4)]
    by_width = [requantizations(width, 2) for width in (6, 8, 10)]
    for lists in (by_lanes, by_width):
        for units in zip(*lists, strict=True):
            amounts = [getattr(unit.cost(), key) for unit in units]
            assert amounts == sorted(amounts), units[0].kind


def test_nothing_is_free() -> None:
    adapters = [WidthAdapterUnit(8, *lanes, unsigned(1)) for lanes in ((1, 8), (8, 1), (4, 8))]
    for unit in (dense(1, 1, unsigned(1), BipolarFormat()), *requantizations(4, 1), *adapters):
        assert unit.cost().lut > 0
        assert unit.cost().ff > 0


def test_products_of_dsp_blocks() -> None:
    wide = replace(dense(source=unsigned(8)), multiplier=Multiplier.DSP)
    assert wide.products_per_dsp == wide.pe
    assert wide.cost().dsp == wide.simd
    narrow = replace(dense(pe=1), multiplier=Multiplier.DSP)
    assert narrow.cost().dsp == 0
    assert replace(wide, weights=np.ones_like(wide.weights), weight_format=BipolarFormat()).cost().dsp == 0


def test_only_deep_streams_have_a_fifo() -> None:
    stream = Stream("x", 256, 4, unsigned(4))
    assert fifo_cost(stream).lut == 0
    amounts = [fifo_cost(replace(stream, fifo_depth=depth)).lut for depth in (3, 20, 40, 80, 200)]
    assert amounts[0] > 0
    assert all(smaller < larger for smaller, larger in pairwise(amounts))


def test_every_point_has_every_resource() -> None:
    assert all(set(RESOURCES) <= set(entry) for entry in load().values())
