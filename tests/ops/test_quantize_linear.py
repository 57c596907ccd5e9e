"""QuantizeLinear, DequantizeLinear, and both with a Clip between."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import helper

from fpgaflow.ops.base import Quantizer
from fpgaflow.ops.dequantize_linear import DequantizeLinear
from fpgaflow.ops.quantize_linear import QuantizeDequantize, QuantizeLinear
from tests.models import Network
from tests.ops.single import fractions, onnxruntime_result, ours, read, single, values

TYPES = [np.int8, np.uint8, np.int16, np.uint16, ml_dtypes.int4, ml_dtypes.uint4]
SCALES = np.array([0.25, 0.1, 1.0, 0.0371], np.float32)


def pair(
    scale: Any, zero_point: Any, clip: tuple[int, int] | None = None, opset: int = 21, **attributes: Any
) -> onnx.ModelProto:
    net = Network()
    dtype = zero_point.dtype
    names = net.constant(scale, "scale"), net.constant(zero_point, "zero", dtype)
    value = net.node("QuantizeLinear", "x", *names, **attributes)
    if clip is not None:
        value = net.node("Clip", value, *(net.constant(end, "end", dtype) for end in clip))
    value = net.node("DequantizeLinear", value, *names, **attributes)
    return net.model(value, ("N", 4), ("N", 4), opset=opset)


def with_ties(dtype: Any) -> np.ndarray:
    info = ml_dtypes.iinfo(dtype)
    spread = values(100, 4, spread=10)
    ties = ((np.arange(-40, 40) + 0.5)[:, None] * SCALES).astype(np.float32)
    ends = np.array([[info.min], [info.max], [info.max + 1], [-1e8], [1e8]], np.float32) * SCALES
    return np.concatenate([spread, ties, ends])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("channels", [False, True])
def test_pair_equals_onnxruntime(dtype: Any, channels: bool) -> None:
    scale = SCALES if channels else SCALES[1]
    zero = np.array([0, 1, 2, 3] if channels else 3, dtype)
    model = pair(scale, zero, axis=1)
    x = with_ties(dtype)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    (node,) = read(model).nodes
    info = ml_dtypes.iinfo(dtype)
    assert node.op == QuantizeDequantize(int(info.min), int(info.max))


@pytest.mark.parametrize("opset", [10, 13, 19, 21, 23])
@pytest.mark.parametrize("dtype", TYPES[:2])
def test_operator_sets(opset: int, dtype: Any) -> None:
    model = pair(SCALES[1], np.array(3, dtype), opset=opset)
    x = with_ties(dtype)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize(("dtype", "clip"), [(np.int8, (-8, 7)), (np.uint8, (0, 15)), (np.int8, (-7, 7))])
def test_clip_narrows_the_integers(dtype: Any, clip: tuple[int, int]) -> None:
    model = pair(SCALES[1], np.array(0, dtype), clip, opset=13)
    x = with_ties(dtype)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    (node,) = read(model).nodes
    assert node.op == QuantizeDequantize(*clip)


@pytest.mark.parametrize("dtype", TYPES)
def test_codes_and_grid(dtype: Any) -> None:
    graph = read(pair(SCALES, np.array([0, 1, 2, 3], dtype), axis=1))
    (node,) = graph.nodes
    op, constants = node.op, [graph.constants[name].values for name in node.inputs[1:]]
    assert isinstance(op, Quantizer)
    x = with_ties(dtype)
    codes = op.codes(x, *constants)
    low, high = op.bounds(*constants)
    assert codes.dtype == np.float32 and codes.min() == low and codes.max() == high
    scale, offset = op.grid(*constants)
    assert np.array_equal((codes * scale + offset).astype(np.float32), op.evaluate(x, *constants))


def test_exact() -> None:
    graph = read(pair(np.float32(0.25), np.array(1, np.int8)))
    x = (np.arange(-40, 40) / 16).reshape(-1, 4)
    exact = graph.evaluate({"x": fractions(x)})[graph.outputs[0]]
    assert np.array_equal(exact.astype(np.float64), graph.evaluate({"x": x})[graph.outputs[0]])


@pytest.mark.parametrize("dtype", TYPES[:4])
def test_quantize_alone_gives_the_integers(dtype: Any) -> None:
    model = single(
        "QuantizeLinear",
        (4,),
        SCALES[0],
        np.array(3, dtype),
        opset=21,
        element=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)),
    )
    x = with_ties(dtype)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    assert type(read(model).nodes[0].op) is QuantizeLinear


def test_quantize_without_zero_point_is_to_uint8() -> None:
    model = single("QuantizeLinear", (4,), SCALES[0], opset=13, element=onnx.TensorProto.UINT8)
    x = with_ties(np.uint8)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


def test_output_type() -> None:
    model = single("QuantizeLinear", (4,), SCALES[0], opset=21, element=5, output_dtype=5)
    x = with_ties(np.int16)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize(("dtype", "element"), [(np.uint8, 2), (np.int8, 3)])
def test_integer_input(dtype: Any, element: int) -> None:
    """An integer input passes a quantizer of its type, then DequantizeLinear is an ordinary affine function."""
    model = single("DequantizeLinear", (4,), SCALES[1], np.array(3, dtype))
    model.graph.input[0].type.tensor_type.elem_type = element
    info = np.iinfo(dtype)
    x = np.random.default_rng(0).integers(info.min, info.max + 1, (50, 4)).astype(dtype)
    graph = read(model)
    assert [type(node.op).__name__ for node in graph.nodes] == ["Quant", "DequantizeLinear"]
    assert np.array_equal(ours(model, x.astype(np.float32)), onnxruntime_result(model, x))


def test_other_scale_behind_it() -> None:
    """DequantizeLinear with another scale than QuantizeLinear's is no pair."""
    net = Network()
    zero = net.constant(0, "zero", np.int8)
    value = net.node("QuantizeLinear", "x", net.constant(0.5, "scale"), zero)
    value = net.node("DequantizeLinear", value, net.constant(0.25, "scale"), zero)
    model = net.model(value, ("N", 4), ("N", 4))
    x = with_ties(np.int8)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    assert [type(node.op) for node in read(model).nodes] == [QuantizeLinear, DequantizeLinear]
