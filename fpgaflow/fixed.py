"""Number formats: fixed point and bipolar.

A ``FixedFormat(width, frac, signed)`` gives a stored integer ``q`` of ``width`` bits the value ``q * 2**-frac``;
``frac`` may be negative or larger than ``width``. It is ``ap_[u]fixed<width, width - frac>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from fpgaflow.errors import FlowError

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

BEYOND = 1 << 62  # the magnitude that no stored integer reaches
MAX_INPUT_WIDTH = 32
MAX_INPUT_FRAC = 64


class Rounding(Enum):
    """What happens to bits below the last one kept; ``ap_fixed``'s name in brackets."""

    FLOOR = "floor"  # AP_TRN
    TO_ZERO = "to-zero"  # AP_TRN_ZERO
    HALF_UP = "half-up"  # AP_RND
    HALF_DOWN = "half-down"  # AP_RND_MIN_INF
    HALF_TO_ZERO = "half-to-zero"  # AP_RND_ZERO
    HALF_AWAY = "half-away"  # AP_RND_INF
    HALF_EVEN = "half-even"  # AP_RND_CONV


class Overflow(Enum):
    """What happens to values out of range; ``ap_fixed``'s name in brackets."""

    SATURATE = "saturate"  # AP_SAT
    SATURATE_SYMMETRIC = "saturate-symmetric"  # AP_SAT_SYM
    TO_ZERO = "to-zero"  # AP_SAT_ZERO
    WRAP = "wrap"  # AP_WRAP
    WRAP_SIGN_MAGNITUDE = "wrap-sign-magnitude"  # AP_WRAP_SM


