"""When results come: by hand for a few units, and along chains."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.fixed import FixedFormat
from fpgaflow.mapping.fill import WHOLE, Fill, fill_of
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.width_adapter import WidthAdapterUnit
from fpgaflow.units.window import WindowUnit

U4, S4, S12 = FixedFormat(4, signed=False), FixedFormat(4), FixedFormat(12)


def dense(pe: int, simd: int, vectors: int = 1) -> DenseUnit:
    weights = np.ones((6, 8), dtype=np.int64)
    return DenseUnit(weights, vectors, simd, pe, U4, S4, S12, Multiplier.LUT, WeightStorage.LUTRAM)


def test_layer_waits_for_a_whole_vector():
    unit = dense(pe=2, simd=4)  # 3 folds of 2 cycles: reads in cycles 0 and 1, writes in 1, 3 and 5
    assert fill_of((unit,)) == Fill(1 + unit.latency, 4, 4 + unit.latency, WHOLE, unit.latency)


def test_layer_of_several_vectors_waits_for_the_first():
    unit = dense(pe=6, simd=8, vectors=4)
    assert fill_of((unit,)) == Fill(unit.latency, 3, unit.latency, WHOLE // 4, unit.latency)


def test_layer_behind_a_window_waits_for_its_rows():
    window = WindowUnit(4, 4, 1, (3, 3), (1, 1), (1, 1), (0, 0, 0, 0), 0, 1, U4)
    matrix = np.ones((2, 9), dtype=np.int64)
    layer = DenseUnit(matrix, 4, 1, 2, U4, S4, S12, Multiplier.LUT, WeightStorage.LUTRAM)
    assert fill_of((window,)).share == WHOLE // 16  # its first beat is the first pixel
    fill = fill_of((window, layer))
    assert fill.share == 11 * WHOLE // 16  # two rows and three pixels
    assert fill.first >= 10 + window.latency + layer.latency


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (10, 12), (10, 500)])
def test_results_of_slow_and_fast_input(begin: int, end: int):
    unit = dense(pe=2, simd=4)
    first, last = fill_of((unit,)).results(begin, end)
    assert first == max(begin + 1, end) + unit.latency
    assert last == first + 4


def test_chain_adds_up():
    adapter, unit = WidthAdapterUnit(8, 1, 4, U4), dense(pe=2, simd=4)
    fill = fill_of((adapter, unit))
    assert fill.first == 3 + adapter.latency + max(1, 4) + unit.latency
    assert fill.share == WHOLE
