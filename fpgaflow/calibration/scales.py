"""Scales of quantizers: of activations from histograms, of weights from the weights themselves.

Source of the methods: "entropy" is the least Kullback-Leibler divergence of TensorRT's calibration (S. Migacz, 8-bit
inference with TensorRT, 2017); "mse" the least squared error (R. Banner et al., 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from fpgaflow.calibration.histogram import BINS, Histogram
from fpgaflow.ir.graph import Array

PERCENTILE = 0.9999
# Finer steps than this many bins are not resolved by a histogram.
LEAST_BINS_A_STEP = 4
OCTAVES = 10


class Scales(Enum):
    """What scales look like: powers of two, which hardware shifts by, or any numbers."""

    PO2 = "po2"
    FLOAT = "float"


class Method(Enum):
    """How the range of an activation is chosen."""

    MINMAX = "minmax"
    PERCENTILE = "percentile"
    MSE = "mse"
    ENTROPY = "entropy"


@dataclass(frozen=True)
class Codes:
    """The integers of a quantizer: how many bits, and whether one is a sign."""

    bits: int
    signed: bool

    @property
    def low(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        return (1 << (self.bits - self.signed)) - 1


def activation_scale(tensors: Sequence[tuple[Histogram, Codes]], scales: Scales, method: Method) -> float:
    """One float32 scale for tensors that share it. Tensors that are always zero get the scale 1."""
    tensors = [(histogram, codes) for histogram, codes in tensors if histogram.top > 0]
    if not tensors:
        return 1.0
    widest = max(histogram.top / codes.high for histogram, codes in tensors)
    if method is Method.MSE:
        candidates = _candidates(np.array(widest), scales)
        errors = [sum(_squared_error(*tensor, float(scale)) for tensor in tensors) for scale in candidates]
        return float(np.float32(candidates[int(np.argmin(errors))]))
    threshold = _THRESHOLDS[method]
    return _at_least(max(threshold(histogram, codes) / codes.high for histogram, codes in tensors), scales)


def weight_scale(weights: Array, codes: Codes, scales: Scales, axes: tuple[int, ...]) -> Array:
    """Scales of least squared error, float32 numbers in float64: one for all elements along ``axes``, which stay with
    extent 1. Weights that are all zero get the scale 1.
    """
    weights = weights.astype(np.float64)
    top = np.abs(weights).max(axis=axes, keepdims=True)
    best, least = np.ones_like(top), np.full_like(top, np.inf)
    for scale in _candidates(np.where(top > 0, top, codes.high) / codes.high, scales):
        error = np.sum((quantized(weights, scale, codes) * scale - weights) ** 2, axis=axes, keepdims=True)
        best, least = np.where(error < least, scale, best), np.minimum(error, least)
    return np.where(top > 0, best, 1.0)


def quantized(real: Array, scale: Array, codes: Codes) -> Array:
    """The nearest codes, ties to even, as float64."""
    return np.asarray(np.clip(np.rint(real / scale), codes.low, codes.high))


def _at_least(scale: float, scales: Scales) -> float:
    """The scale itself, or the next power of two."""
    return float(2.0 ** np.ceil(np.log2(scale))) if scales is Scales.PO2 else float(np.float32(scale))


def _candidates(widest: Array, scales: Scales) -> list[Array]:
    """Scales from the one that clips nothing downwards."""
    if scales is Scales.PO2:
        exponent = np.ceil(np.log2(widest))
        return [2.0 ** (exponent - octave) for octave in range(OCTAVES)]
    return [(widest * share).astype(np.float32).astype(np.float64) for share in np.linspace(1, 0.05, 77)]


def _squared_error(histogram: Histogram, codes: Codes, scale: float) -> float:
    """Sum of squares of what rounding and clipping change."""
    centres, limit = histogram.centres, codes.high * scale
    if scale < LEAST_BINS_A_STEP * histogram.width:
        # Within a step numbers are as good as evenly spread.
        errors = np.where(centres > limit, (centres - limit) ** 2, scale**2 / 12)
    else:
        errors = (np.minimum(np.rint(centres / scale), codes.high) * scale - centres) ** 2
    return float(histogram.counts @ errors)


def _largest(histogram: Histogram, codes: Codes) -> float:
    return histogram.top


def _percentile(histogram: Histogram, codes: Codes) -> float:
    """The magnitude that all but one in ten thousand do not exceed."""
    share = np.cumsum(histogram.counts) / histogram.counts.sum()
    return min((int(np.searchsorted(share, PERCENTILE)) + 1) * histogram.width, histogram.top)


def _least_divergence(histogram: Histogram, codes: Codes) -> float:
    """The threshold where the quantized distribution tells least less than the clipped one. Zeros, which lose nothing, don't
    count.
    """
    counts = histogram.counts.copy()
    counts[0] = 0
    used = int(np.flatnonzero(histogram.counts)[-1]) + 1
    levels = min(codes.high + 1, BINS // LEAST_BINS_A_STEP)
    ends = np.unique(np.linspace(min(levels, used), used, 128).astype(int))
    divergences = [_divergence(counts, int(end), levels) for end in ends]
    return min(int(ends[int(np.argmin(divergences))]) * histogram.width, histogram.top)


def _divergence(counts: Array, end: int, levels: int) -> float:
    clipped = counts[:end].copy()
    clipped[-1] += counts[end:].sum()
    level = np.arange(end) * levels // end
    filled = counts[:end] > 0
    totals = np.bincount(level, weights=counts[:end], minlength=levels)
    members = np.bincount(level, weights=filled, minlength=levels)
    spread = np.where(filled, totals[level] / np.maximum(members[level], 1), 0.0)
    if not clipped.sum() or not spread.sum():
        return np.inf
    first, second = clipped / clipped.sum(), spread / spread.sum()
    both = (first > 0) & (second > 0)
    # What the second distribution leaves out counts as if it were very rare.
    missing = first[(first > 0) & ~both].sum()
    return float(np.sum(first[both] * np.log(first[both] / second[both])) + missing * np.log(1e9))


_THRESHOLDS: dict[Method, Callable[[Histogram, Codes], float]] = {
    Method.MINMAX: _largest,
    Method.PERCENTILE: _percentile,
    Method.ENTROPY: _least_divergence,
}
