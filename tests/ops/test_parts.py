"""Concat, Slice, Split, Pad: frames put together, cut and enlarged."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from fpgaflow.errors import FlowError
from fpgaflow.ops.concat import Concat
from fpgaflow.ops.slice import Slice
from tests.models import Network
from tests.ops.single import check_exact, onnxruntime_result, ours, read, single, values
from tests.ops.windows import whole

INT = np.int64
FRAME = (6, 5, 4)


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_concat_equals_onnxruntime(axis: int) -> None:
    net = Network()
    value = net.node("Concat", "x", net.node("Relu", "x"), "x", axis=axis)
    model = net.model(value, ("N", *FRAME), (None,) * 4)
    x = values(3, *FRAME)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    assert read(model).nodes[-1].op == Concat(axis % 4 - 1)
    check_exact(model, np.rint(x))


def test_concat_of_one_value_is_nothing() -> None:
    assert read(single("Concat", (3,), axis=1)).nodes == ()


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (("x", "c"), "the constant 'c'"),
        (("x", "wide"), "don't fit side by side"),
        (("x", "alone"), "[1, 3, 4], [3, 4]"),
    ],
)
def test_what_concat_refuses(inputs: tuple[str, ...], text: str) -> None:
    net = Network()
    net.initializers.append(onnx.numpy_helper.from_array(np.zeros((1, 3, 4), np.float32), "c"))
    net.initializers.append(onnx.numpy_helper.from_array(np.array([0], INT), "first"))
    net.nodes.append(helper.make_node("Transpose", ["x"], ["wide"], perm=[0, 2, 1]))
    net.nodes.append(helper.make_node("Squeeze", ["x", "first"], ["alone"]))
    with pytest.raises(FlowError) as error:
        read(net.model(net.node("Concat", *inputs, axis=1), (1, 3, 4), (None,) * 3))
    assert text in str(error.value)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_slice_equals_onnxruntime(data: st.DataObject) -> None:
    axes = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
    starts, ends, steps, expected = [], [], [], list(FRAME)
    for axis in axes:
        extent = FRAME[axis - 1]
        place = st.one_of(st.integers(-extent - 2, extent + 2), st.sampled_from([-(1 << 63), (1 << 63) - 1]))
        start, end, step = data.draw(
            st.tuples(place, place, st.sampled_from([1, 2, -1, -2])).filter(
                lambda given, extent=extent: range(*slice(*given).indices(extent))
            )
        )
        starts, ends, steps = [*starts, start], [*ends, end], [*steps, step]
        expected[axis - 1] = len(range(*slice(start, end, step).indices(extent)))
    signed = [data.draw(st.sampled_from([axis, axis - 4])) for axis in axes]
    model = single("Slice", FRAME, *(np.array(part, INT) for part in (starts, ends, signed, steps)), output_rank=4)
    x = values(3, *FRAME)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    graph = read(model)
    assert graph.type_of(graph.outputs[0]).shape == tuple(expected)


def test_slice_with_attributes_and_whole_axes() -> None:
    """Axes of which nothing is cut off leave no node, the batch among them."""
    model = single("Slice", FRAME, opset=9, output_rank=4, starts=[0, 1, 0], ends=[1 << 31, 3, 99], axes=[0, 1, 2])
    x = values(3, *FRAME)
    (node,) = read(model).nodes
    assert node.op == Slice(0, 1, 2)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    with pytest.raises(FlowError, match="works along the batch"):
        read(single("Slice", FRAME, *(np.array([n], INT) for n in (0, 1, 0)), output_rank=4))
    with pytest.raises(FlowError, match="is empty"):
        read(single("Slice", FRAME, *(np.array([n], INT) for n in (3, 3, 1)), output_rank=4))


SPLITS: list[tuple[int, tuple[int, ...], int, dict[str, Any], tuple[int, ...]]] = [
    # operator set, sizes as input, number of outputs, attributes, sizes
    (11, (), 3, {"axis": 1}, (2, 2, 2)),
    (11, (), 2, {"axis": 1, "split": [4, 2]}, (4, 2)),
    (13, (1, 2, 3), 3, {"axis": -3}, (1, 2, 3)),
    (13, (), 2, {"axis": 1}, (3, 3)),
    (18, (), 3, {"axis": 2, "num_outputs": 3}, (2, 2, 1)),
    (18, (), 1, {"axis": 1, "num_outputs": 1}, (6,)),
]


@pytest.mark.parametrize(("opset", "given_sizes", "outputs", "attributes", "sizes"), SPLITS)
def test_split_equals_onnxruntime(
    opset: int, given_sizes: tuple[int, ...], outputs: int, attributes: dict[str, Any], sizes: tuple[int, ...]
) -> None:
    x = values(3, *FRAME)
    for wanted in range(outputs):
        net = Network()
        inputs = ["x", net.constant(given_sizes, dtype=INT)] if given_sizes else ["x"]
        names = [f"part_{index}" for index in range(outputs)]
        net.nodes.append(helper.make_node("Split", inputs, names, name="split", **attributes))
        model = net.model(names[wanted], ("N", *FRAME), (None,) * 4, opset=opset)
        assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
        graph = read(model)
        assert len(graph.nodes) == (outputs > 1)
        assert graph.type_of(graph.outputs[0]).shape[attributes["axis"] % 4 - 1] == sizes[wanted]


def test_split_without_some_outputs() -> None:
    """Outputs may have no name, or no reader."""
    net = Network()
    net.nodes.append(helper.make_node("Split", ["x"], ["a", "", "c"], name="split", axis=1))
    graph = read(net.model("c", ("N", 6), (None, None)))
    assert [(node.name, node.op, node.loc.node) for node in graph.nodes] == [("c", Slice(0, 4, 2), "split")]


@given(st.lists(st.integers(-1, 3), min_size=6, max_size=6), st.sampled_from([None, 0.5, -2.0]))
@settings(max_examples=100, deadline=None)
def test_pad_equals_onnxruntime(pads: list[int], value: float | None) -> None:
    """Negative padding takes elements away."""
    whole_shape = np.array([0, *pads[:3], 0, *pads[3:]], INT)
    constants: tuple[Any, ...] = (whole_shape,) if value is None else (whole_shape, np.float32(value))
    model = single("Pad", FRAME, *constants, output_rank=4, mode="constant")
    x = whole(3, *FRAME)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    check_exact(model, x)
    assert len(read(model).nodes) == any(pads)


def test_forms_of_pad() -> None:
    x = values(3, *FRAME)
    axes = single("Pad", FRAME, np.array([1, 2, 0, 3], INT), "", np.array([-1, 2], INT), opset=18, output_rank=4)
    # An empty name between the constants stands for a missing value.
    old = single("Pad", FRAME, opset=9, output_rank=4, pads=[0, 1, 0, 2, 0, 0, 3, 0], value=1.5)
    for model in (axes, old):
        assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (single("Pad", FRAME, np.zeros(8, INT), output_rank=4, mode="reflect"), "mode 'reflect'"),
        (single("Pad", FRAME, np.array([1, 0, 0, 0, 0, 0, 0, 0], INT), output_rank=4), "adds frames to the batch"),
        (single("Pad", FRAME, np.array([0, -3, 0, 0, 0, -3, 0, 0], INT), output_rank=4), "nothing is left"),
    ],
)
def test_what_pad_refuses(model: onnx.ModelProto, text: str) -> None:
    with pytest.raises(FlowError, match=text):
        read(model)
