"""Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.transpose import Transpose
from tests.models import Network
from tests.ops.single import onnxruntime_result, ours, read, single, values

INT = np.int64


def axes(*numbers: int) -> np.ndarray:
    return np.array(numbers, INT)


CASES: list[tuple[onnx.ModelProto, tuple[int, ...]]] = [
    (single("Reshape", (2, 3), axes(0, 6)), (6,)),
    (single("Reshape", (2, 3), axes(-1, 6)), (6,)),
    (single("Reshape", (2, 3), axes(0, -1)), (6,)),
    (single("Reshape", (2, 3), axes(-1, 3, 2), output_rank=3), (3, 2)),
    (single("Reshape", (2, 3), axes(0, 0, 3, 1), output_rank=4), (2, 3, 1)),
    (single("Reshape", (2, 3), opset=1, shape=[0, 6]), (6,)),
    (single("Flatten", (2, 3), output_rank=2), (6,)),
    (single("Flatten", (2, 3), axis=-2, output_rank=2), (6,)),
    (single("Squeeze", (1, 3, 1), axes(1, -1), output_rank=2), (3,)),
    (single("Squeeze", (1, 3, 1), opset=11, axes=[1], output_rank=3), (3, 1)),
    (single("Unsqueeze", (3,), axes(1), output_rank=3), (1, 3)),
    (single("Unsqueeze", (3,), axes(-1, 1), output_rank=4), (1, 3, 1)),
    (single("Unsqueeze", (3,), opset=11, axes=[2], output_rank=3), (3, 1)),
    (single("Transpose", (2, 3, 4), perm=[0, 3, 1, 2]), (4, 2, 3)),
    (single("Transpose", (2, 3), perm=[0, 2, 1]), (3, 2)),
]


@pytest.mark.parametrize(("model", "shape"), CASES, ids=range(len(CASES)))
def test_equals_onnxruntime(model: onnx.ModelProto, shape: tuple[int, ...]) -> None:
    dims = model.graph.input[0].type.tensor_type.shape.dim[1:]
    x = values(7, *(dim.dim_value for dim in dims))
    if model.opset_import[0].version > 1:
        assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    (node,) = read(model).nodes
    assert isinstance(node.op, Reshape | Transpose)
    assert node.type.shape == shape


@pytest.mark.parametrize("batch", ["N", None, -1, 0, 1, 8, 1 << 40])
def test_batch_in_target(batch: Any) -> None:
    """The file's own batch size, 0 and -1 stand for the batch; 1 does where the batch is unknown or 1."""
    fixed = isinstance(batch, int) and batch > 0
    for first in (0, -1, batch if fixed else 1):
        net = Network()
        value = net.node("Reshape", "x", net.constant([first, 6], dtype=INT))
        graph = read(net.model(value, (batch, 2, 3), (None, None)))
        assert graph.nodes[0].type.shape == (6,)


@pytest.mark.parametrize("batch", ["N", 1, 8])
@pytest.mark.parametrize("opset", [9, 13])
def test_target_computed_from_the_shape(batch: Any, opset: int) -> None:
    """Shape, Gather, Slice, Cast, Mul, Unsqueeze and Concat on the input's shape fold to a constant target."""
    net = Network()

    def unsqueeze(value: str) -> str:
        return (
            net.node("Unsqueeze", value, axes=[0])
            if opset < 13
            else net.node("Unsqueeze", value, net.constant([0], dtype=INT))
        )

    shape = net.node("Shape", "x")
    first = net.node("Gather", shape, net.constant(0, dtype=INT), axis=0)
    ends = (net.constant([n], dtype=INT) for n in (1, 3)) if opset >= 10 else ()
    rest = net.node("Slice", shape, *ends, **({"starts": [1], "ends": [3]} if opset < 10 else {}))
    rest = net.node("Cast", net.node("Cast", rest, to=1), to=7)
    parts = [net.node("Gather", rest, net.constant(i, dtype=INT), axis=0) for i in (0, 1)]
    target = net.node("Concat", unsqueeze(first), unsqueeze(net.node("Mul", *parts)), axis=0)
    model = net.model(net.node("Reshape", "x", target), (batch, 2, 3), (None, None), opset=opset)
    x = values(8 if batch == 8 else 1, 2, 3)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    assert read(model).nodes[0].type.shape == (6,)


def test_shape_with_ends() -> None:
    net = Network()
    shape = net.node("Shape", "x", start=1, end=-1)
    target = net.node("Concat", net.constant([0], dtype=INT), shape, net.constant([-1, 1], dtype=INT), axis=0)
    model = net.model(net.node("Reshape", "x", target), ("N", 2, 3), (None,) * 4, opset=15)
    assert read(model).nodes[0].type.shape == (2, 3, 1)


def test_batch_of_one_may_vanish() -> None:
    """Where the file fixes the batch to 1, it may be squeezed away; frames are then the whole value."""
    net = Network()
    value = net.node("Squeeze", "x", net.constant([0], dtype=INT))
    value = net.node("Unsqueeze", net.node("Relu", value), net.constant([0, 2], dtype=INT))
    model = net.model(value, (1, 3), (1, 3, 1))
    graph = read(model)
    assert [node.type.shape for node in graph.nodes] == [(3,), (3,), (1, 3, 1)]
    x = values(1, 3)
    assert np.array_equal(ours(model, x).reshape(1, 3, 1), onnxruntime_result(model, x))


def test_squeeze_without_axes_keeps_an_unknown_batch() -> None:
    for batch, shape in (("N", (3,)), (1, (3,))):
        net = Network()
        graph = read(net.model(net.node("Squeeze", "x"), (batch, 1, 3), (None, None)))
        assert graph.nodes[0].type.shape == shape


def test_what_changes_nothing_leaves_no_node() -> None:
    for model in (
        single("Transpose", (2, 3), perm=[0, 1, 2]),
        single("Reshape", (6,), axes(0, -1)),
        single("Flatten", (6,)),
    ):
        graph = read(model)
        assert (graph.nodes, graph.outputs) == ((), ("x",))
