"""Histograms that grow, and scales against a search by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.calibration.histogram import BINS, Histogram
from fpgaflow.calibration.scales import Codes, Method, Scales, activation_scale, quantized, weight_scale
from fpgaflow.ir.graph import Array

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=20_000).astype(np.float32)


def histogram(*parts: Array) -> Histogram:
    made = Histogram()
    for part in parts:
        made.add(part)
    return made


def squared_error(numbers: Array, scale: float, codes: Codes) -> float:
    return float(np.sum((quantized(numbers, np.asarray(scale), codes) * scale - numbers) ** 2))


def test_histogram() -> None:
    parts = np.split(NUMBERS, [10, 500, 5000])
    found = histogram(np.zeros(7, np.float32), *parts)
    assert found.counts.sum() == len(NUMBERS) + 7
    assert (found.low, found.high) == (float(NUMBERS.min()), float(NUMBERS.max()))
    assert found.width * BINS > found.top >= found.width * BINS / 2
    reach = np.concatenate([np.zeros(7), np.abs(NUMBERS)])
    # numbers at the border of two bins may be in either: float32 multiplies by the width's reciprocal
    plain = np.histogram(reach, BINS, (0, found.width * BINS))[0]
    assert np.abs(np.cumsum(found.counts - plain)).max() <= 2
    still = histogram(np.zeros(3, np.float32))
    assert still.top == 0 and still.counts[0] == 3


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("signed", [True, False])
def test_powers_of_two(method: Method, signed: bool) -> None:
    numbers = NUMBERS if signed else np.abs(NUMBERS)
    for bits in (2, 4, 8, 12):
        codes = Codes(bits, signed)
        scale = activation_scale([(histogram(numbers), codes)], Scales.PO2, method)
        assert np.log2(scale) == np.rint(np.log2(scale))
        if method is Method.MSE and bits < 12:
            every = [2.0**exponent for exponent in range(-16, 4)]
            assert scale == min(every, key=lambda s: squared_error(numbers, s, codes))
        if method is Method.MINMAX:
            assert scale * codes.high >= np.abs(numbers).max() > scale / 2 * codes.high


@pytest.mark.parametrize("method", Method)
def test_one_far_off_number(method: Method) -> None:
    """Only the range of the largest number follows it."""
    numbers = np.append(NUMBERS, np.float32(60))
    scale = activation_scale([(histogram(numbers), Codes(4, True))], Scales.FLOAT, method)
    assert (scale == float(np.float32(60 / 7))) == (method is Method.MINMAX)
    assert scale == np.float32(scale)


def test_a_common_scale_serves_all() -> None:
    tensors = [(histogram(NUMBERS), Codes(6, True)), (histogram(np.abs(NUMBERS) * 4), Codes(6, False))]
    scale = activation_scale(tensors, Scales.FLOAT, Method.MINMAX)
    assert scale == max(activation_scale([tensor], Scales.FLOAT, Method.MINMAX) for tensor in tensors)
    assert activation_scale([(histogram(np.zeros(4, np.float32)), Codes(8, False))], Scales.PO2, Method.MSE) == 1


def test_weights_by_channel() -> None:
    weights = RNG.normal(size=(5, 40)) * np.array([[0.1], [1], [7], [30], [0]])
    codes = Codes(4, True)
    scale = weight_scale(weights, codes, Scales.PO2, (1,))
    assert scale.shape == (5, 1) and scale[4, 0] == 1
    every = [2.0**exponent for exponent in range(-12, 8)]
    for row, found in zip(weights[:4], scale[:4, 0], strict=True):
        assert found == min(every, key=lambda s: squared_error(row, s, codes))
    floats = weight_scale(weights, codes, Scales.FLOAT, (1,))
    assert np.array_equal(floats, floats.astype(np.float32))
    for row, found, power in zip(weights[:4], floats[:4, 0], scale[:4, 0], strict=True):
        assert squared_error(row, found, codes) <= 1.1 * squared_error(row, power, codes)
