"""Weights without multiplications: which numbers they can be, the nearest of them, and what that costs in accuracy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fpgaflow.errors import FlowError
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer, TableQuantizer, TernaryQuantizer, khot_codes


def signed_digits(code: int) -> int:
    """Fewest powers of two that add up to a number, each added or subtracted: the nonzero digits of 3n xor n."""
    return bin(abs(code) ^ (3 * abs(code))).count("1")


@pytest.mark.parametrize("width", [2, 3, 5, 8])
@pytest.mark.parametrize("digits", [1, 2, 3])
def test_codes(width: int, digits: int) -> None:
    every = range(-(1 << (width - 1)), 1 << (width - 1))
    assert khot_codes(width, digits, False) == [code for code in every if bin(abs(code)).count("1") <= digits]
    assert khot_codes(width, digits, True) == [code for code in every if signed_digits(code) <= digits]


@pytest.mark.parametrize("codes", [[-1, 1], [0, 3, 4, 9], khot_codes(6, 1, False), khot_codes(8, 2, True)])
def test_nearest(codes: list[int]) -> None:
    """By comparison with all of them, ties to the larger one."""
    quarters = np.arange(-600, 601)
    x = (quarters / 4).astype(np.float32)
    distance = np.abs(quarters[:, None] - 4 * np.array(codes)[None, ::-1])
    wanted = np.array(codes)[::-1][distance.argmin(axis=1)]
    for point in (0, 3):
        quantizer = TableQuantizer(codes, point=point)
        scaled = torch.from_numpy(x) / 2**point
        assert np.array_equal(quantizer.codes(scaled).numpy(), wanted)
        assert np.array_equal(quantizer(scaled).detach().numpy(), wanted / 2.0**point)
        assert np.array_equal(quantizer.codes(scaled.double()).numpy(), wanted)


def test_bipolar_and_ternary() -> None:
    x = torch.tensor([-3.0, -0.6, -0.5, -0.0, 0.0, 0.5, 0.51, 2.0])
    assert BipolarQuantizer(point=0).codes(x).tolist() == [-1, -1, -1, 1, 1, 1, 1, 1]
    assert TernaryQuantizer(point=0).codes(x).tolist() == [-1, -1, 0, 0, 0, 0, 1, 1]
    assert BipolarQuantizer(point=0).bounds == TernaryQuantizer(point=0).bounds == (-1, 1)


def test_gradient_passes_in_range() -> None:
    x = torch.tensor([-1.5, -0.9, 0.2, 1.1], requires_grad=True)
    BipolarQuantizer(point=0)(x).sum().backward()
    assert x.grad.tolist() == [0, 1, 1, 0]


def test_point_of_each_channel() -> None:
    x = torch.randn(400) * torch.tensor([[1.0], [4.0], [16.0]])
    quantizer = KHotQuantizer(6, 2, channels=3)
    quantizer(x)
    assert (quantizer.points[0] - quantizer.points).tolist() == [0, 2, 4]


def rms(codes: list[int], steps: int = 200_000) -> float:
    """Root of the mean squared error of the nearest code for N(0, 1), at the best power-of-two scale: an integral."""
    x = np.linspace(-8, 8, steps + 1)
    density = np.exp(-(x**2) / 2)
    errors = []
    for point in range(-2, 9):
        table = np.array(codes) * 2.0**-point
        nearest = table[np.searchsorted((table[1:] + table[:-1]) / 2, x)]
        errors.append(((nearest - x) ** 2 * density).sum() / density.sum())
    return float(np.sqrt(min(errors)))


ERRORS = {
    4: "0.1444 0.2150 0.1452 0.1444 0.1444 0.1444",
    6: "0.0362 0.1966 0.0659 0.0385 0.0457 0.0362",
    8: "0.0094 0.1944 0.0615 0.0228 0.0372 0.0106",
}


@pytest.mark.parametrize("width", ERRORS)
def test_error_of_normal_weights(width: int) -> None:
    """Of all codes, 1 to 3 ones, 2 and 3 signed digits."""
    choices = [(width, False), (1, False), (2, False), (3, False), (2, True), (3, True)]
    found = [rms(khot_codes(width, digits, signed)) for digits, signed in choices]
    assert " ".join(f"{error:.4f}" for error in found) == ERRORS[width]


def test_refused() -> None:
    for width, digits in ((1, 1), (17, 2), (4, 0)):
        with pytest.raises(FlowError) as caught:
            KHotQuantizer(width, digits)
        assert caught.value.what == f"a K-hot quantizer has {width} bits and {digits} digits"
