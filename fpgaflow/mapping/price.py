"""What units cost in one number: LUT equivalents, by how many LUTs an UltraScale+ part has for each of the others."""

from __future__ import annotations

from math import ceil
from typing import TypeVar

from fpgaflow.units.base import Resources

Amounts = tuple[int, int, int, int]
"""LUT, FF, halves of BRAM36 and DSP, rounded up."""

PRICES: Amounts = (4, 1, 165 * 4, 200 * 4)
"""Quarters of a LUT that one of each is worth."""

AmountT = TypeVar("AmountT", int, float)


def amounts(resources: Resources) -> Amounts:
    """Whole numbers that are no less."""
    return ceil(resources.lut), ceil(resources.ff), ceil(2 * resources.bram), ceil(resources.dsp)


def price(of: tuple[AmountT, AmountT, AmountT, AmountT]) -> AmountT:
    """Quarters of LUT equivalents."""
    return sum(one * amount for one, amount in zip(PRICES, of, strict=True))


def lut_equivalents(cost: Resources) -> float:
    """Without rounding."""
    return price((cost.lut, cost.ff, 2 * cost.bram, cost.dsp)) / 4
