"""DepthToSpace, SpaceToDepth, Resize, Upsample: more and fewer pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.frames import random_frames
from fpgaflow.ops.depth_to_space import DepthToSpace
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.resize import COORDINATES, ROUNDINGS, Upsample
from fpgaflow.passes.lower import lower
from tests.models import QONNX, Network
from tests.ops.single import check_exact, onnxruntime_result, ours, read, single, values

INT = np.int64


@pytest.mark.parametrize("mode", [None, "DCR", "CRD"])
@pytest.mark.parametrize("block", [1, 2, 3])
def test_depth_to_space_equals_onnxruntime(block: int, mode: str | None) -> None:
    frame = (2 * block**2, 3, 4)
    attributes = {} if mode is None else {"mode": mode}
    model = single("DepthToSpace", frame, output_rank=4, blocksize=block, **attributes)
    x = values(3, *frame)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    check_exact(model, np.rint(x))


def test_pixels_are_moved_on_the_host_at_the_networks_end() -> None:
    net = Network()
    codes = [
        net.node("Quant", source, *(net.constant(p) for p in (0.5, 0, 4)), domain=QONNX, signed=1, narrow=0)
        for source in ("x", net.constant(np.arange(-16, 16).reshape(4, 8) / 4))
    ]
    image = net.node("Reshape", net.node("MatMul", *codes), net.constant([0, 4, 1, 2], dtype=INT))
    model = read(net.model(net.node("DepthToSpace", image, blocksize=2), ("N", 4), (None,) * 4))
    lowered = lower(model, {})
    assert [type(node.op) for node in lowered.tail.nodes][1:] == [Reshape, DepthToSpace]
    found = compare_with_reference(model, lowered, random_frames(lowered.head, 20, seed=0))
    assert found.equal == found.outputs


@pytest.mark.parametrize("block", [1, 2, 3])
def test_space_to_depth_equals_onnxruntime(block: int) -> None:
    frame = (2, 3 * block, 4 * block)
    model = single("SpaceToDepth", frame, output_rank=4, blocksize=block)
    x = values(3, *frame)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    check_exact(model, np.rint(x))


@pytest.mark.parametrize(
    ("op_type", "frame", "attributes"),
    [
        ("DepthToSpace", (6, 4, 4), {"blocksize": 2}),
        ("DepthToSpace", (4, 4), {"blocksize": 2}),
        ("SpaceToDepth", (4, 5, 4), {"blocksize": 2}),
        ("SpaceToDepth", (4, 4, 4), {"blocksize": 0}),
        ("DepthToSpace", (4, 4, 4), {"blocksize": 2, "mode": "RCD"}),
    ],
)
def test_what_does_not_fit(op_type: str, frame: tuple[int, ...], attributes: dict[str, Any]) -> None:
    with pytest.raises(FlowError, match=r"blocks of|mode 'RCD'"):
        read(single(op_type, frame, output_rank=len(frame) + 1, **attributes))


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=2),
    st.lists(st.integers(1, 6), min_size=2, max_size=2),
    st.sampled_from(sorted(COORDINATES)),
    st.sampled_from(sorted(ROUNDINGS)),
    st.sampled_from([11, 13, 19]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_resize_equals_onnxruntime(
    factors: list[int], extents: list[int], coordinates: str, nearest: str, opset: int, by_sizes: bool
) -> None:
    """Whatever the rule for coordinates: either it repeats elements, as onnxruntime does, or it is refused."""
    if (coordinates == "tf_half_pixel_for_nn" and opset > 11) or (coordinates == "half_pixel_symmetric" and opset < 19):
        return
    sizes = np.array([3, 2, *(f * n for f, n in zip(factors, extents, strict=True))], INT)
    net = Network()
    empty = net.constant([])
    inputs = (empty, empty, net.constant(sizes, dtype=INT)) if by_sizes else (empty, net.constant([1, 1, *factors]))
    value = net.node(
        "Resize", "x", *inputs, mode="nearest", coordinate_transformation_mode=coordinates, nearest_mode=nearest
    )
    model = net.model(value, (3, 2, *extents), (None,) * 4, opset=opset)
    x = values(3, 2, *extents)
    wanted = onnxruntime_result(model, x)
    repeated = np.repeat(np.repeat(x, factors[0], axis=2), factors[1], axis=3)
    try:
        found = ours(model, x)
    except FlowError as error:
        assert "does not repeat" in error.reason
        return
    assert np.array_equal(found, wanted) and np.array_equal(found, repeated)


@pytest.mark.parametrize(
    ("coordinates", "nearest"),
    [("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("pytorch_half_pixel", "round_prefer_ceil")],
)
def test_what_exporters_write_is_read(coordinates: str, nearest: str) -> None:
    for factor in (2, 3, 4):
        model = single(
            "Resize", (2, 4, 5), "x", "", np.float32([1, 1, factor, 2]), output_rank=4, opset=13,
            mode="nearest", coordinate_transformation_mode=coordinates, nearest_mode=nearest,
        )  # fmt: skip
        assert [node.op for node in read(model).nodes] == [Upsample((1, factor, 2))]


@pytest.mark.parametrize("opset", [7, 9, 10])
def test_old_forms_equal_onnxruntime(opset: int) -> None:
    op_type = "Resize" if opset == 10 else "Upsample"
    scales = np.float32([1, 1, 2, 3])
    constants, attributes = ((), {"scales": scales.tolist()}) if opset == 7 else ((scales,), {})
    model = single(op_type, (2, 4, 5), *constants, output_rank=4, opset=opset, mode="nearest", **attributes)
    x = values(3, 2, 4, 5)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))
    check_exact(model, np.rint(x))


def test_axes_of_resize() -> None:
    sizes = np.array([12, 10], INT)
    model = single("Resize", (2, 4, 5), "x", "", "", sizes, output_rank=4, opset=18, mode="nearest", axes=[2, -1])
    x = values(3, 2, 4, 5)
    assert np.array_equal(ours(model, x), onnxruntime_result(model, x))


@pytest.mark.parametrize(
    ("scales", "attributes", "text"),
    [
        ((1, 1, 2, 2), {"mode": "linear"}, "mode 'linear'"),
        ((1, 1, 1.5, 2), {"mode": "nearest"}, "by 1.5"),
        ((1, 1, 0.5, 1), {"mode": "nearest"}, "by 0.5"),
        ((2, 1, 1, 1), {"mode": "nearest"}, "changes the batch"),
        ((1, 2, 2), {"mode": "nearest"}, "3 scales for 4 axes"),
        ((1, 1, 2, 2), {"mode": "nearest", "nearest_mode": "floor"}, "nearest_mode 'floor'"),
        ((1, 1, 2, 2), {"mode": "nearest", "coordinate_transformation_mode": "tf_crop_and_resize"}, "tf_crop"),
    ],
)
def test_what_resize_refuses(scales: tuple[float, ...], attributes: dict[str, str], text: str) -> None:
    model = single("Resize", (2, 4, 4), "x", "", np.float32(scales), output_rank=4, opset=13, **attributes)
    with pytest.raises(FlowError, match=text):
        read(model)
