"""MatMul and Gemm."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fpgaflow.ops.mat_mul import MatMul
from tests.models import Network
from tests.ops.single import onnxruntime_result, ours, read, single


def whole(*shape: int, seed: int = 0) -> np.ndarray:
    """Random integers as float32, so that every sum is exact in any order."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float32)


@pytest.mark.parametrize(
    ("frame", "weights", "rank"),
    [
        ((5,), (5, 3), 2),
        ((4, 5), (5, 3), 3),
        ((2, 4, 5), (5, 3), 4),
        ((5,), (5,), 1),
        ((4, 5), (5,), 2),
        ((4, 5), (1, 5, 3), 3),
    ],
)
def test_mat_mul_equals_onnxruntime(frame: tuple[int, ...], weights: tuple[int, ...], rank: int) -> None:
    x = whole(20, *frame)
    model = single("MatMul", frame, whole(*weights, seed=1), output_rank=rank)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize(
    "attributes",
    [{}, {"transB": 1}, {"alpha": 0.5}, {"beta": 0.25}, {"alpha": 2.0, "beta": 0.5, "transB": 1}],
    ids=["plain", "transB", "alpha", "beta", "all"],
)
@pytest.mark.parametrize("bias", [(3,), (1, 3), (1,), (), None], ids=["row", "matrix", "one", "scalar", "none"])
def test_gemm_equals_onnxruntime(attributes: dict[str, Any], bias: tuple[int, ...] | None) -> None:
    x = whole(20, 5)
    weights = whole(*((3, 5) if attributes.get("transB") else (5, 3)), seed=1)
    constants = (weights,) if bias is None else (weights, whole(*bias, seed=2))
    model = single("Gemm", (5,), *constants, **attributes)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


def test_gemm_becomes_elementary_operators() -> None:
    graph = read(single("Gemm", (5,), whole(5, 3), whole(3), alpha=0.5))
    assert [(node.name, type(node.op).__name__) for node in graph.nodes] == [
        ("gemm_0_matmul", "MatMul"),
        ("gemm_0_mul", "Mul"),
        ("gemm_0", "Add"),
    ]


def test_float32_sums_are_rounded_once_and_alike_in_every_batch() -> None:
    rng = np.random.default_rng(0)
    x, weights = (rng.normal(size=shape).astype(np.float32) for shape in ((64, 301), (301, 7)))
    together = MatMul().evaluate(x, weights)
    exact = [
        sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(x[0], column, strict=True)) for column in weights.T
    ]
    assert np.array_equal(together[0], np.array([float(value) for value in exact]).astype(np.float32))
    assert np.array_equal(together, np.concatenate([MatMul().evaluate(x[i : i + 1], weights) for i in range(64)]))


def test_fractions() -> None:
    x = np.array([[Fraction(1, 3), Fraction(1, 7)]], dtype=object)
    assert MatMul().evaluate(x, np.array([[1.0], [0.5]])).tolist() == [[Fraction(1, 3) + Fraction(1, 14)]]


def test_single_vector_from_the_left() -> None:
    """A network without a batch may multiply by a matrix from the left."""
    net = Network()
    model = net.model(net.node("MatMul", net.constant(whole(3, 5)), "x"), (5,), (3,))
    assert np.array_equal(ours(model, whole(1, 5, seed=1))[0], whole(3, 5) @ whole(1, 5, seed=1)[0])
