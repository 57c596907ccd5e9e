"""Several products of one input from a single multiplication of a DSP block.

The weights of ``rows`` outputs are the digits of one operand, ``sum(w[i] << (i * spacing))``; times the input it holds
their products, ``spacing`` bits apart. In two's complement digit i is ``w[i] - 1`` where the digits below make a negative
number: as such it is stored, so that the operand is wiring. For the same reason field i of the result is the product, or
one less where the products below make a negative number, which field i - 1's sign tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from fpgaflow.fixed import FixedFormat, Format, IntArray, format_for_range, signed_width
from fpgaflow.units.identity import Same

WIDE_PORT, NARROW_PORT = 27, 18
"""Bits of the two signed factors of a DSP48E2."""
DSP_PRODUCT_BITS = 9
"""Synthesis makes narrower products of LUTs."""


@dataclass(frozen=True)
class Packing:
    """How the products of ``rows`` outputs share a DSP; ``product`` is the format of a field of the result.

    ``digit`` is the format that weights are stored in. The upper bit of a product that is one bit wider than ``spacing``
    meets the lowest bit of the next, ``w[0] & x[0]``, and is told from it by an XOR.
    """

    rows: int
    spacing: int
    product: FixedFormat
    digit: FixedFormat

    @property
    def overlap(self) -> bool:
        return self.rows > 1 and self.product.width > self.spacing

    def digits(self, weights: IntArray) -> IntArray:
        """(…, outputs of a cycle, inputs) weights as they are stored."""
        return _digits(weights, self.rows)

    def result_bits(self, outputs: int) -> int:
        """Bits of the multiplication that makes products of so many outputs."""
        return (outputs - 1) * self.spacing + self.product.width

    def blocks(self, outputs: int) -> list[int]:
        """The outputs of each multiplication."""
        return [min(self.rows, outputs - first) for first in range(0, outputs, self.rows)]

    def dsps(self, outputs: int, input_format: Format) -> int:
        """DSP blocks for products of one input with ``outputs`` outputs."""
        blocks = sum(self.result_bits(rows) >= DSP_PRODUCT_BITS for rows in self.blocks(outputs))
        # only a single product can be too wide for one block
        return blocks * dsp_blocks(signed_width(input_format), signed_width(self.digit))


def dsp_blocks(left: int, right: int) -> int:
    """DSP blocks that multiply two signed numbers of so many bits; wider ones than the ports' are cut into unsigned parts."""
    narrow, wide = sorted((left, right))
    if narrow <= NARROW_PORT and wide <= WIDE_PORT:
        return 1
    return -(-narrow // (NARROW_PORT - 1)) * -(-wide // (WIDE_PORT - 1))


def packing(weights: IntArray, pe: int, input_format: Format) -> Packing:
    """The packing with the fewest DSPs for ``pe`` outputs a cycle, without overlap if as many do.

    ``weights`` is (outputs, inputs), ``pe`` outputs a cycle.
    """
    return _packing(Same(weights), pe, input_format)


@lru_cache(maxsize=256)  # the foldings of a layer have the same weights
def _packing(key: Same, pe: int, input_format: Format) -> Packing:
    weights = key.array
    low, high = int(weights.min()), int(weights.max())
    signed = input_format.signed or low < 0
    corners = [x * w for x in (input_format.min, input_format.max) for w in (low, high)]
    lowest, highest = min(corners), max(corners)
    single = Packing(1, 1, format_for_range(min(lowest, -1) if signed else 0, highest), format_for_range(low, high))
    if signed_width(input_format) > NARROW_PORT:
        return single
    # a field may hold one less than the smallest product, a digit one less than the smallest weight
    product = format_for_range(min(lowest, 0) - signed, highest)
    digit = format_for_range(low - (low < 0), high)
    spacings = [max(bits, digit.width) for bits in (product.width, product.width - signed)]
    most = max(_most_rows(spacing, digit) for spacing in spacings)
    if min(most, pe) < 2:
        return single
    dsps = -(-pe // most)
    rows = -(-pe // dsps)
    if rows < 2:
        return single
    spacing = next(spacing for spacing in spacings if _most_rows(spacing, digit) >= rows)
    if digit != format_for_range(low, high):
        stored = _digits(weights.reshape(-1, pe, weights.shape[-1]), rows)
        digit = format_for_range(int(stored.min()), int(stored.max()))
    return Packing(rows, spacing, product, digit)


def _most_rows(spacing: int, digit: FixedFormat) -> int:
    """The largest number of digits that an operand has room for."""
    return max(1, (WIDE_PORT - signed_width(digit)) // spacing + 1)


def _digits(weights: IntArray, rows: int) -> IntArray:
    digits: IntArray = weights.copy()
    for row in range(1, weights.shape[-2]):
        if row % rows:
            digits[..., row, :] -= digits[..., row - 1, :] < 0
    return digits
