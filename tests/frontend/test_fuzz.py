"""Whatever the bytes, the reader gives a graph or a FlowError."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from fpgaflow.errors import FlowError
from fpgaflow.frontend.onnx_reader import read_model
from tests.models import Dialect, MlpSpec, Network, mlp
from tests.ops.single import onnxruntime_result, ours


def convolutions() -> onnx.ModelProto:
    """Every operator on images, in one network."""
    net = Network()
    int64 = np.int64
    value = net.node("Pad", "x", net.constant([0, 0, 1, 0, 0, 0, 0, 1], dtype=int64), net.constant(0.5))
    kernel = net.constant(np.ones((4, 1, 2, 2)))
    value = net.node("Conv", value, kernel, net.constant(np.ones(4)), group=2, pads=[0, 1, 1, 0], dilations=[1, 1])
    value = net.node("Add", value, net.node("MaxPool", value, kernel_shape=[2, 2], auto_pad="SAME_LOWER"))
    value = net.node("AveragePool", value, kernel_shape=[2, 2], strides=[2, 1], ceil_mode=1, count_include_pad=1)
    value = net.node("ConvTranspose", value, net.constant(np.ones((4, 2, 2, 2))), strides=[2, 2], output_padding=[1, 0])
    value = net.node("Resize", value, "", net.constant([1, 1, 2, 2]), mode="nearest", nearest_mode="round_prefer_ceil")
    value = net.node("DepthToSpace", net.node("SpaceToDepth", value, blocksize=2), blocksize=2, mode="CRD")
    names = ["left", "right"]
    net.nodes.append(helper.make_node("Split", [value, net.constant([1, 1], dtype=int64)], names, axis=1))
    value = net.node("Concat", *names, axis=-1)
    bounds = (net.constant(numbers, dtype=int64) for numbers in ([0, 0], [99, 1], [2, 3], [2, 1]))
    value = net.node("ReduceMean", net.node("Slice", value, *bounds), axes=[2, 3], keepdims=0)
    return net.model(net.node("Mul", value, value), ("N", 2, 5, 4), (None, None))


FILES = [
    *(mlp(MlpSpec(widths=(3, 2), dialect=dialect, batch_norm=True, head="Softmax")) for dialect in Dialect),
    convolutions(),
]
CONTENTS = [model.SerializeToString() for model in FILES]


def test_convolutions_are_sound() -> None:
    x = np.random.default_rng(0).integers(-9, 10, (3, 2, 5, 4)).astype(np.float32)
    assert np.array_equal(ours(FILES[-1], x), onnxruntime_result(FILES[-1], x))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A model with some bytes replaced, removed or cut off."""
    data = bytearray(draw(st.sampled_from(CONTENTS)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["replace", "insert", "remove", "cut"])):
            case "replace":
                data[place] = draw(st.integers(0, 255))
            case "insert":
                data[place:place] = draw(st.binary(max_size=4))
            case "remove":
                del data[place : place + draw(st.integers(1, 8))]
            case "cut":
                del data[max(place, 1) :]
        if not data:
            break
    return bytes(data)


@given(st.one_of(damaged(), st.binary(max_size=64)))
@settings(max_examples=300, deadline=None)
def test_never_a_traceback(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(data)
        try:
            read_model(path)
        except FlowError as error:
            assert str(error).startswith("error[FF")
