"""Copies of a unit: each has its part of every beat."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.fixed import FixedFormat
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage

WEIGHTS = np.array([[1, -2, 3], [0, 1, 1]])


def matrix(pe: int = 2, simd: int = 3) -> DenseUnit:
    formats = FixedFormat(4), FixedFormat(3, 0, True), FixedFormat(8, 0, True)
    return DenseUnit(WEIGHTS, 2, simd, pe, *formats, Multiplier.LUT, WeightStorage.LUTRAM)


def test_every_part_of_a_beat_is_a_vector() -> None:
    """So a frame is that of one unit with more vectors."""
    unit = CopiesUnit(matrix(), 3)
    frames = np.random.default_rng(0).integers(0, 16, (5, 18))
    assert np.array_equal(unit.evaluate(frames), (frames.reshape(5, 6, 3) @ WEIGHTS.T).reshape(5, -1))
    assert (unit.input_lanes, unit.output_lanes, unit.cycles) == (9, 6, 2)
    assert unit.latency == matrix().latency


def test_cost_is_that_of_each() -> None:
    assert CopiesUnit(matrix(), 3).cost() == matrix().cost() + matrix().cost() + matrix().cost()


@pytest.mark.parametrize(("pe", "simd"), [(1, 3), (2, 1)])
def test_only_whole_vectors(pe: int, simd: int) -> None:
    with pytest.raises(AssertionError):
        CopiesUnit(matrix(pe, simd), 2)
