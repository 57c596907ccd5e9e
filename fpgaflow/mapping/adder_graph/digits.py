"""Signed digits of a constant matrix, chosen so that pairs of digits recur.

A weight of ``n`` non-zero canonical signed digits often has other forms with as few: 3 is 4 - 1 and 2 + 1. They cost the
same alone, but not once pairs of digits that several rows have in common are computed only once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fpgaflow.fixed import IntArray

DigitArray = npt.NDArray[np.int8]
Form = tuple[tuple[int, int], ...]  # (shift, sign bit) of each non-zero digit

MAX_FORMS = 16
MAX_TABLE = 1 << 24  # entries of the table of pair counts


def count_digits(weights: IntArray) -> IntArray:
    """Non-zero canonical signed digits of each integer."""
    half = weights >> 1
    bits = half ^ (weights + half)  # one bit for each non-zero digit
    counts = np.zeros_like(weights)
    while bits.any():
        counts += bits & 1
        bits = bits >> 1
    return counts


def signed_digits(weights: IntArray) -> DigitArray:
    """(rows, inputs) integers -> (rows, inputs, places) canonical signed digits, the least significant first."""
    half = weights >> 1
    tripled = weights + half
    plus, minus = tripled & ~half, half & ~tripled
    places = max(int(np.abs(weights).max(initial=0)).bit_length() + 1, 1)
    shifts = np.arange(places)
    digits: DigitArray = (((plus[..., None] >> shifts) & 1) - ((minus[..., None] >> shifts) & 1)).astype(np.int8)
    return digits


@lru_cache(maxsize=1 << 16)
def minimal_forms(weight: int) -> tuple[Form, ...]:
    """Ways to write ``weight`` with as few signed digits as possible, at most ``MAX_FORMS`` of them."""
    if weight == 0:
        return ((),)
    if abs(weight) == 1:
        return (((0, int(weight < 0)),),)
    lowest = (0,) if weight % 2 == 0 else (1, -1)
    forms = [
        ((0, int(digit < 0)),) * abs(digit) + tuple((shift + 1, sign) for shift, sign in form)
        for digit in lowest
        for form in minimal_forms((weight - digit) // 2)
    ]
    fewest = min(len(form) for form in forms)
    return tuple([form for form in forms if len(form) == fewest][:MAX_FORMS])


def recurring_digits(weights: IntArray, passes: int) -> DigitArray:
    """``signed_digits`` in other minimal forms where their pairs recur more often within the matrix.

    Goes ``passes`` times over all weights, each time taking the form whose pairs with the row's other digits are the
    most frequent in the matrix as it is then.
    """
    digits = signed_digits(weights)
    inputs, places = digits.shape[1:]
    cells = [(r, i) for r, i in np.argwhere(weights).tolist() if len(minimal_forms(int(weights[r, i]))) > 1]
    if not cells or inputs * inputs * (2 * places - 1) * 2 > MAX_TABLE:
        return digits
    counts = _PairCounts(digits)
    for _ in range(passes):
        changed = [counts.improve(row, own, minimal_forms(int(weights[row, own]))) for row, own in cells]
        if not any(changed):
            break
    return digits


class _PairCounts:
    """How often pairs of digits occur in ``digits``, which it changes.

    ``table[i, j, d + middle, s]`` counts the rows and shifts where input ``i``'s digit at ``shift`` and input ``j``'s at
    ``shift + d`` are both there, with equal (s = 0) or opposite (s = 1) signs.
    """

    def __init__(self, digits: DigitArray) -> None:
        inputs, places = digits.shape[1:]
        self.digits, self.shifts, self.middle = digits, np.arange(places), places - 1
        self.table = np.zeros((inputs, inputs, 2 * places - 1, 2), dtype=np.int32)
        signed, present = digits.astype(np.float64), np.abs(digits).astype(np.float64)
        for distance in range(places):
            both, balance = (_correlate(planes, distance) for planes in (present, signed))
            for sign, counts in enumerate(((both + balance) // 2, (both - balance) // 2)):
                self.table[:, :, self.middle + distance, sign] = counts
                self.table[:, :, self.middle - distance, sign] = counts.T

    def improve(self, row: int, own: int, forms: tuple[Form, ...]) -> bool:
        """Take the form of one weight whose pairs occur most elsewhere; False if that is the present one."""
        weight = self.digits[row, own]
        present = tuple((int(shift), int(weight[shift] < 0)) for shift in np.flatnonzero(weight))
        others, at = np.nonzero(self.digits[row])
        others, at = others[others != own], at[others != own]
        signs = (self.digits[row, others, at] < 0).astype(np.int64)
        distances = at[:, None] - self.shifts + self.middle
        # what a digit at each shift, of each sign, would make pairs with
        gains = np.stack(
            [self.table[own, others[:, None], distances, signs[:, None] ^ sign].sum(axis=0) for sign in (0, 1)], axis=1
        )
        for shift, sign in present:  # the present digits count themselves
            gains[shift, sign] -= len(others)
        inner = _inner_pairs(present)

        def gain(form: Form) -> tuple[int, bool]:
            outside = sum(int(gains[shift, sign]) for shift, sign in form)
            inside = sum(
                int(self.table[own, own, self.middle + distance, sign]) - ((distance, sign) in inner)
                for distance, sign in _inner_pairs(form)
            )
            return outside + inside, form == present

        best = max(forms, key=gain)
        if best == present:
            return False
        for form, step in ((present, -1), (best, 1)):
            for shift, sign in form:
                self.table[own, others, self.middle + at - shift, signs ^ sign] += step
                self.table[others, own, self.middle - at + shift, signs ^ sign] += step
            for distance, sign in _inner_pairs(form):
                self.table[own, own, self.middle + distance, sign] += step
                self.table[own, own, self.middle - distance, sign] += step
        weight[:] = 0
        for shift, sign in best:
            weight[shift] = 1 - 2 * sign
        return True


def _inner_pairs(form: Form) -> list[tuple[int, int]]:
    """(distance, opposite signs) of each pair of a form's digits."""
    return [(b[0] - a[0], a[1] ^ b[1]) for k, a in enumerate(form) for b in form[k + 1 :]]


def _correlate(planes: npt.NDArray[np.float64], distance: int) -> IntArray:
    """(inputs, inputs): sum over rows and shifts of the planes' products, the second ``distance`` places further up."""
    inputs, places = planes.shape[1:]
    lower = planes[:, :, : places - distance].transpose(1, 0, 2).reshape(inputs, -1)
    upper = planes[:, :, distance:].transpose(1, 0, 2).reshape(inputs, -1)
    products: IntArray = np.rint(lower @ upper.T).astype(np.int64)
    return products
