"""Rows that others follow from by a shift or a negation are built once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import IntArray


@dataclass(frozen=True)
class Origin:
    """A row as ``±(distinct row << shift)``; ``row`` is -1 for a row of zeros."""

    row: int
    shift: int
    negated: bool


def distinct_rows(weights: IntArray) -> tuple[IntArray, list[Origin]]:
    """The distinct rows up to sign and powers of two, each with an odd weight, and the origin of every row."""
    found: dict[bytes, int] = {}
    rows: list[IntArray] = []
    origins: list[Origin] = []
    for row in weights:
        if not row.any():
            origins.append(Origin(-1, 0, False))
            continue
        together = int(np.bitwise_or.reduce(row))
        shift = (together & -together).bit_length() - 1
        odd = row >> shift
        if (negated := found.get((-odd).tobytes())) is not None:
            origins.append(Origin(negated, shift, True))
            continue
        index = found.setdefault(odd.tobytes(), len(rows))
        if index == len(rows):
            rows.append(odd)
        origins.append(Origin(index, shift, False))
    return np.array(rows, dtype=np.int64).reshape(len(rows), weights.shape[1]), origins
