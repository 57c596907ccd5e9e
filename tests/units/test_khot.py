"""Weights as few signed digits, and the products by shifts that come of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.fixed import IntArray
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.khot import Digit, Recoding, recoding, signed_digits
from tests.khot import SLOTS, khot_units, khot_weights


def decoded(found: Recoding, code: int) -> int:
    """What ``ff_shift_row.sv`` makes of a weight's code, from the words that it is given."""
    total = 0
    for place, digit in enumerate(found.digits):
        bits = code >> (place * found.digit_width) & ((1 << found.digit_width) - 1)
        shifts = bytes.fromhex(digit.word)[::-1]
        fine, rest = bits & ((1 << found.fine_bits) - 1), bits >> found.fine_bits
        coarse, sign = rest & ((1 << found.coarse_bits) - 1), rest >> found.coarse_bits
        shift = shifts[0] + shifts[fine] + shifts[4 + coarse]
        total += (1 - 2 * sign) * (1 << shift) if fine else 0
    return total


def check(weights: IntArray) -> None:
    found = recoding(weights)
    assert found is not None
    codes = found.encode(weights)
    assert codes.shape == weights.shape
    assert [decoded(found, code) for code in codes.ravel().tolist()] == weights.ravel().tolist()
    assert int(codes.max()) < 1 << found.width
    assert found.digits[0].base == 0


@settings(deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(SLOTS))
def test_codes_are_the_weights(seed: int, slots: list[list[int]]) -> None:
    random = np.random.default_rng(seed)
    check(khot_weights(random, (int(random.integers(1, 5)), int(random.integers(1, 9))), slots))


@settings(deadline=None)
@given(st.lists(st.integers(-(1 << 8), 1 << 8).filter(lambda value: signed_digits(value) <= 2), min_size=1))
def test_any_weights_of_two_digits_have_codes(values: list[int]) -> None:
    check(np.array([values]))


@given(st.integers(-(10**6), 10**6))
def test_signed_digits_of_the_non_adjacent_form(value: int) -> None:
    count, rest = 0, abs(value)
    while rest:
        if rest & 1:
            count += 1
            rest -= 2 - (rest & 3)
        rest >>= 1
    assert signed_digits(value) == count


def test_weights_of_more_digits_have_none() -> None:
    assert recoding(np.array([[0, 21]])) is None
    assert recoding(np.array([[1 << 12]])) is None
    assert recoding(np.array([[11, -13, 5]])) is None


@pytest.mark.parametrize(
    ("values", "width", "digits"),
    [
        ([0, 0], 2, (Digit(0, (0,), (0,)),)),
        ([-1, 0, 1], 2, (Digit(0, (0,), (0,)),)),
        ([-4, 32], 3, (Digit(0, (2, 5), (0,)),)),
        ([1, -2, 4, -8], 4, (Digit(0, (0, 1), (0, 2)),)),
        ([1 << e for e in range(8)], 5, (Digit(0, (0, 1, 2), (0, 3, 5)),)),
        (range(-8, 8), 6, (Digit(0, (0, 1), (0,)), Digit(2, (0, 1), (0,)))),
        ([3, 6, 24, 33], 6, (Digit(0, (0, 3), (0,)), Digit(1, (0, 2, 4), (0,)))),
    ],
)
def test_few_shifts_a_digit(values: list[int], width: int, digits: tuple[Digit, ...]) -> None:
    found = recoding(np.array([list(values)]))
    assert found is not None
    assert (found.width, found.digits) == (width, digits)


def test_units_have_no_dsp_and_say_how_late_they_are() -> None:
    for unit in khot_units(1):
        assert unit.cost().dsp == 0
        assert unit.stored_format.width == unit.recoding.width
        assert unit.memories()[0].width == unit.recoding.width * unit.pe * unit.simd
        assert unit.latency >= 2


def test_results_are_those_of_multiplications() -> None:
    for unit in khot_units(2):
        frames = np.random.default_rng(0).integers(0, 2, (3, unit.vectors * unit.groups * unit.inputs))
        other = replace(unit, multiplier=Multiplier.LUT)
        assert np.array_equal(unit.evaluate(frames), other.evaluate(frames))
