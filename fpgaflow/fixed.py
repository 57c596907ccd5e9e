"""Number formats: fixed point and bipolar.

A ``FixedFormat(width, frac, signed)`` gives a stored integer ``q`` of ``width`` bits the value ``q * 2**-frac``;
``frac`` may be negative or larger than ``width``. It is ``ap_[u]fixed<width, width - frac>``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


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


def round_shift(values: IntArray, shift: int, rounding: Rounding) -> IntArray:
    """``values / 2**shift`` (shift >= 0) rounded to integers; exact for any int64 of magnitude below 2**62."""
    values = np.asarray(values, dtype=np.int64)
    if shift == 0:
        return values.copy()
    floor: IntArray = values >> shift
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
    return floor + up
