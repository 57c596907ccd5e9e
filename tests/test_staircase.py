"""Staircases by bisection equal the function everywhere, not only at the thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpgaflow.staircase import Staircase, adjust, breakpoints, find_staircase

SEEDS = st.integers(0, 2**32 - 1)


def random_function(seed: int):
    """A monotone function of each of some elements, with the elements' ranges."""
    generator = np.random.default_rng(seed)
    elements = int(generator.integers(1, 7))
    slope = generator.normal(size=elements) * 2.0 ** generator.integers(-8, 2)
    offset = generator.normal(size=elements) * 5
    bottom = int(generator.integers(-9, 2))
    top = bottom + int(generator.integers(1, 40))
    low = generator.integers(-300, 300, elements)
    high = low + generator.integers(0, 400, elements)

    def codes(x):
        return np.clip(np.rint(x * slope + offset), bottom, top).astype(np.int64)

    return codes, low, high


def whole_range(low, high):
    points = np.arange(low.min(), high.max() + 1)[:, None]
    return np.clip(points, low, high)


@given(SEEDS)
def test_equals_the_function_on_the_whole_range(seed):
    codes, low, high = random_function(seed)
    staircase = find_staircase(codes, low, high)
    points = whole_range(low, high)
    np.testing.assert_array_equal(staircase(points), codes(points))
    assert np.all(np.diff(staircase.thresholds, axis=1) >= 0)
    assert np.all(staircase.thresholds >= low[:, None])
    assert np.all(staircase.thresholds <= high[:, None] + 1)


@given(SEEDS)
def test_rising_form_is_the_same_function_of_the_negated_input(seed):
    codes, low, high = random_function(seed)
    staircase = find_staircase(codes, low, high)
    rising = staircase.rising()
    points = whole_range(low, high)
    turned = np.where(staircase.decreasing, -points, points)
    np.testing.assert_array_equal(rising(turned), codes(points))
    assert not rising.decreasing.any()


@given(SEEDS, st.integers(-3, 3))
def test_adjust_moves_wrong_thresholds_to_the_right_place(seed, error):
    codes, low, high = random_function(seed)
    right = find_staircase(codes, low, high)
    moved = np.clip(right.thresholds + error, low[:, None], high[:, None] + 1)
    adjusted = adjust(Staircase(right.base, moved, right.decreasing, low, high), codes)
    np.testing.assert_array_equal(adjusted.thresholds, right.thresholds)


def test_constant_function_has_one_level_that_is_never_reached():
    staircase = find_staircase(lambda x: np.full_like(x, 5), np.array([-3]), np.array([9]))
    assert staircase.levels == 1
    np.testing.assert_array_equal(staircase(np.array([[-3], [0], [9]])), [[5], [5], [5]])


def test_span_fixes_base_and_top():
    staircase = find_staircase(np.ones_like, np.array([-3]), np.array([9]), span=(0, 1))
    assert (staircase.base, staircase.thresholds.tolist()) == (0, [[-3]])


def test_breakpoints_hold_both_sides_of_every_threshold_and_both_ends():
    staircase = Staircase(0, np.array([[2, 7]]), np.array([0]), np.array([-4]), np.array([9]))
    assert sorted(breakpoints(staircase)[:, 0].tolist()) == [-4, 1, 2, 6, 7, 9]


@pytest.mark.parametrize("levels", [1, 255, 4095])
def test_many_levels(levels):
    low, high = np.array([-20_000, -100]), np.array([20_000, 100])
    staircase = find_staircase(lambda x: np.clip((x + 7) // 3, 0, levels), low, high)
    points = whole_range(low, high)
    np.testing.assert_array_equal(staircase(points), np.clip((points + 7) // 3, 0, levels))
