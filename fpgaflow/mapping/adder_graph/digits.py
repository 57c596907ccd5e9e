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
MAX_TABLE = 1 << 25  # entries of the table of pair counts


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
    if passes == 0 or inputs * inputs * (2 * places - 1) * 2 > MAX_TABLE:
        return digits
    table = _pair_table(digits)
    cells = [(r, i) for r, i in np.argwhere(weights).tolist() if len(minimal_forms(int(weights[r, i]))) > 1]
    shifts = np.arange(places)
    for _ in range(passes):
        changed = False
        for row, own in cells:
            others, at = np.nonzero(digits[row])
            elsewhere = others != own
            others, at = others[elsewhere], at[elsewhere]
            signs = (digits[row, others, at] < 0).astype(np.int64)
            distance = at[:, None] - shifts + places - 1
            plus = table[own, others[:, None], distance, signs[:, None]].sum(0)
            minus = table[own, others[:, None], distance, 1 - signs[:, None]].sum(0)
            gains = np.stack((plus, minus), axis=1)
            present = _form(digits[row, own])
            for shift, sign in present:  # what is there now counts itself
                gains[shift, sign] -= len(others)
            best = max(
                minimal_forms(int(weights[row, own])),
                key=lambda form: (_gain(form, gains, table[own, own], present), form == present),
            )
            if best == present:
                continue
            changed = True
            for form, step in ((present, -1), (best, 1)):
                for shift, sign in form:
                    relative = at - shift
                    table[own, others, relative + places - 1, signs ^ sign] += step
                    table[others, own, places - 1 - relative, signs ^ sign] += step
                for first, second in _pairs(form):
                    relative, sign = second[0] - first[0], first[1] ^ second[1]
                    table[own, own, places - 1 + relative, sign] += step
                    table[own, own, places - 1 - relative, sign] += step
            digits[row, own] = 0
            for shift, sign in best:
                digits[row, own, shift] = 1 - 2 * sign
        if not changed:
            break
    return digits


def _form(digits: DigitArray) -> Form:
    """Digits of one weight -> its form."""
    return tuple((int(shift), int(digits[shift] < 0)) for shift in np.nonzero(digits)[0])


def _pairs(form: Form) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [(first, second) for k, first in enumerate(form) for second in form[k + 1 :]]


def _gain(form: Form, gains: IntArray, own: IntArray, present: Form) -> int:
    """How often the pairs that ``form`` makes with the other digits, and within itself, occur elsewhere."""
    middle = (own.shape[0] - 1) // 2
    total = sum(int(gains[shift, sign]) for shift, sign in form)
    mine = {(second[0] - first[0], first[1] ^ second[1]) for first, second in _pairs(present)}
    for first, second in _pairs(form):
        relative = (second[0] - first[0], first[1] ^ second[1])
        total += int(own[middle + relative[0], relative[1]]) - (relative in mine)
    return total


def _pair_table(digits: DigitArray) -> IntArray:
    """``table[i, j, d + places - 1, s]``: rows and shifts where input ``i``'s digit at ``shift`` and ``j``'s at
    ``shift + d`` are both there, with equal (s = 0) or opposite (s = 1) signs."""
    inputs, places = digits.shape[1:]
    table = np.zeros((inputs, inputs, 2 * places - 1, 2), dtype=np.int64)
    signed, present = digits.astype(np.float64), np.abs(digits).astype(np.float64)
    for distance in range(places):
        span = places - distance
        both, balance = (
            np.rint(
                x[:, :, :span].transpose(1, 0, 2).reshape(inputs, -1)
                @ x[:, :, distance:].transpose(1, 0, 2).reshape(inputs, -1).T
            ).astype(np.int64)
            for x in (present, signed)
        )
        for sign, counts in enumerate(((both + balance) // 2, (both - balance) // 2)):
            table[:, :, places - 1 + distance, sign] = counts
            table[:, :, places - 1 - distance, sign] = counts.T
    return table
