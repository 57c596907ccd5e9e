"""Weights of at most ``MOST_DIGITS`` signed digits, ``sum(±2**e)``: how they are stored for products by shifts.

Each digit of a weight has shifts of its own to choose from; the fewer, the less logic. Up to three, its index and sign fill
a LUT6 for each bit of the product; of more, an index of a fine shift and one of a coarse shift choose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as combinations

import numpy as np

from fpgaflow.fixed import FixedFormat, FloatArray, IntArray
from fpgaflow.units.base import Resources
from fpgaflow.units.identity import Same
from fpgaflow.units.rom import clog2

MOST_DIGITS = 2
MOST_FINE, MOST_COARSE = 3, 4
MOST_BITS = 12
"""Wider weights are not looked at."""


@dataclass(frozen=True)
class Digit:
    """0 or ``±2**(base + fine[i] + coarse[j])``; ``coarse`` begins with 0."""

    base: int
    fine: tuple[int, ...]
    coarse: tuple[int, ...]

    @property
    def reach(self) -> int:
        """The largest shift above ``base``."""
        return max(self.fine) + max(self.coarse)

    @property
    def indices(self) -> dict[int, tuple[int, int]]:
        """Where each shift is found: in ``fine``, in ``coarse``."""
        places = list(combinations(enumerate(self.fine), enumerate(self.coarse)))
        return {self.base + near + far: (i, j) for (i, near), (j, far) in reversed(places)}

    @property
    def word(self) -> str:
        """``base``, three fine and four coarse shifts as bytes, the first least significant, in hexadecimal digits."""
        fine = [*self.fine, *[self.fine[-1]] * (MOST_FINE - len(self.fine))]
        coarse = [*self.coarse, *[self.coarse[-1]] * (MOST_COARSE - len(self.coarse))]
        return bytes([*reversed(coarse), *reversed(fine), self.base]).hex()


@dataclass(frozen=True)
class Recoding:
    """The digits that all weights of a layer are made of, the first with base 0.

    A digit's code is, from the least significant bit, the place in ``fine`` counted from 1, or 0 if the digit is 0; the
    place in ``coarse``; the sign. A weight's code has digit 0 in its least significant bits.
    """

    digits: tuple[Digit, ...]

    @property
    def fine_bits(self) -> int:
        return max(clog2(len(digit.fine) + 1) for digit in self.digits)

    @property
    def coarse_bits(self) -> int:
        return max(clog2(len(digit.coarse)) for digit in self.digits)

    @property
    def digit_width(self) -> int:
        return self.fine_bits + self.coarse_bits + 1

    @property
    def width(self) -> int:
        """Bits of a weight."""
        return self.digit_width * len(self.digits)

    def codes(self, values: Sequence[int]) -> list[int]:
        """The code of each value; of several the one of fewest digits."""
        known: dict[int, tuple[int, int]] = {}
        for parts in combinations(*map(self._digit_codes, self.digits)):
            value = sum(part for part, _ in parts)
            code = sum(one << (place * self.digit_width) for place, (_, one) in enumerate(parts))
            used = sum(part != 0 for part, _ in parts)
            known[value] = min(known.get(value, (used, code)), (used, code))
        return [known[value][1] for value in values]

    def encode(self, weights: IntArray) -> IntArray:
        """The codes of weights, in the same shape."""
        values, places = np.unique(weights, return_inverse=True)
        return np.array(self.codes(values.tolist()), dtype=np.int64)[places].reshape(weights.shape)

    def _digit_codes(self, digit: Digit) -> Iterator[tuple[int, int]]:
        yield 0, 0
        for exponent, (fine, coarse) in digit.indices.items():
            code = fine + 1 | coarse << self.fine_bits
            yield 1 << exponent, code
            yield -(1 << exponent), code | 1 << (self.digit_width - 1)


def recoding(weights: IntArray) -> Recoding | None:
    """The recoding that takes the least logic, or None if a weight has too many digits."""
    values = _magnitudes(Same(weights))
    return None if values is None else _recoding(values)


@lru_cache(maxsize=256)  # the foldings of a layer have the same weights
def _magnitudes(weights: Same) -> frozenset[int] | None:
    """All magnitudes but 0, or None if one is too large."""
    found = np.abs(weights.array).ravel()
    if int(found.max()) >> MOST_BITS:
        return None
    return frozenset(np.flatnonzero(np.bincount(found)).tolist()) - {0}


@lru_cache(maxsize=256)
def _recoding(values: frozenset[int]) -> Recoding | None:
    digits = max(map(signed_digits, values), default=1)
    if digits > MOST_DIGITS:
        return None
    places = max(values, default=1).bit_length() + 1
    choices: list[tuple[Digit, ...]]
    if digits == 1:
        exponents = sorted(value.bit_length() - 1 for value in values) or [0]
        single = [_exactly(exponents)] if len(exponents) <= MOST_FINE else []
        choices = [(digit,) for digit in (*single, *_progressions(places))]
    else:
        family = _progressions(places)
        choices = [pair for pair in combinations(family, repeat=2) if pair[0].base <= pair[1].base]
    choices.sort(key=lambda chosen: sum(map(_price, chosen)))
    found = next((chosen for chosen in choices if values <= _reached(chosen)), None)
    return None if found is None else Recoding((_from_zero(found[0]), *found[1:]))


def row_cost(
    found: Recoding,
    simd: int,
    source: FixedFormat,
    sum_width: int,
    registers_at: Callable[[int], bool],
    *,
    constant: bool,
) -> Resources:
    """Products of one output and their adder trees.

    ``registers_at`` says whether a register stands behind a level of the row; level 0 are the trees' operands. An adder has a
    LUT for each bit of its operands and takes in the bits that complete negations. ``constant`` digits choose nothing, and
    a part of the sums' bits does not change or belongs to one operand alone.
    """
    lut = ff = 0.0
    for digit in found.digits:
        lut += 0 if constant else simd * _choice_luts(digit, source.width)
        width, count = source.width + digit.reach + (not source.signed), simd
        for level in range(1, clog2(simd) + 1):
            lut += count // 2 * min(width + level, sum_width)
            count = -(-count // 2)
            ff += registers_at(level) * count * (1 + min(width + level, sum_width))
    for place, digit in enumerate(found.digits[1:], 1):
        lut += sum_width - digit.base
        ff += registers_at(clog2(simd) + place) * (sum_width + 1)
    return Resources(0.57 * lut, 0.7 * ff) if constant else Resources(lut, ff)


def _choice_luts(digit: Digit, bits: int) -> float:
    """LUTs of a choice of shifts and a sign for an input of ``bits`` bits, as far as adders don't take them in."""
    if len(digit.coarse) == 1:
        slope = (0.35, 0.58, 0.9)[len(digit.fine) - 1]
    else:
        slope = 1.25 if len(digit.fine) == 2 else 1.95 if len(digit.coarse) == 2 else 2.4
    return slope * bits + digit.reach / 2


