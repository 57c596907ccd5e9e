from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.ops.base import Elementwise
from tests.ops.single import check_exact, onnxruntime_result, ours, read, single, values

CONSTANT = values(6, seed=1)
NONZERO = np.where(CONSTANT == 0, np.float32(0.7), CONSTANT)


@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div"])
@pytest.mark.parametrize(
    "constant", [NONZERO, np.float32(0.3), NONZERO.reshape(1, 6)], ids=["channels", "scalar", "row"]
)
@pytest.mark.parametrize("opset", [7, 13, 14])
def test_constant_second(op_type: str, constant: np.ndarray, opset: int) -> None:
    x = values(200, 6)
    model = single(op_type, (6,), constant, opset=opset)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div"])
def test_constant_first(op_type: str) -> None:
    x = values(200, 6)
    model = single(op_type, (6,), NONZERO, "x")
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x), equal_nan=True)


@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div"])
def test_constants_broadcast_within_a_frame(op_type: str) -> None:
    x = values(20, 4, 3, 2)
    for shape in ((4, 1, 1), (1, 4, 1, 1), (2,), (3, 1), (4, 3, 2), ()):
        model = single(op_type, (4, 3, 2), np.abs(values(*shape, seed=2)) + np.float32(0.1))
        assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("op_type", ["Add", "Sub", "Mul", "Div"])
def test_exact(op_type: str) -> None:
    constant = np.array([0.5, -2, 4, 0.125], np.float32)
    x = np.arange(-8, 8, dtype=np.float32).reshape(4, 4) / 4
    check_exact(single(op_type, (4,), constant), x)
    if op_type != "Div":
        check_exact(single(op_type, (4,), constant, "x"), x)


def test_only_the_quotient_by_data_is_not_monotone() -> None:
    for op_type in ("Add", "Sub", "Mul", "Div"):
        for operands in ((NONZERO,), (NONZERO, "x")):
            (node,) = read(single(op_type, (6,), *operands)).nodes
            assert isinstance(node.op, Elementwise)
            assert node.op.monotone == node.op.affine == (op_type != "Div" or len(operands) == 1)


def test_affine_operators_are_affine() -> None:
    for op_type in ("Add", "Sub", "Mul", "Div"):
        model = single(op_type, (2,), np.array([2, -4], np.float32))
        at = ours(model, np.arange(4, dtype=np.float64)[:, None] * np.ones(2))
        assert np.array_equal(np.diff(at, axis=0), np.tile(at[1] - at[0], (3, 1)))