@dataclass(frozen=True, order=True)
class FixedFormat:
    """``width`` bits (1 to 62), ``frac`` of them after the binary point, two's complement if ``signed``."""

    width: int
    frac: int = 0
    signed: bool = False

    @property
    def min(self) -> int:
        """Smallest stored integer."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def max(self) -> int:
        """Largest stored integer."""
        return (1 << (self.width - self.signed)) - 1

    def encode(self, values: IntArray) -> IntArray:
        """Stored integers -> bit patterns as non-negative integers (two's complement)."""
        return np.asarray(values, dtype=np.int64) & ((1 << self.width) - 1)

    def decode(self, bits: IntArray) -> IntArray:
        """Bit patterns as non-negative integers -> stored integers."""
        bits = np.asarray(bits, dtype=np.int64)
        return bits - ((bits >> (self.width - 1)) << self.width) if self.signed else bits

    def __str__(self) -> str:
        return f"{'s' if self.signed else 'u'}{self.width}.{self.frac}"


@dataclass(frozen=True, order=True)
class BipolarFormat:
    """The values -1 and +1, stored in one bit as 0 and 1."""

    width: int = 1
    signed: bool = True
    frac: int = 0

    @property
    def min(self) -> int:
        return -1

    @property
    def max(self) -> int:
        return 1

    def encode(self, values: IntArray) -> IntArray:
        """-1, +1 -> bits 0, 1."""
        return (np.asarray(values, dtype=np.int64) + 1) >> 1

    def decode(self, bits: IntArray) -> IntArray:
        """Bits 0, 1 -> -1, +1."""
        return 2 * np.asarray(bits, dtype=np.int64) - 1

    def __str__(self) -> str:
        return "bipolar"


Format = FixedFormat | BipolarFormat


def format_for_range(low: int, high: int, frac: int = 0) -> FixedFormat:
    """The narrowest format that holds every integer of ``low``..``high``."""
    signed = low < 0
    width = max((high.bit_length() if high > 0 else 0) + signed, (-low - 1).bit_length() + 1 if low < 0 else 0, 1)
    return FixedFormat(width, frac, signed)


def signed_width(format: Format) -> int:
    """Bits of a signed number that holds every integer of ``format``."""
    return 2 if isinstance(format, BipolarFormat) else format.width + (not format.signed)


def round_shift(values: IntArray, shift: int, rounding: Rounding) -> IntArray:
    """``values / 2**shift`` (shift >= 0) rounded to integers; exact for any int64 of magnitude below 2**62."""
    values = np.asarray(values, dtype=np.int64)
    if shift > 62:  # less than half a step, which a quarter of a step stands for
        values, shift = np.sign(values), 2
    floor: IntArray = values >> shift
    if shift == 0:
        return floor
    rest = values - (floor << shift)
    half = 1 << (shift - 1)
    above, tie, negative = rest > half, rest == half, values < 0
    match rounding:
        case Rounding.FLOOR:
            return floor
        case Rounding.TO_ZERO:
            up = negative & (rest > 0)
        case Rounding.HALF_UP:
            up = above | tie
        case Rounding.HALF_DOWN:
            up = above
        case Rounding.HALF_TO_ZERO:
            up = above | (tie & negative)
        case Rounding.HALF_AWAY:
            up = above | (tie & ~negative)
        case Rounding.HALF_EVEN:
            up = above | (tie & ((floor & 1) == 1))
    rounded: IntArray = floor + up
    return rounded


def requantize(
    ints: IntArray, source: FixedFormat, target: FixedFormat, rounding: Rounding, overflow: Overflow
) -> IntArray:
    """Stored integers of ``source`` -> of ``target``, as an assignment between two ``ap_fixed``: round, then overflow.

    Exact for every pair of formats. Raises ValueError if an integer's magnitude is not below 2**62.
    """
    ints = np.asarray(ints, dtype=np.int64)
    if ints.size and (int(ints.min()) <= -BEYOND or int(ints.max()) >= BEYOND):
        raise ValueError("stored integers must be of magnitude below 2**62")
    shift = source.frac - target.frac
    if shift >= 0:
        rounded = round_shift(ints, shift, rounding)
        return _overflow(rounded, rounded, ints >> min(shift, 63), target, overflow)
    residue = ints << -shift if shift > -64 else np.zeros_like(ints)
    limit = BEYOND >> min(-shift, 62)
    return _overflow(np.clip(ints, -limit, limit) << min(-shift, 62), residue, residue, target, overflow)


def cast(values: FloatArray, format: FixedFormat, rounding: Rounding, overflow: Overflow) -> IntArray:
    """Real numbers -> stored integers of ``format``, as the assignment of a ``double`` to an ``ap_fixed``.

    Exact for every finite float64; raises ValueError for infinities and NaN.
    """
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("only finite numbers have a fixed-point value")
    # Three bits below the last one kept decide every rounding: two quarters' bits, and one for "anything below".
    with np.errstate(over="ignore"):
        quarters = np.ldexp(values, format.frac + 2)
    lost = (quarters == 0) & (values != 0)
    if lost.any():
        quarters = np.where(lost, np.copysign(0.5, values), quarters)
    whole = np.abs(quarters) >= 2.0**54  # at 2**52 steps and above a float64 has no fraction
    if not whole.any():
        return _cast_guarded(quarters, format, rounding, overflow)
    result = _cast_guarded(np.where(whole, 0.0, quarters), format, rounding, overflow)
    mantissa, exponent = np.frexp(values[whole])
    ints, shift = np.ldexp(mantissa, 53).astype(np.int64), exponent.astype(np.int64) - 53 + format.frac
    residue = np.where(shift < 64, ints << np.minimum(shift, 63), 0)
    rounded = np.where(shift < 10, residue, np.sign(ints) * BEYOND)
    result[whole] = _overflow(rounded, residue, residue, format, overflow)
    return result


def _cast_guarded(quarters: FloatArray, format: FixedFormat, rounding: Rounding, overflow: Overflow) -> IntArray:
    """``cast`` of ``quarters / 4`` steps of the format, for magnitudes below 2**52 steps."""
    floor = np.floor(quarters)
    guarded: IntArray = (floor.astype(np.int64) << 1) | (floor != quarters)
    rounded = round_shift(guarded, 3, rounding)
    return _overflow(rounded, rounded, guarded >> 3, format, overflow)


def _overflow(
    rounded: IntArray, residue: IntArray, floor: IntArray, format: FixedFormat, overflow: Overflow
) -> IntArray:
    """Bring rounded integers into the format's range.

    ``rounded`` may be replaced by ±2**62 beyond that magnitude; ``residue`` is the same integer modulo 2**64, and
    ``floor`` the integer before rounding, rounded down instead, modulo 2**64.
    """
    low, high = format.min, format.max
    match overflow:
        case Overflow.SATURATE:
            return np.clip(rounded, low, high)
        case Overflow.SATURATE_SYMMETRIC:
            return np.clip(rounded, -high if format.signed else low, high)
        case Overflow.TO_ZERO:
            return np.where((rounded < low) | (rounded > high), 0, rounded)
        case Overflow.WRAP:
            return format.decode(format.encode(residue))
    bits = format.encode(residue)
    if not format.signed:
        return bits
    # ap_fixed looks at the first bit above the result, in the value before rounding: where it differs from the
    # result's sign the value would change sides, and is reflected instead.
    above, sign = (floor >> format.width) & 1, bits >> (format.width - 1)
    reflected = (~bits & format.max) | (above << (format.width - 1))
    outside = (rounded < low) | (rounded > high)
    return format.decode(np.where(outside & (above != sign), reflected, bits))


@dataclass(frozen=True)
class InputFormat:
    """What a network's input port receives: integers stored as ``format``, each meaning ``scale`` times itself."""

    format: Format
    scale: Fraction


def parse_input_format(text: str) -> InputFormat:
    """``s8.4`` (signed, 8 bits, 4 of them fraction), ``u8.8``, ``u8/255`` (unsigned byte / 255) or ``bipolar``.

    Raises FF304, naming the text.
    """
    if text == "bipolar":
        return InputFormat(BipolarFormat(), Fraction(1))
    match = re.fullmatch(r"([su])([0-9]+)(?:\.(-?[0-9]+)|/([0-9]+))", text)
    if match is None:
        raise _malformed(text, "it is not of the form s8.4, u8.8, u8/255 or bipolar")
    width = int(match[2])
    if not 1 <= width <= MAX_INPUT_WIDTH:
        raise _malformed(text, f"{width} bits are not within 1 to {MAX_INPUT_WIDTH}")
    frac, divisor = int(match[3] or 0), int(match[4] or 1)
    if abs(frac) > MAX_INPUT_FRAC:
        raise _malformed(text, f"{frac} fraction bits are not within -{MAX_INPUT_FRAC} to {MAX_INPUT_FRAC}")
    if divisor == 0:
        raise _malformed(text, "it divides by zero")
    return InputFormat(FixedFormat(width, frac, match[1] == "s"), Fraction(1, divisor) / Fraction(2) ** frac)


def _malformed(text: str, reason: str) -> FlowError:
    return FlowError(
        "FF304",
        f"'{text}' is not a number format",
        reason=reason,
        hint="write s8.4 (signed, 8 bits, 4 of them fraction), u8.8 (unsigned byte / 256), u8/255 or bipolar",
    )
