"""Add, Sub and Mul of two values, and networks in which a value has several readers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import helper

from fpgaflow.errors import FlowError
from fpgaflow.ops.add import AddValues
from fpgaflow.ops.mul import MultiplyValues
from fpgaflow.ops.sub import SubtractValues
from tests.models import Network
from tests.ops.single import check_exact, onnxruntime_result, ours, read, values

OPERATORS = {"Add": AddValues, "Sub": SubtractValues, "Mul": MultiplyValues}
INT = np.int64


def of_halves(op_type: str) -> onnx.ModelProto:
    """``op_type`` of the two halves of the input's channels."""
    net = Network()
    net.nodes.append(helper.make_node("Split", ["x"], ["a", "b"], name="split", axis=1))
    return net.model(net.node(op_type, "a", "b"), ("N", 6, 5, 4), (None,) * 4)


@pytest.mark.parametrize("op_type", OPERATORS)
def test_equals_onnxruntime(op_type: str) -> None:
    model = of_halves(op_type)
    x = values(20, 6, 5, 4)
    node = read(model).nodes[-1]
    assert (node.op, node.inputs, node.type.shape) == (OPERATORS[op_type](), ("a", "b"), (3, 5, 4))
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    check_exact(model, np.rint(x))


@pytest.mark.parametrize("op_type", OPERATORS)
def test_one_value_for_each_channel(op_type: str) -> None:
    """As in squeeze and excitation."""
    net = Network()
    model = net.model(net.node(op_type, net.node("GlobalMaxPool", "x"), "x"), ("N", 3, 5, 4), (None,) * 4)
    x = values(20, 3, 5, 4)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("op_type", OPERATORS)
def test_a_value_and_itself(op_type: str) -> None:
    net = Network()
    model = net.model(net.node(op_type, "x", "x"), ("N", 6), (None, None))
    x = values(20, 6)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


def test_residual_network() -> None:
    """Values are read several times, and are outputs too; each node is there once."""
    net = Network()
    first = net.node("Relu", "x")
    second = net.node("Add", first, net.node("Neg", first))
    third = net.node("Sub", net.node("Add", second, first), second)
    model = net.model(net.node("Mul", third, first), ("N", 4), ("N", 4))
    model.graph.output.append(helper.make_tensor_value_info(first, onnx.TensorProto.FLOAT, ("N", 4)))
    graph = read(model)
    assert [node.name for node in graph.nodes] == ["relu_0", "neg_0", "add_0", "add_1", "sub_0", "mul_0"]
    assert [node.name for node in graph.consumers["relu_0"]] == ["neg_0", "add_0", "add_1", "mul_0"]
    x = values(20, 4)
    found = graph.evaluate({"x": x})
    assert np.array_equal(found["mul_0"], np.maximum(x, 0) ** 2)
    assert np.array_equal(found["relu_0"], np.maximum(x, 0))


def test_operand_that_has_lost_its_batch() -> None:
    """It may where the file fixes the batch to 1; the result has a batch whichever operand comes first."""
    for swapped in (False, True):
        net = Network()
        flat = net.node("Squeeze", "x", net.constant([0], dtype=INT))
        row = net.node("ReduceMean", flat, axes=[0], keepdims=0)
        value = net.node("Sub", *((row, "x") if swapped else ("x", row)))
        model = net.model(net.node("Flatten", value), (1, 4, 3), (1, 12))
        x = np.rint(values(1, 4, 3))
        assert read(model).nodes[-1].type.shape == (12,)
        assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("batch", ["N", 1])
def test_batches_must_not_meet_other_axes(batch: int | str) -> None:
    net = Network()
    flat = net.node("Reshape", "x", net.constant([0, -1], dtype=INT))
    with pytest.raises(FlowError, match="mixes frames"):
        read(net.model(net.node("Add", "x", flat), (batch, 3, 4), (None,) * 3))


def test_shapes_must_fit() -> None:
    net = Network()
    with pytest.raises(FlowError, match=r"frames of shapes \[3, 4\] and \[4, 3\]"):
        read(net.model(net.node("Add", "x", net.node("Transpose", "x", perm=[0, 2, 1])), ("N", 3, 4), (None,) * 3))


def test_fractions() -> None:
    x = np.array([[Fraction(1, 3), Fraction(2, 7)]], dtype=object)
    one = np.array([[Fraction(1)]], dtype=object)
    assert AddValues().evaluate(x, one).tolist() == [[Fraction(4, 3), Fraction(9, 7)]]
    assert SubtractValues().evaluate(one, x).tolist() == [[Fraction(2, 3), Fraction(5, 7)]]
    assert MultiplyValues().evaluate(x, x).tolist() == [[Fraction(1, 9), Fraction(4, 49)]]