def signed_digits(value: int) -> int:
    """The fewest signed digits of a number: those of its non-adjacent form."""
    return (abs(value) * 3 ^ abs(value)).bit_count()


@lru_cache
def numbers_of_digits(most: int) -> FloatArray:
    """The positive numbers of at most so many signed digits that have a recoding, ascending."""
    return np.array([value for value in range(1, 1 << MOST_BITS) if signed_digits(value) <= most], dtype=np.float64)


def _exactly(exponents: Sequence[int]) -> Digit:
    return Digit(exponents[0], tuple(exponent - exponents[0] for exponent in exponents), (0,))


def _progressions(places: int) -> list[Digit]:
    """Digits whose shifts are some of 0 .. ``places`` - 1 at equal distances."""
    found = []
    for step in (1, 2, 3):
        for count in range(1 if step == 1 else 2, MOST_FINE * MOST_COARSE + 1):
            coarse = -(-count // MOST_FINE)
            fine = -(-count // coarse)
            starts = [min(fine * index, count - fine) * step for index in range(coarse)]
            nears = tuple(step * index for index in range(fine))
            found += [Digit(base, nears, tuple(starts)) for base in range(places - step * (count - 1))]
    return found


def _price(digit: Digit) -> float:
    """LUTs of a product's choice and adder, for an input of eight bits."""
    return _choice_luts(digit, 8) + 9 + digit.reach


def _reached(digits: Sequence[Digit]) -> set[int]:
    sums = {0}
    for digit in digits:
        parts = [0, *(sign << exponent for exponent in digit.indices for sign in (1, -1))]
        sums = {total + part for total in sums for part in parts}
    return sums


def _from_zero(digit: Digit) -> Digit:
    return Digit(0, tuple(digit.base + shift for shift in digit.fine), digit.coarse)
