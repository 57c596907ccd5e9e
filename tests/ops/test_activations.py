from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import onnx
import pytest

from fpgaflow.ops.base import Elementwise
from tests.ops.single import check_exact, onnxruntime_result, ours, read, single, values

BITWISE = {
    "relu": single("Relu", (6,)),
    "leaky default": single("LeakyRelu", (6,)),
    "leaky": single("LeakyRelu", (6,), alpha=0.137),
    "leaky falling": single("LeakyRelu", (6,), alpha=-0.5),
    "clip": single("Clip", (6,), np.float32(-1.3), np.float32(2.1)),
    "clip below": single("Clip", (6,), np.float32(-1.3)),
    "clip attributes": single("Clip", (6,), opset=6, min=-1.3, max=0.3),
    "clip default attributes": single("Clip", (6,), opset=6),
    "clip crossed": single("Clip", (6,), np.float32(2), np.float32(-1)),
    "neg": single("Neg", (6,)),
    "prelu": single("PRelu", (6,), np.float32([0.25, 0, 0.1, 1, 0.5, 2])),
    "prelu falling": single("PRelu", (6,), np.float32([0.25, -0.5, 0.1, 1, 0.5, 2])),
    "prelu one slope": single("PRelu", (6,), np.float32([0.3])),
    "hard sigmoid": single("HardSigmoid", (6,)),
    "hard sigmoid steep": single("HardSigmoid", (6,), alpha=0.7, beta=0.25),
    "hard swish": single("HardSwish", (6,), opset=14),
    "identity": single("Identity", (6,)),
    "dropout": single("Dropout", (6,)),
    "cast": single("Cast", (6,), to=1),
}


@pytest.mark.parametrize("name", BITWISE)
def test_equals_onnxruntime(name: str) -> None:
    x = values(500, 6)
    assert np.array_equal(ours(BITWISE[name], x), onnxruntime_result(BITWISE[name], x))


@pytest.mark.parametrize("name", BITWISE)
def test_exact(name: str) -> None:
    if name not in ("identity", "dropout", "cast") and "hard" not in name:
        check_exact(BITWISE[name], np.arange(-24, 24, dtype=np.float32).reshape(8, 6) / 4)


def test_hard_functions_have_no_rounding_error_in_fractions() -> None:
    sixth = Fraction(float(np.float32(1 / 6)))
    x = np.array([[Fraction(1, 3)]], dtype=object)
    assert ours(single("HardSwish", (1,), opset=14), x).tolist() == [[(sixth / 3 + Fraction(1, 2)) / 3]]


def ulps(found: np.ndarray, want: np.ndarray) -> int:
    """Largest distance in units of the last place of ``want``'s type."""
    return int(np.max(np.abs(found.astype(np.float64) - want.astype(np.float64)) / np.spacing(np.abs(want))))


@pytest.mark.parametrize(
    ("model", "function"),
    [
        (single("Sigmoid", (1,)), lambda x: 1 / (1 + math.exp(-x))),
        (single("Tanh", (1,)), math.tanh),
        (single("Elu", (1,), alpha=1.5), lambda x: x if x > 0 else 1.5 * math.expm1(x)),
        (single("Selu", (1,), alpha=1.5, gamma=1.25), lambda x: 1.25 * (x if x > 0 else 1.5 * math.expm1(x))),
    ],
    ids=["sigmoid", "tanh", "elu", "selu"],
)
def test_transcendental_functions_are_rounded_once(model: onnx.ModelProto, function: Callable[[float], float]) -> None:
    x = values(500, 1)
    found, want = ours(model, x), np.array([[function(float(v))] for v in x[:, 0]], np.float32)
    assert found.dtype == np.float32
    assert ulps(found, want) <= 1
    assert np.mean(found == want) > 0.99
    theirs = onnxruntime_result(model, x)
    assert np.max(np.abs(found - theirs) / np.spacing(np.maximum(np.abs(theirs), 1))) <= 4
    assert not read(model).nodes[0].op.rational


def test_large_arguments() -> None:
    x = np.array([[-1e4], [-90], [90], [1e4]], np.float32)
    assert ours(single("Sigmoid", (1,)), x)[[0, 3], 0].tolist() == [0, 1]
    assert ours(single("Tanh", (1,)), x)[:, 0].tolist() == [-1, -1, 1, 1]
    selu = single("Selu", (1,), alpha=1.5, gamma=1.25)
    assert ours(selu, x)[[0, 3], 0].tolist() == [-1.875, 12500]


def test_selu_is_exact_where_positive() -> None:
    x = np.abs(values(200, 6))
    model = single("Selu", (6,))
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


SMOOTH = {name.lower(): single(name, (6,)) for name in ("Sigmoid", "Tanh", "Elu", "Selu")}


@pytest.mark.parametrize("name", [*BITWISE, *SMOOTH])
def test_monotone(name: str) -> None:
    """What calls itself monotone never falls or never rises; what doesn't does both."""
    model = (BITWISE | SMOOTH)[name]
    rising = np.sort(values(400, 1), axis=0) * np.ones(6, np.float32)
    steps = np.diff(ours(model, rising), axis=0)
    monotone = np.all((steps >= 0) | (steps <= 0).all(axis=0))
    assert all(op.monotone == monotone for op in (node.op for node in read(model).nodes) if isinstance(op, Elementwise))
    assert monotone == (name not in ("leaky falling", "prelu falling", "hard swish"))


def test_casts_of_integers() -> None:
    """What is an integer already may be cast to an integer type."""
    for to in (6, 7, 1):
        net_model = single("ArgMax", (6,), axis=1, keepdims=1)
        node = net_model.graph.node[0]
        cast = type(node)(op_type="Cast", input=[node.output[0]], output=["y"])
        cast.attribute.add(name="to", i=to, type=2)
        net_model.graph.node.append(cast)
        net_model.graph.output[0].name = "y"
        net_model.graph.output[0].type.tensor_type.elem_type = to
        x = values(50, 6)
        assert np.array_equal(ours(net_model, x), onnxruntime_result(net_model, x))
