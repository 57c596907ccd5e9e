"""Number formats against Xilinx's recorded casts and against exact rational arithmetic."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpgaflow.errors import FlowError
from fpgaflow.fixed import (
    BipolarFormat,
    FixedFormat,
    InputFormat,
    Overflow,
    Rounding,
    cast,
    format_for_range,
    parse_input_format,
    requantize,
    round_shift,
    signed_width,
)

HERE = Path(__file__).resolve().parent
SAMPLE = HERE / "golden" / "ap_fixed_sample.csv"
COMPLETE = HERE.parent.parent / "shared" / "golden" / "ap_fixed_golden.csv"

ROUNDING = {
    "AP_TRN": Rounding.FLOOR,
    "AP_TRN_ZERO": Rounding.TO_ZERO,
    "AP_RND": Rounding.HALF_UP,
    "AP_RND_MIN_INF": Rounding.HALF_DOWN,
    "AP_RND_ZERO": Rounding.HALF_TO_ZERO,
    "AP_RND_INF": Rounding.HALF_AWAY,
    "AP_RND_CONV": Rounding.HALF_EVEN,
}
OVERFLOW = {
    "AP_SAT": Overflow.SATURATE,
    "AP_SAT_SYM": Overflow.SATURATE_SYMMETRIC,
    "AP_SAT_ZERO": Overflow.TO_ZERO,
    "AP_WRAP": Overflow.WRAP,
    "AP_WRAP_SM": Overflow.WRAP_SIGN_MAGNITUDE,
}


def exact_cast(value: Fraction, format: FixedFormat, rounding: Rounding, overflow: Overflow) -> int:
    """The definition, in rational numbers and unlimited integers."""
    steps = value * Fraction(2) ** format.frac
    floor, rest = math.floor(steps), steps - math.floor(steps)
    above, tie, half = rest > Fraction(1, 2), rest == Fraction(1, 2), Fraction(1, 2)
    rounded = {
        Rounding.FLOOR: floor,
        Rounding.TO_ZERO: math.trunc(steps),
        Rounding.HALF_UP: math.floor(steps + half),
        Rounding.HALF_DOWN: math.ceil(steps - half),
        Rounding.HALF_TO_ZERO: floor + (above or (tie and steps < 0)),
        Rounding.HALF_AWAY: floor + (above or (tie and steps > 0)),
        Rounding.HALF_EVEN: round(steps),
    }[rounding]
    if overflow is Overflow.SATURATE_SYMMETRIC and format.signed:
        return min(max(rounded, -format.max), format.max)
    if format.min <= rounded <= format.max:
        return rounded
    if overflow in {Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC}:
        return format.min if rounded < 0 else format.max
    if overflow is Overflow.TO_ZERO:
        return 0
    bits = rounded % (1 << format.width)
    sign = 1 << (format.width - 1)
    if overflow is Overflow.WRAP_SIGN_MAGNITUDE and format.signed:
        above_bit = (floor >> format.width) % 2
        if above_bit != (bits >= sign):
            bits = (((1 << format.width) - 1) ^ bits) % sign + above_bit * sign
    return bits - (1 << format.width) if format.signed and bits >= sign else bits


@pytest.mark.parametrize("table", [SAMPLE, COMPLETE], ids=["sample", "complete"])
def test_casts_are_those_of_ap_fixed(table: Path) -> None:
    if not table.exists():
        pytest.skip("the complete table is not part of the repository")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    groups: dict[tuple[FixedFormat, Rounding, Overflow], list[dict[str, str]]] = {}
    for row in rows:
        width = int(row["W"])
        format = FixedFormat(width, width - int(row["I"]), row["sign"] == "S")
        groups.setdefault((format, ROUNDING[row["mode_q"]], OVERFLOW[row["mode_o"]]), []).append(row)
    assert len(groups) == 567
    source = FixedFormat(24, 12, True)  # holds every input of the table
    for (format, rounding, overflow), members in groups.items():
        values = np.array([float(row["input"]) for row in members])
        from_double = np.array([int(row["raw_from_double"]) for row in members])
        from_fixed = np.array([int(row["raw_from_fixed"]) for row in members])
        stored = np.array([int(Fraction(row["input"]) * 2**source.frac) for row in members])
        np.testing.assert_array_equal(stored / 2**source.frac, values)
        np.testing.assert_array_equal(cast(values, format, rounding, overflow), from_double)
        np.testing.assert_array_equal(requantize(stored, source, format, rounding, overflow), from_fixed)


formats = st.builds(FixedFormat, st.integers(1, 62), st.integers(-80, 80), st.booleans())
roundings = st.sampled_from(Rounding)
overflows = st.sampled_from(Overflow)
near_ties = st.builds(lambda steps, exponent: steps * 2.0**exponent, st.integers(-(2**53), 2**53), st.integers(-80, 30))
doubles = st.floats(allow_nan=False, allow_infinity=False) | near_ties


@given(st.lists(doubles, min_size=1, max_size=8), formats, roundings, overflows)
def test_cast_is_exact(values: list[float], format: FixedFormat, rounding: Rounding, overflow: Overflow) -> None:
    want = [exact_cast(Fraction(value), format, rounding, overflow) for value in values]
    assert cast(np.array(values), format, rounding, overflow).tolist() == want


@given(st.data(), formats, formats, roundings, overflows)
def test_requantize_is_exact(
    data: st.DataObject, source: FixedFormat, target: FixedFormat, rounding: Rounding, overflow: Overflow
) -> None:
    ints = data.draw(st.lists(st.integers(source.min, source.max), min_size=1, max_size=8))
    want = [exact_cast(Fraction(i) / Fraction(2) ** source.frac, target, rounding, overflow) for i in ints]
    assert requantize(np.array(ints), source, target, rounding, overflow).tolist() == want


@given(st.integers(-(2**62) + 1, 2**62 - 1), st.integers(0, 70), roundings)
def test_round_shift_is_exact(value: int, shift: int, rounding: Rounding) -> None:
    wide = FixedFormat(80, -shift, True)
    assert int(round_shift(np.array(value), shift, rounding)) == exact_cast(
        Fraction(value), wide, rounding, Overflow.SATURATE
    )


@given(formats, st.data())
def test_encode_and_decode_are_inverse(format: FixedFormat, data: st.DataObject) -> None:
    values = np.array(data.draw(st.lists(st.integers(format.min, format.max), min_size=1, max_size=8)))
    bits = format.encode(values)
    assert bits.min() >= 0
    assert int(bits.max()) < 1 << format.width
    np.testing.assert_array_equal(format.decode(bits), values)


def test_signed_width() -> None:
    formats = [BipolarFormat(), FixedFormat(1), FixedFormat(8), FixedFormat(8, 3, True)]
    assert [signed_width(format) for format in formats] == [2, 2, 9, 8]


def test_a_rounding_carry_can_overflow() -> None:
    format = FixedFormat(8, 4, True)
    assert cast(np.array([7.97]), format, Rounding.HALF_UP, Overflow.SATURATE).tolist() == [127]
    assert cast(np.array([7.97]), format, Rounding.HALF_UP, Overflow.WRAP).tolist() == [-128]


def test_shape_is_kept() -> None:
    values, format = np.zeros((2, 0, 3)), FixedFormat(8, 4, True)
    assert cast(values, format, Rounding.FLOOR, Overflow.WRAP).shape == (2, 0, 3)
    assert requantize(values.astype(np.int64), format, format, Rounding.FLOOR, Overflow.WRAP).shape == (2, 0, 3)
    assert cast(np.array(2.5), format, Rounding.FLOOR, Overflow.WRAP).shape == ()


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_cast_refuses_what_is_not_a_number(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        cast(np.array([value]), FixedFormat(8, 4, True), Rounding.FLOOR, Overflow.SATURATE)


@pytest.mark.parametrize("value", [2**62, -(2**62), -(2**63)])
def test_requantize_refuses_integers_beyond_its_range(value: int) -> None:
    format = FixedFormat(8, 4, True)
    with pytest.raises(ValueError, match=r"2\*\*62"):
        requantize(np.array([value]), format, format, Rounding.FLOOR, Overflow.SATURATE)


@given(st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_format_for_range_is_the_narrowest(one: int, other: int) -> None:
    low, high = sorted((one, other))
    format = format_for_range(low, high)
    assert format.min <= low <= high <= format.max
    if format.width > 1 + format.signed:
        narrower = FixedFormat(format.width - 1, 0, format.signed)
        assert not (narrower.min <= low and high <= narrower.max)


@pytest.mark.parametrize(
    ("text", "format", "scale"),
    [
        ("s8.4", FixedFormat(8, 4, True), Fraction(1, 16)),
        ("u8.8", FixedFormat(8, 8, False), Fraction(1, 256)),
        ("u8.0", FixedFormat(8, 0, False), Fraction(1)),
        ("s12.-2", FixedFormat(12, -2, True), Fraction(4)),
        ("u8/255", FixedFormat(8, 0, False), Fraction(1, 255)),
        ("s8/127", FixedFormat(8, 0, True), Fraction(1, 127)),
        ("bipolar", BipolarFormat(), Fraction(1)),
    ],
)
def test_input_format(text: str, format: FixedFormat | BipolarFormat, scale: Fraction) -> None:
    assert parse_input_format(text) == InputFormat(format, scale)


@pytest.mark.parametrize("format", [FixedFormat(8, 4, True), FixedFormat(5, -3), BipolarFormat()])
def test_a_format_prints_as_what_parses(format: FixedFormat | BipolarFormat) -> None:
    assert parse_input_format(str(format)).format == format


@pytest.mark.parametrize(
    "text", ["", "s8", "x8.4", "s8.4 ", "u0.0", "u33.0", "u8/0", "s8.", "s8.99", "u8/-1", "Bipolar"]
)
def test_malformed_input_format(text: str) -> None:
    with pytest.raises(FlowError) as caught:
        parse_input_format(text)
    assert caught.value.code == "FF304"
    assert f"'{text}'" in caught.value.what
