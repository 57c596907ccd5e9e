"""Softmax, LogSoftmax, ArgMax and TopK."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from fpgaflow.ops.top_k import TopK, TopKPart
from tests.models import Network
from tests.ops.single import onnxruntime_result, ours, read, single, values

INT64 = onnx.TensorProto.INT64


@pytest.mark.parametrize("op_type", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize(
    ("opset", "attributes"), [(11, {}), (11, {"axis": 2}), (11, {"axis": -1}), (13, {}), (13, {"axis": 1})]
)
def test_softmax(op_type: str, opset: int, attributes: dict[str, Any]) -> None:
    """Within a few units of the last place of onnxruntime, whose exp is an approximation; exactly what float64 gives."""
    x = values(40, 3, 4)
    model = single(op_type, (3, 4), opset=opset, **attributes)
    found, theirs = ours(model, x), onnxruntime_result(model, x)
    assert found.dtype == np.float32
    assert np.max(np.abs(found - theirs) / np.spacing(np.maximum(np.abs(theirs), 1))) <= 8
    along = (1, 2) if opset == 11 and not attributes else (attributes.get("axis", -1),)
    exponentials = np.exp(x.astype(np.float64))
    share = exponentials / exponentials.sum(axis=along, keepdims=True)
    want = share if op_type == "Softmax" else np.log(share)
    assert np.max(np.abs(found - want) / np.spacing(np.abs(found))) <= 1


@pytest.mark.parametrize("axis", [1, 2, -1])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("last", [0, 1])
def test_arg_max(axis: int, keepdims: int, last: int) -> None:
    x = np.random.default_rng(0).integers(0, 3, (100, 4, 5)).astype(np.float32)
    attributes = {"axis": axis, "keepdims": keepdims, "select_last_index": last}
    model = single("ArgMax", (4, 5), element=INT64, output_rank=2 + keepdims, **attributes)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("largest", [0, 1])
@pytest.mark.parametrize("axis", [1, -1])
def test_top_k(largest: int, axis: int) -> None:
    x = np.random.default_rng(0).integers(0, 9, (100, 4, 5)).astype(np.float32)
    net = Network()
    count = net.constant([2], dtype=np.int64)
    net.nodes.append(onnx.helper.make_node("TopK", ["x", count], ["v", "i"], axis=axis, largest=largest))
    model = net.model("v", ("N", 4, 5), (None,) * 3)
    model.graph.output.append(onnx.helper.make_tensor_value_info("i", INT64, (None,) * 3))
    graph = read(model)
    found = graph.evaluate({"x": x})
    theirs = [onnxruntime_result(model, x)]
    model.graph.output.reverse()
    theirs.append(onnxruntime_result(model, x))
    assert graph.outputs == ("v", "i")
    assert all(np.array_equal(found[name], want) for name, want in zip(graph.outputs, theirs, strict=True))


def test_top_k_indices_alone() -> None:
    net = Network()
    net.nodes.append(onnx.helper.make_node("TopK", ["x"], ["", "i"], k=3))
    graph = read(net.model("i", ("N", 5), (None, None), element=INT64, opset=9))
    (node,) = graph.nodes
    assert node.op == TopK(3, 0, True, TopKPart.INDICES)
    assert node.type.shape == (3,)
