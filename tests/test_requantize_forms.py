"""Closed forms of staircases equal them on the whole range, and are found where they exist."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpgaflow.fixed import IntArray, Rounding, round_shift
from fpgaflow.requantize_forms import middle_line, multiply_shift_form, shift_add_form, shift_form
from fpgaflow.staircase import breakpoints, find_staircase
from fpgaflow.units.khot import numbers_of_digits, recoding, signed_digits
from tests.test_staircase import random_function, whole_range


@given(st.integers(0, 2**32 - 1))
def test_a_form_that_is_found_equals_the_staircase_everywhere(seed):
    codes, low, high = random_function(seed)
    staircase = find_staircase(codes, low, high)
    points = whole_range(low, high)
    for form in (shift_form(staircase), multiply_shift_form(staircase), shift_add_form(staircase)):
        if form is not None:
            np.testing.assert_array_equal(form(points), codes(points))


@given(
    shift=st.integers(0, 9),
    rounding=st.sampled_from([Rounding.FLOOR, Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.HALF_AWAY]),
    seed=st.integers(0, 2**32 - 1),
    bits=st.integers(2, 8),
)
def test_every_power_of_two_requantization_has_a_shift_form(shift, rounding, seed, bits):
    generator = np.random.default_rng(seed)
    bias = generator.integers(-900, 900, 5)
    low, high = np.full(5, -5000), np.full(5, 5000)
    top = (1 << bits) - 1

    def codes(x):
        return np.clip(round_shift(x + bias, shift, rounding), 0, top)

    form = shift_form(find_staircase(codes, low, high))
    assert form is not None
    points = whole_range(low, high)
    np.testing.assert_array_equal(form(points), codes(points))


def test_bias_finer_than_the_accumulator_takes_a_left_shift():
    low, high = np.full(1, -500), np.full(1, 500)
    staircase = find_staircase(lambda x: np.clip(np.rint((x + 0.25) / 8), -16, 15).astype(np.int64), low, high)
    form = shift_form(staircase)
    assert form is not None
    points = whole_range(low, high)
    np.testing.assert_array_equal(form(points), staircase(points))


@pytest.mark.parametrize("levels", [3, 15, 255])
def test_batch_normalisation_with_any_gain_has_a_multiply_shift_form(levels):
    generator = np.random.default_rng(levels)
    gain, offset = generator.normal(size=32) * 0.01, generator.normal(size=32) * 3
    low, high = np.full(32, -40_000), np.full(32, 40_000)

    def codes(x):
        return np.clip(np.rint(x * gain + offset), 0, levels).astype(np.int64)

    form = multiply_shift_form(find_staircase(codes, low, high))
    assert form is not None
    points = np.clip(np.arange(-40_000, 40_001)[:, None], low, high)
    np.testing.assert_array_equal(form(points), codes(points))


@pytest.mark.parametrize("levels", [3, 15, 255])
@pytest.mark.parametrize("digits", [1, 2])
def test_gains_of_few_digits_have_a_shift_add_form(levels: int, digits: int) -> None:
    generator = np.random.default_rng(levels + digits)
    known = numbers_of_digits(digits)
    gain = generator.choice(known[known < 256], 16) * generator.choice([-1, 1], 16) / (1 << 14)
    offset = generator.normal(size=16) * 3
    low, high = np.full(16, -20_000), np.full(16, 20_000)

    def codes(x: IntArray) -> IntArray:
        return np.clip(np.rint(x * gain + offset), 0, levels).astype(np.int64)

    form = shift_add_form(find_staircase(codes, low, high))
    assert form is not None
    assert max(map(signed_digits, form.multiplier.tolist())) <= digits
    assert recoding(form.multiplier) is not None
    points = np.clip(np.arange(-20_000, 20_001)[:, None], low, high)
    np.testing.assert_array_equal(form(points), codes(points))


def test_no_closed_form_for_two_slopes():
    low, high = np.full(1, -4000), np.full(1, 4000)
    staircase = find_staircase(
        lambda x: np.clip(np.rint(np.where(x > 0, x / 16, x / 160)), -16, 15).astype(np.int64), low, high
    )
    assert shift_form(staircase) is None
    assert multiply_shift_form(staircase) is None
    assert shift_add_form(staircase) is None


@given(seed=st.integers(0, 2**32 - 1))
def test_middle_line_of_a_float_scale(seed):
    """Scales too fine for the multipliers of a multiply-shift."""
    generator = np.random.default_rng(seed)
    scale, bias = generator.uniform(0.5, 1.0, 3) / 2**13 * generator.choice([-1, 1], 3), generator.uniform(-9, 9, 3)
    low, high = np.full(3, -(1 << 21)), np.full(3, 1 << 21)

    def codes(x):
        return np.clip(np.floor(x * scale + bias).astype(np.int64), -128, 127)

    staircase = find_staircase(codes, low, high)
    found_scale, found_bias = middle_line(staircase)
    points = breakpoints(staircase)
    top = staircase.base + staircase.levels
    got = np.clip(np.floor(points * found_scale + found_bias), staircase.base, top)
    np.testing.assert_array_equal(got, codes(points))
