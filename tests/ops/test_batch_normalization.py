from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tests.ops.single import onnxruntime_result, ours, read, single, values


def parameters(channels: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    variance = rng.uniform(1e-3, 5, channels)
    return [a.astype(np.float32) for a in (*rng.normal(size=(3, channels)), variance)]


@pytest.mark.parametrize("frame", [(33,), (8, 5), (4, 3, 2)])
@pytest.mark.parametrize("opset", [9, 13, 15])
def test_equals_onnxruntime(frame: tuple[int, ...], opset: int) -> None:
    x = values(300, *frame)
    model = single("BatchNormalization", frame, *parameters(frame[0]), opset=opset, epsilon=1e-3)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


def test_factor_and_shift_are_the_float32_ones_in_every_type() -> None:
    scale, bias, mean, variance = parameters(3)
    model = single("BatchNormalization", (3,), scale, bias, mean, variance)
    factor = scale * (np.float32(1) / np.sqrt(variance + np.float32(1e-5)))
    shift = bias - mean * factor
    x = np.array([[Fraction(1, 3)] * 3], dtype=object)
    want = [Fraction(1, 3) * Fraction(float(f)) + Fraction(float(s)) for f, s in zip(factor, shift, strict=True)]
    assert ours(model, x)[0].tolist() == want


def test_names_of_constants_are_the_files() -> None:
    graph = read(single("BatchNormalization", (4, 3, 2), *parameters(4)))
    assert graph.nodes[0].inputs == ("x", "constant_0", "constant_1", "constant_2", "constant_3")
    assert graph.constants["constant_0"].values.shape == (4, 1, 1)
