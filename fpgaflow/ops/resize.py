"""Enlarging by repetition: ONNX's Resize and Upsample in mode nearest, with whole scales."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import Layout, ModelBuilder, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import has_input, integer_inputs, integers, numbers, text, unsupported
from fpgaflow.ops.window import check_size

# (elements of the result, scale, extent of the data, extent of the result) -> their places in the data.
Coordinates = Callable[[Array, int, int, int], Array]
Rounding = Callable[[Array], Array]

# float64 has the places that rounding depends on, whole and half ones, exactly.
COORDINATES: dict[str, Coordinates] = {
    "asymmetric": lambda i, scale, extent, length: i / scale,
    "half_pixel": lambda i, scale, extent, length: (i + 0.5) / scale - 0.5,
    "half_pixel_symmetric": lambda i, scale, extent, length: (i + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda i, scale, extent, length: (i + 0.5) / scale - 0.5 if length > 1 else 0.0 * i,
    "tf_half_pixel_for_nn": lambda i, scale, extent, length: (i + 0.5) / scale,
    "align_corners": lambda i, scale, extent, length: i * (extent - 1) / max(length - 1, 1),
}
ROUNDINGS: dict[str, Rounding] = {
    "round_prefer_floor": lambda places: np.ceil(places - 0.5),
    "round_prefer_ceil": lambda places: np.floor(places + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


@dataclass(frozen=True)
class Upsample(Layout):
    """Every element ``factors[axis]`` times along each axis of the frame. Source: ONNX Resize and Upsample, nearest."""

    factors: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(tuple(n * factor for n, factor in zip(types[0].shape, self.factors, strict=True)))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        for axis, factor in enumerate(self.factors, start=1):
            data = np.repeat(data, factor, axis=axis) if factor > 1 else data
        return data

    def write(self, node: Node, writer: ModelWriter) -> None:
        scales = writer.constant(np.array([1, *self.factors], dtype=np.float32))
        form: dict[str, Any] = {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
        writer.add("Resize", (*node.inputs, "", scales), node.name, **form)


@reads("Resize", "Upsample")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Mode nearest where every element is repeated a whole number of times; scales or sizes constant; not of the batch."""
    data = node.inputs[0]
    shape = builder.file_shape(data)
    if (mode := text(node, "mode", "nearest")) != "nearest":
        raise unsupported(
            node,
            f"{node.op_type} with mode '{mode}'",
            reason="interpolation is not supported",
            hint="use mode nearest, or DepthToSpace behind a convolution",
        )
    if builder.is_constant(data):
        raise unsupported(
            node,
            f"{node.op_type} of the constant '{data}' over a region that is computed from the network's input",
            reason="only whole frames are enlarged",
            hint="leave out the input roi, which only tf_crop_and_resize uses",
        )
    factors = _factors(node, builder, shape.dims)
    for extent, factor in zip(shape.dims, factors, strict=True):
        _check_repeats(node, extent, factor)
    if shape.batched and factors[0] != 1:
        raise ShapeError(f"{node.op_type} changes the batch of {shape}")
    frame = factors[1:] if shape.batched else factors
    if set(frame) <= {1}:
        builder.bind(node.outputs[0], data)
        return
    builder.bind(node.outputs[0], builder.add(Upsample(frame), (data,), node.outputs[0], node.loc))


def _factors(node: OnnxNode, builder: ModelBuilder, dims: tuple[int, ...]) -> tuple[int, ...]:
    """How many times as long every axis of the file's shape becomes. FF202 if that is no whole number."""
    axes = tuple(axis + len(dims) if axis < 0 else axis for axis in integers(node, "axes") or range(len(dims)))
    if len(set(axes)) < len(axes) or any(not 0 <= axis < len(dims) for axis in axes):
        raise ShapeError(f"axes {list(axes)} do not fit {len(dims)} axes")
    index = 1 if node.opset < 11 else 2
    if has_input(node, 3):
        sizes = integer_inputs(node, builder, 3)
        scales = [Fraction(size, dims[axis]) for axis, size in zip(axes, sizes, strict=False)]
    else:
        given = builder.constant(node, index).ravel() if node.opset >= 9 else np.array(numbers(node, "scales"))
        scales = [Fraction(float(scale)) if math.isfinite(scale) else Fraction(0) for scale in given]
    if len(scales) != len(axes):
        raise ShapeError(f"{node.op_type} has {len(scales)} scales for {len(axes)} axes")
    wrong = [scale for scale in scales if scale < 1 or scale.denominator != 1]
    if wrong:
        raise unsupported(
            node,
            f"{node.op_type} by {float(wrong[0]):g}",
            reason="only enlarging a whole number of times is supported",
            hint="shrink with a pool or a convolution with strides, enlarge by whole numbers",
        )
    by_axis = dict(zip(axes, scales, strict=True))
    return tuple(int(by_axis.get(axis, Fraction(1))) for axis in range(len(dims)))


def _check_repeats(node: OnnxNode, extent: int, factor: int) -> None:
    """FF202 unless element i of the result is element i // factor of the data; axes of the same length are left alone."""
    # Resize of operator set 10 and Upsample have no attributes for this.
    old = node.op_type == "Upsample" or node.opset < 11
    coordinates = "asymmetric" if old else text(node, "coordinate_transformation_mode", "half_pixel")
    nearest = "floor" if old else text(node, "nearest_mode", "round_prefer_floor")
    known = coordinates in COORDINATES and nearest in ROUNDINGS
    if not known or (factor > 1 and not _repeats(COORDINATES[coordinates], ROUNDINGS[nearest], extent, factor)):
        raise unsupported(
            node,
            f"{node.op_type} with coordinate_transformation_mode '{coordinates}' and nearest_mode '{nearest}'",
            reason=f"it does not repeat every one of {extent} elements {factor} times",
            hint="use 'asymmetric' with 'floor', or 'half_pixel' with 'round_prefer_floor'",
        )


def _repeats(coordinates: Coordinates, rounding: Rounding, extent: int, factor: int) -> bool:
    check_size([extent * factor])
    elements = np.arange(extent * factor)
    places = rounding(coordinates(elements, factor, extent, len(elements)))
    return np.array_equal(np.clip(places, 0, extent - 1), elements // factor)
