"""Random weights of few signed digits, and matrix units that multiply by shifts with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fpgaflow.fixed import FixedFormat, IntArray, format_for_range
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage

Slots = Sequence[Sequence[int]]
"""For each digit the shifts that it has."""

SLOTS: tuple[Slots, ...] = (
    [[0]],
    [[0, 1]],
    [[0, 1, 2]],
    [[0, 2, 5]],
    [range(4)],
    [range(5)],
    [range(8)],
    [range(12)],
    [[3]],
    [[0, 1], [2, 3]],
    [[0, 2, 4], [1, 3, 5]],
    [range(8), range(8)],
    [range(3), [9]],
    [[4, 5], [6, 8]],
)


def khot_weights(random: np.random.Generator, shape: tuple[int, int], slots: Slots) -> IntArray:
    """Sums of digits that are 0 or plus or minus one of a slot's powers of two."""
    weights = np.zeros(shape, dtype=np.int64)
    for shifts in slots:
        weights += random.choice([0, *(sign << shift for shift in shifts for sign in (1, -1))], shape)
    return weights


def khot_unit(
    weights: IntArray,
    source: FixedFormat,
    fold: tuple[int, int],
    *,
    vectors: int = 1,
    groups: int = 1,
    storage: WeightStorage = WeightStorage.LUTRAM,
) -> DenseUnit:
    """``weights`` are (outputs, inputs of a group), ``fold`` (pe, simd)."""
    ends = np.stack([weights * source.min, weights * source.max])
    accumulator = format_for_range(
        min(0, int(ends.min(axis=0).sum(axis=1).min())), max(0, int(ends.max(axis=0).sum(axis=1).max()))
    )
    weight = format_for_range(int(weights.min()), int(weights.max()))
    formats = (source, weight, accumulator)
    return DenseUnit(weights, vectors, fold[1], fold[0], *formats, Multiplier.SHIFT, storage, groups)


def khot_units(seed: int) -> list[DenseUnit]:
    """A unit for each of ``SLOTS``, of random shape, folding and input."""
    random = np.random.default_rng(seed)
    units = []
    for slots in SLOTS:
        pe, simd, neurons, synapses, groups, vectors = random.integers(1, [4, 7, 4, 4, 3, 3]).tolist()
        weights = khot_weights(random, (groups * neurons * pe, synapses * simd), slots)
        source = FixedFormat(int(random.integers(1, 10)), 0, bool(random.integers(2)))
        storage = list(WeightStorage)[random.integers(2)]
        units.append(khot_unit(weights, source, (pe, simd), vectors=vectors, groups=groups, storage=storage))
    return units
