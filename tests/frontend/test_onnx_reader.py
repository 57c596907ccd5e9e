"""What the reader makes of a file's structure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fpgaflow.errors import Loc
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import GraphStage
from fpgaflow.ops.base import READERS
from tests.frontend.disguise import nodes_without_names
from tests.models import QONNX, MlpSpec, Network, frames, mlp, save
from tests.ops.single import onnxruntime_result, ours, read, values

INT = np.int64


def test_names_and_places(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec()), tmp_path, "net.onnx"))
    assert (graph.name, graph.stage, graph.outputs) == ("net", GraphStage.MODEL, ("add_1",))
    assert graph.inputs["x"].shape == (16,)
    assert [node.name for node in graph.nodes] == [
        "quant_0", "matmul_0", "add_0", "relu_0", "quant_2", "matmul_1", "add_1",
    ]  # fmt: skip
    assert graph.by_name["quant_2"].loc == Loc("net.onnx", "node_quant_2", "Quant")
    assert graph.by_name["matmul_0"].inputs == ("quant_0", "quant_1")


def test_nodes_without_names_are_called_by_their_output(tmp_path: Path) -> None:
    model = mlp(MlpSpec())
    nodes_without_names(model)
    graph = read_model(save(model, tmp_path))
    assert graph.by_name["quant_2"].loc == Loc("model.onnx", "quant_2", "Quant")


def test_weights_external_to_the_file(tmp_path: Path) -> None:
    model = mlp(MlpSpec())
    x = frames(model, 5)
    want = ours(model, x)
    path = tmp_path / "model.onnx"
    onnx.save(model, str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)
    graph = read_model(path)
    assert np.array_equal(graph.evaluate({"x": x})[graph.outputs[0]], want)


def test_output_behind_an_identity_keeps_its_name() -> None:
    net = Network()
    model = net.model(net.node("Identity", net.node("Relu", "x")), ("N", 4), ("N", 4))
    graph = read(model)
    assert [node.name for node in graph.nodes] == list(graph.outputs) == ["identity_0"]


def test_several_outputs() -> None:
    net = Network()
    first = net.node("Relu", "x")
    second = net.node("Tanh", first)
    model = net.model(second, ("N", 4), ("N", 4))
    for name in (first, second):
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ("N", 4)))
    graph = read(model)
    assert graph.outputs == (second, first, second)
    assert [node.name for node in graph.nodes] == [first, second]


def test_output_that_is_the_input() -> None:
    net = Network()
    graph = read(net.model("x", ("N", 4), ("N", 4)))
    assert (graph.nodes, graph.outputs, list(graph.inputs)) == ((), ("x",), ["x"])


@pytest.mark.parametrize(
    ("shape", "frame"),
    [((5,), (5,)), ((1, 5), (5,)), ((None, 5), (5,)), ((1 << 50, 5), (5,)), (("N", 2, 3, 4), (2, 3, 4)), ((), ())],
)
def test_frame_shapes(shape: tuple[Any, ...], frame: tuple[int, ...]) -> None:
    net = Network()
    graph = read(net.model(net.node("Relu", "x"), shape, shape))
    assert graph.inputs["x"].shape == graph.nodes[0].type.shape == frame


def test_constants_are_folded_in_their_own_type() -> None:
    """Pow, Sqrt, Range, ConstantOfShape and friends on constants; integer division stays integer division."""
    net = Network()
    root = net.node("Pow", net.constant([2.0, 3.0, 5.0, 7.0]), net.constant(0.5))
    half = net.node("Div", net.constant(7, dtype=INT), net.constant(2, dtype=INT))
    filled = net.node(
        "ConstantOfShape", net.constant([4], dtype=INT), value=numpy_helper.from_array(np.float32([0.25]))
    )
    offset = net.node("Mul", net.node("Cast", half, to=1), filled)
    model = net.model(net.node("Add", net.node("Mul", "x", root), offset), ("N", 4), ("N", 4))
    x = values(20, 4)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    graph = read(model)
    assert [type(node.op).__name__ for node in graph.nodes] == ["Mul", "Add"]
    assert graph.constants[offset].values.tolist() == [0.75] * 4


def test_constants_may_be_shared() -> None:
    net = Network()
    shared = net.constant([[1.0, 2.0, 3.0, 4.0]])
    value = net.node("Add", net.node("Mul", net.node("Add", "x", shared), shared), shared)
    graph = read(net.model(value, ("N", 4), ("N", 4)))
    assert [node.inputs[1] for node in graph.nodes] == [shared] * 3
    assert graph.constants[shared].values.shape == (4,)


def test_sparse_constants() -> None:
    net = Network()
    model = net.model(net.node("Add", net.node("Add", "x", "linear"), "pairs"), ("N", 2, 2), ("N", 2, 2))
    for name, indices in (("linear", [1, 2]), ("pairs", [[0, 1], [1, 0]])):
        held = numpy_helper.from_array(np.float32([5, 7]), name)
        sparse = helper.make_sparse_tensor(held, numpy_helper.from_array(np.array(indices, INT), "indices"), [2, 2])
        model.graph.sparse_initializer.append(sparse)
    assert ours(model, np.zeros((1, 2, 2), np.float32)).tolist() == [[[0, 10], [14, 0]]]


def quantized_constant(net: Network) -> str:
    """A 2x3 constant with a scale a row: codes 0 to 5."""
    scale, zero = net.constant([[0.5], [0.25]]), net.constant([[0.0], [1.0]])
    weights = net.constant([[0, 0.5, 1], [0.5, 0.75, 1]])
    return net.node(
        "Quant", weights, scale, zero, net.constant(4), domain=QONNX, signed=1, narrow=0, rounding_mode="ROUND"
    )


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ([("Transpose", {"perm": [1, 0]})], [[0, 3], [1, 4], [2, 5]]),
        ([("Identity", {}), ("Cast", {"to": 1}), ("Transpose", {"perm": [1, 0]})], [[0, 3], [1, 4], [2, 5]]),
        ([("Reshape", [3, 2])], [[0, 1], [2, 3], [4, 5]]),
        ([("Flatten", {"axis": 1})], [[0, 1, 2], [3, 4, 5]]),
        ([("Unsqueeze", [0]), ("Squeeze", [0])], [[0, 1, 2], [3, 4, 5]]),
        ([("Transpose", {"perm": [1, 0]}), ("Transpose", {"perm": [1, 0]})], [[0, 1, 2], [3, 4, 5]]),
    ],
    ids=["transpose", "identity", "reshape", "flatten", "squeeze", "twice"],
)
def test_quantized_constants_keep_their_integers(steps: list[tuple[str, Any]], codes: list[list[int]]) -> None:
    net = Network()
    value = quantized_constant(net)
    for op_type, given in steps:
        if isinstance(given, list):
            value = net.node(op_type, value, net.constant(given, dtype=INT))
        else:
            value = net.node(op_type, value, **given)
    rows, columns = np.shape(codes)
    graph = read(net.model(net.node("MatMul", "x", value), ("N", rows), ("N", columns)))
    weights = graph.constants[graph.nodes[0].inputs[1]]
    assert weights.quantization is not None
    found = weights.quantization
    assert found.codes.tolist() == codes
    real = (found.codes - found.zero_point) * found.scale
    assert np.array_equal(np.broadcast_to(real, weights.values.shape), weights.values)


@pytest.mark.parametrize("form", ["plain", "clip", "quantize", "quantize clip", "no zero point", "transpose"])
def test_dequantized_constants_have_integers(form: str) -> None:
    net = Network()
    scale, zero = net.constant([0.5, 0.25]), net.constant([0, 1], dtype=np.int8)
    parameters = (scale,) if form == "no zero point" else (scale, zero)
    if form.startswith("quantize"):
        value = net.node("QuantizeLinear", net.constant([[0.1, 9], [1.2, -1]]), scale, zero, axis=1)
    else:
        value = net.constant([[0, 37], [2, -3]], dtype=np.int8)
    if form.endswith("clip"):
        value = net.node("Clip", value, *(net.constant(end, dtype=np.int8) for end in (-8, 7)))
    value = net.node("DequantizeLinear", value, *parameters, axis=1)
    if form == "transpose":
        value = net.node("Transpose", value)
    model = net.model(net.node("MatMul", "x", value), ("N", 2), ("N", 2))
    weights = read(model).constants[read(model).nodes[0].inputs[1]]
    assert weights.quantization is not None
    large = 7 if form.endswith("clip") else 37
    codes = np.array([[0, large], [2, -3]])
    assert np.array_equal(weights.quantization.codes, codes.T if form == "transpose" else codes)
    identity = np.eye(2, dtype=np.float32)
    assert np.array_equal(ours(model, identity), onnxruntime_result(model, identity))


def test_wide_bias_of_a_quantized_layer() -> None:
    """An int32 bias with its product scale, as QDQ exporters write it."""
    net = Network()
    bias = net.node("DequantizeLinear", net.constant([1 << 24 | 1, -7], dtype=np.int32), net.constant(0.125))
    model = net.model(net.node("Add", "x", bias), ("N", 2), ("N", 2))
    x = np.zeros((1, 2), np.float32)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    quantization = read(model).constants[bias].quantization
    assert quantization is not None and quantization.codes.tolist() == [1 << 24 | 1, -7]


def test_half_precision_weights() -> None:
    net = Network()
    weights = net.node("Cast", net.constant([[0.5], [0.25]], dtype=np.float16), to=1)
    assert ours(net.model(net.node("MatMul", "x", weights), ("N", 2), ("N", 1)), np.ones((1, 2), np.float32)) == 0.75


def test_operators_with_functions_of_their_own_are_not_inlined() -> None:
    """A file may carry a function with the body of a QONNX operator; the operator is known better than its body."""
    model = mlp(MlpSpec())
    body = [helper.make_node("Identity", ["x"], ["y"])]
    opsets = [helper.make_opsetid("", 13)]
    attributes = ["signed", "narrow", "rounding_mode"]
    model.functions.append(
        helper.make_function(QONNX, "Quant", ["x", "scale", "zero", "bits"], ["y"], body, opsets, attributes)
    )
    x = frames(model, 5)
    assert np.array_equal(ours(model, x), ours(mlp(MlpSpec()), x))


def test_every_reader_says_what_it_supports() -> None:
    assert all(reader.__doc__ and reader.__doc__.strip().endswith(".") for reader in READERS.values())
