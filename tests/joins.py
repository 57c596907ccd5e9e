"""Joins of all kinds, for the tests of both backends."""

from __future__ import annotations

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, format_for_range
from fpgaflow.units.join import JoinUnit, Operation

BIPOLAR, U4, U8 = BipolarFormat(), FixedFormat(4), FixedFormat(8)
S4, S6, S8, S12 = (FixedFormat(width, 0, True) for width in (4, 6, 8, 12))


def weighted(multipliers: tuple[int, ...], formats: tuple[Format, ...], lanes: int, constant: int = 0) -> JoinUnit:
    """Three beats a frame; the output's format is the narrowest."""
    ends = [
        sorted((multiplier * format.min, multiplier * format.max))
        for multiplier, format in zip(multipliers, formats, strict=True)
    ]
    output = format_for_range(constant + sum(low for low, _ in ends), constant + sum(high for _, high in ends))
    return JoinUnit(Operation.ADD, multipliers, constant, 3 * lanes, lanes, formats, output)


def product(formats: tuple[Format, ...], lanes: int, beats: int = 3) -> JoinUnit:
    corners = [1]
    for format in formats:
        corners = [corner * end for corner in corners for end in (format.min, format.max)]
    output = format_for_range(min(corners), max(corners))
    ones = (1,) * len(formats)
    return JoinUnit(Operation.MULTIPLY, ones, 0, beats * lanes, lanes, formats, output)


def joins() -> dict[str, JoinUnit]:
    """By a name that says what is special."""
    return {
        "plain": weighted((1, 1), (S8, S8), 2),
        "shifted": weighted((4, 1), (S8, U4), 4),
        "difference": weighted((1, -1), (U8, U8), 1),
        "constant": weighted((1, 2), (U4, U4), 3, constant=-100),
        "negative": weighted((-8, -1), (U4, BIPOLAR), 2, constant=3),
        "digits": weighted((7, -6, 5), (S6, U4, S4), 2),
        "dsp": weighted((12_345_677, 1), (S8, U8), 2, constant=1 << 22),
        "two_dsp": weighted((-9_876_543, 8_388_607), (S8, S12), 1),
        "five": weighted((1, 2, 1, -3, 1), (S4, S4, U4, BIPOLAR, S8), 1, constant=5),
        "bipolar": weighted((1, 1), (BIPOLAR, BIPOLAR), 5),
        "product": product((S8, U4), 2),
        "product_of_three": product((S4, U4, BIPOLAR), 2),
        "product_at_once": product((U4, U4), 3, beats=1),
    }
