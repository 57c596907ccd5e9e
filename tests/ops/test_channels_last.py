"""QONNX's channels-last operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fpgaflow.errors import FlowError
from fpgaflow.ops.transpose import Transpose
from tests.models import Network
from tests.ops.single import onnxruntime_result, ours, read, single, values
from tests.ops.windows import whole

DOMAIN = "qonnx.custom_op.channels_last"
WINDOW: dict[str, Any] = {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 0, 1]}


def channels_last(data: np.ndarray) -> np.ndarray:
    return np.moveaxis(data, 1, -1)


@pytest.mark.parametrize("bias", [False, True])
def test_conv(bias: bool) -> None:
    weights, extra = whole(6, 2, 3, 2), (whole(6, seed=2),) if bias else ()
    plain = single("Conv", (4, 7, 6), weights, *extra, output_rank=4, group=2, **WINDOW)
    model = single("Conv", (7, 6, 4), channels_last(weights), *extra, output_rank=4, domain=DOMAIN, group=2, **WINDOW)
    x = whole(3, 4, 7, 6)
    assert np.array_equal(ours(model, channels_last(x)), channels_last(onnxruntime_result(plain, x)))


def test_conv_over_one_axis() -> None:
    weights = whole(6, 4, 3)
    plain = single("Conv", (4, 9), weights, output_rank=3, dilations=[2])
    model = single("Conv", (9, 4), channels_last(weights), output_rank=3, domain=DOMAIN, dilations=[2])
    x = whole(3, 4, 9)
    assert np.array_equal(ours(model, channels_last(x)), channels_last(onnxruntime_result(plain, x)))


@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool"])
def test_pools(op_type: str) -> None:
    plain = single(op_type, (4, 7, 6), output_rank=4, **WINDOW)
    model = single(op_type, (7, 6, 4), output_rank=4, domain=DOMAIN, **WINDOW)
    x = whole(3, 4, 7, 6)
    assert np.array_equal(ours(model, channels_last(x)), channels_last(onnxruntime_result(plain, x)))
    first, _, last = (node.op for node in read(model).nodes)
    assert (first, last) == (Transpose((2, 0, 1)), Transpose((1, 2, 0)))


def test_batch_normalization() -> None:
    parameters = [np.float32(p) for p in ([1, -2, 0.5], [0, 1, 2], [0.25, 3, -1], [1, 4, 2])]
    plain = single("BatchNormalization", (3, 5, 4), *parameters, output_rank=4)
    model = single("BatchNormalization", (5, 4, 3), *parameters, output_rank=4, domain=DOMAIN)
    x = values(3, 3, 5, 4)
    assert np.array_equal(ours(model, channels_last(x)), channels_last(onnxruntime_result(plain, x)))
    assert len(read(model).nodes) == 1


@pytest.mark.parametrize(
    ("op_type", "constants", "text"),
    [("MaxPool", (), "channels"), ("Conv", (whole(3, 3),), "weights"), ("Conv", (whole(3, 3, 3),), "channels")],
)
def test_shapes_must_fit(op_type: str, constants: tuple[Any, ...], text: str) -> None:
    with pytest.raises(FlowError, match=text):
        read(single(op_type, (4,), *constants, domain=DOMAIN, kernel_shape=[2]))


def test_only_data_is_convolved() -> None:
    net = Network()
    value = net.node("Conv", net.constant(whole(1, 9, 4)), net.constant(whole(2, 3, 4)), domain=DOMAIN)
    with pytest.raises(FlowError, match="channels"):
        read(net.model(value, ("N", 9, 4), (None,) * 3))
