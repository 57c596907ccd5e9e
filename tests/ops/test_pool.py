"""MaxPool, AveragePool, their global forms, ReduceMean."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.errors import FlowError
from fpgaflow.ops.average_pool import AveragePool
from fpgaflow.ops.base import ShapeError
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.reduce_mean import ReduceMean
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.window import WindowAxis, pooled_shape
from tests.ops.single import check_exact, onnxruntime_result, ours, read, single, values
from tests.ops.windows import whole, windows

INT = np.int64


def refused(model: onnx.ModelProto) -> bool:
    """True if a window of the model lies in the padding alone, which onnxruntime makes numbers of."""
    try:
        read(model)
    except FlowError as error:
        assert "padding alone" in error.what
        return True
    return False


@given(
    st.builds(
        WindowAxis, st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.integers(0, 6), st.integers(0, 6)
    ),
    st.integers(1, 6),
)
@settings(max_examples=300, deadline=None)
def test_windows_in_the_padding_alone_are_refused(axis: WindowAxis, extent: int) -> None:
    if axis.positions(extent) < 1:
        return
    if np.all(axis.count(extent)):
        assert pooled_shape((axis,), (2, extent)) == (2, axis.positions(extent))
    else:
        with pytest.raises(ShapeError, match="padding alone"):
            pooled_shape((axis,), (2, extent))


@given(windows(pool=True), st.sampled_from([None, 0, 1]))
@settings(max_examples=100, deadline=None)
def test_max_pool_equals_onnxruntime(window: Any, ceil_mode: int | None) -> None:
    extents, attributes = window
    ceil = {} if ceil_mode is None else {"ceil_mode": ceil_mode}
    model = single("MaxPool", (2, *extents), output_rank=len(extents) + 2, **attributes, **ceil)
    x = values(3, 2, *extents)
    assert refused(model) or np.array_equal(ours(model, x), onnxruntime_result(model, x))


@given(windows(pool=True), st.sampled_from([None, 0, 1]), st.sampled_from([None, 0, 1]), st.sampled_from([13, 19]))
@settings(max_examples=100, deadline=None)
def test_average_pool_equals_onnxruntime(window: Any, ceil_mode: int | None, include: int | None, opset: int) -> None:
    extents, attributes = window
    given = {**attributes, "ceil_mode": ceil_mode, "count_include_pad": include}
    kept = {key: value for key, value in given.items() if value is not None and (opset >= 19 or key != "dilations")}
    model = single("AveragePool", (2, *extents), output_rank=len(extents) + 2, opset=opset, **kept)
    x = whole(3, 2, *extents)
    assert refused(model) or np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("extents", [(7,), (5, 3), (16, 16)])
@pytest.mark.parametrize("op_type", ["GlobalMaxPool", "GlobalAveragePool"])
def test_global_pools_equal_onnxruntime(op_type: str, extents: tuple[int, ...]) -> None:
    model = single(op_type, (3, *extents), output_rank=len(extents) + 2)
    x = whole(4, 3, *extents)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize("keepdims", [None, 0, 1])
@pytest.mark.parametrize("axes", [(2, 3), (-1, -2), (3,), (1,), (-3, 3), (1, 2, 3)])
@pytest.mark.parametrize("opset", [13, 18])
def test_reduce_mean_equals_onnxruntime(opset: int, axes: tuple[int, ...], keepdims: int | None) -> None:
    attributes: dict[str, Any] = {} if keepdims is None else {"keepdims": keepdims}
    constants = (np.array(axes, INT),) if opset >= 18 else ()
    if opset < 18:
        attributes["axes"] = list(axes)
    rank = 4 - (len(axes) if keepdims == 0 else 0)
    model = single("ReduceMean", (4, 5, 3), *constants, opset=opset, output_rank=rank, **attributes)
    x = whole(6, 4, 5, 3)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


def test_one_meaning_one_operator() -> None:
    """The mean over all spatial axes is an AveragePool however it is written."""
    pool = AveragePool((WindowAxis(5), WindowAxis(3)), ((0, 0), (0, 0)))
    frame, axes = (4, 5, 3), np.array([-1, -2], INT)
    (written,) = read(single("GlobalAveragePool", frame, output_rank=4)).nodes
    (mean,) = read(single("ReduceMean", frame, opset=13, output_rank=4, axes=[2, 3])).nodes
    flat, reshape = read(single("ReduceMean", frame, axes, opset=18, output_rank=2, keepdims=0)).nodes
    (window,) = read(single("AveragePool", frame, output_rank=4, kernel_shape=[5, 3])).nodes
    assert written.op == mean.op == flat.op == window.op == pool
    assert reshape.op == Reshape((4,))
    (other,) = read(single("ReduceMean", frame, opset=13, output_rank=4, axes=[1, 2])).nodes
    assert other.op == ReduceMean((0, 1))
    (largest,) = read(single("GlobalMaxPool", frame, output_rank=4)).nodes
    assert largest.op == MaxPool((WindowAxis(5), WindowAxis(3)))


def test_reduce_mean_without_axes() -> None:
    with pytest.raises(FlowError, match="works along the batch"):
        read(single("ReduceMean", (4, 5), opset=18))
    assert read(single("ReduceMean", (4, 5), opset=18, noop_with_empty_axes=1)).nodes == ()


@pytest.mark.parametrize(
    "model",
    [
        single(
            "MaxPool", (2, 6, 6), output_rank=4, kernel_shape=[3, 2], pads=[1, 1, 1, 0], strides=[2, 2], ceil_mode=1
        ),
        single("AveragePool", (2, 6, 6), output_rank=4, kernel_shape=[4, 2], pads=[2, 1, 1, 0], count_include_pad=1),
        single("GlobalAveragePool", (2, 6, 6), output_rank=4),
    ],
    ids=["max", "average", "global"],
)
def test_exact(model: onnx.ModelProto) -> None:
    x = 9 * whole(3, 2, 6, 6)
    check_exact(model, x)


def test_fractions() -> None:
    x = np.array([[[Fraction(1, 3), Fraction(1, 7), Fraction(-1, 2)]]], dtype=object)
    pool = AveragePool((WindowAxis(3, end=1, begin=1),), ((0, 0),))
    third = (Fraction(1, 3) + Fraction(1, 7) - Fraction(1, 2)) / 3
    assert pool.evaluate(x).tolist() == [[[(Fraction(1, 3) + Fraction(1, 7)) / 2, third, Fraction(-5, 28)]]]
    assert ReduceMean((1,)).evaluate(x).tolist() == [[[third]]]
    assert MaxPool((WindowAxis(2, begin=1),)).evaluate(x).tolist() == [
        [[Fraction(1, 3), Fraction(1, 3), Fraction(1, 7)]]
    ]


def test_means_of_float32_are_rounded_once() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 7)).astype(np.float32)
    exact = [[float(sum(map(Fraction, map(float, plane.ravel()))) / 49) for plane in frame] for frame in x]
    (found,) = read(single("GlobalAveragePool", (3, 7, 7), output_rank=4)).nodes
    assert np.array_equal(found.op.evaluate(x)[:, :, 0, 0], np.array(exact).astype(np.float32))
