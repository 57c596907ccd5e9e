"""Conv and ConvTranspose."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

from fpgaflow.errors import FlowError
from fpgaflow.ops import conv
from fpgaflow.ops.add import Add
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.conv_transpose import ConvTranspose
from fpgaflow.ops.window import WindowAxis
from tests.models import QONNX, Network
from tests.ops.single import check_exact, onnxruntime_result, ours, read, single
from tests.ops.windows import whole, windows

GROUPS = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))


@given(windows(), GROUPS, st.booleans())
@settings(max_examples=100, deadline=None)
def test_conv_equals_onnxruntime(window: Any, sizes: tuple[int, int, int], bias: bool) -> None:
    (extents, attributes), (groups, channels, outputs) = window, sizes
    weights = whole(groups * outputs, channels, *attributes["kernel_shape"], seed=1)
    constants = (weights, whole(groups * outputs, seed=2)) if bias else (weights,)
    frame = (groups * channels, *extents)
    model = single("Conv", frame, *constants, output_rank=len(frame) + 1, group=groups, **attributes)
    x = whole(3, *frame)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@given(windows(), GROUPS, st.booleans(), st.data())
@settings(max_examples=100, deadline=None)
def test_conv_transpose_equals_onnxruntime(
    window: Any, sizes: tuple[int, int, int], bias: bool, data: st.DataObject
) -> None:
    (extents, attributes), (groups, channels, outputs) = window, sizes
    kernel = attributes["kernel_shape"]
    strides, dilations = (attributes.get(name, [1] * len(kernel)) for name in ("strides", "dilations"))
    natural = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(extents, strides, kernel, dilations, strict=True)]
    if attributes.get("auto_pad", "").startswith("SAME"):
        attributes["strides"] = [min(s, k) for s, k in zip(strides, kernel, strict=True)]
    elif "pads" not in attributes and data.draw(st.booleans()):
        attributes["output_shape"] = [max(n - data.draw(st.integers(0, 3)), 1) for n in natural]
    elif data.draw(st.booleans()):
        attributes["output_padding"] = [data.draw(st.integers(0, s - 1)) for s in strides]
    pads = attributes.get("pads", [0] * 2 * len(kernel))
    if any(n - pads[i] - pads[len(kernel) + i] < 1 for i, n in enumerate(natural)):
        del attributes["pads"]
    weights = whole(groups * channels, outputs, *kernel, seed=1)
    constants = (weights, whole(groups * outputs, seed=2)) if bias else (weights,)
    frame = (groups * channels, *extents)
    model = single("ConvTranspose", frame, *constants, output_rank=len(frame) + 1, group=groups, **attributes)
    x = whole(3, *frame)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
def test_padding_of_dilated_windows(mode: str) -> None:
    """onnxruntime refuses this form; ONNX's own evaluator takes it."""
    for extent in range(1, 9):
        attributes = {"auto_pad": mode, "dilations": [2], "strides": [2], "kernel_shape": [3]}
        model = single("Conv", (2, extent), whole(3, 2, 3), output_rank=3, **attributes)
        x = whole(1, 2, extent, seed=1)
        assert np.array_equal(ours(model, x), ReferenceEvaluator(model).run(None, {"x": x})[0])


def test_structure() -> None:
    """Bias becomes an Add; depthwise with a multiplier are as many groups as channels."""
    frame, weights = (4, 9, 9), whole(8, 1, 3, 3)
    graph = read(single("Conv", frame, weights, whole(8), output_rank=4, group=4, pads=[1, 1, 0, 2], strides=[2, 1]))
    product, bias = graph.nodes
    height, width = WindowAxis(3, stride=2, begin=1), WindowAxis(3, begin=1, end=2)
    assert product.op == Conv((height, width), 4) and product.type.shape == (8, 4, 10)
    assert (product.name, bias.name, bias.op) == ("conv_0_conv", "conv_0", Add())
    assert graph.constants[bias.inputs[1]].values.shape == (8, 1, 1)
    transposed = read(single("ConvTranspose", (4, 5), whole(4, 2, 3), output_rank=3, strides=[2], pads=[1, 0]))
    assert transposed.nodes[0].op == ConvTranspose((WindowAxis(3, stride=2, begin=1),), 1)


def test_quantized_weights_and_bias_keep_their_integers() -> None:
    net = Network()

    def quantized(values: np.ndarray, scale: np.ndarray) -> str:
        parameters = (net.constant(scale), net.constant(0), net.constant(4))
        return net.node("Quant", net.constant(values), *parameters, domain=QONNX, signed=1, narrow=0)

    weights, bias = np.arange(-8, 8).reshape(2, 2, 2, 2), np.array([3, -5])
    scale = np.array([0.5, 0.25])
    value = net.node(
        "Conv",
        "x",
        quantized(weights * scale.reshape(2, 1, 1, 1), scale.reshape(2, 1, 1, 1)),
        quantized(bias / 4, 0.25),
    )
    graph = read(net.model(value, ("N", 2, 5, 5), (None,) * 4))
    product, added = (graph.constants[node.inputs[1]] for node in graph.nodes)
    assert product.quantization is not None and added.quantization is not None
    assert np.array_equal(product.quantization.codes, weights)
    assert np.array_equal(added.quantization.codes, bias.reshape(2, 1, 1))


@pytest.mark.parametrize("op_type", ["Conv", "ConvTranspose"])
def test_exact(op_type: str) -> None:
    attributes = {"strides": [2, 1], "dilations": [1, 2], "pads": [1, 0, 1, 1], "group": 2}
    model = single(op_type, (4, 5, 5), whole(4, 2, 3, 2) / 8, output_rank=4, **attributes)
    check_exact(model, whole(2, 4, 5, 5) / 4)


def test_float32_sums_are_rounded_once_and_alike_in_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, weights = (rng.normal(size=shape).astype(np.float32) for shape in ((16, 33, 4, 4), (7, 33, 3, 3)))
    op = Conv((WindowAxis(3), WindowAxis(3)), 1)
    together = op.evaluate(x, weights)
    pairs = zip(x[0, :, :3, :3].ravel(), weights[2].ravel(), strict=True)
    exact = sum(Fraction(float(a)) * Fraction(float(b)) for a, b in pairs)
    assert together[0, 2, 0, 0] == np.float32(float(exact))
    monkeypatch.setattr(conv, "UNROLLED", 5 * prod((33, 9, 4)))
    assert np.array_equal(together, op.evaluate(x, weights))


@pytest.mark.parametrize("channels", [3, 4])
def test_channels_must_fit(channels: int) -> None:
    model = single("Conv", (channels, 5), whole(4, 2, 3), output_rank=3, group=2)
    if channels == 4:
        assert read(model).nodes
    else:
        with pytest.raises(FlowError, match="3 channels, but"):
            read(model)
