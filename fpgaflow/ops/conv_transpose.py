"""Transposed convolution by constant weights: ONNX's ConvTranspose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, ShapeError, Spatial, Weighted, constant_like, reads
from fpgaflow.ops.conv import add_with_bias, convolve, group_count, kernel_weights
from fpgaflow.ops.reading import integers, unsupported
from fpgaflow.ops.window import (
    Window,
    WindowAxis,
    auto_pad,
    per_axis,
    read_window,
    section,
    spatial_extents,
    window_attributes,
)

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class ConvTranspose(Spatial, Weighted):
    """Every input element adds the kernel, times itself, to the result; inputs data, weights.

    Data (channels, *space), weights (channels, outputs / groups, *kernel). Along each axis the kernel of element i begins
    at ``i * stride - begin`` of the result, which has ``(extent - 1) * stride + reach - begin - end`` elements. What falls
    outside is left out. float32 products are summed in float64 and rounded once. Source: ONNX ConvTranspose.
    """

    window: Window
    groups: int

    def infer(self, *types: TensorType) -> TensorType:
        data, weights = (type_.shape for type_ in types)
        if data[0] != weights[0]:
            raise ShapeError(f"{data[0]} channels don't fit weights of shape {list(weights)}")
        extents = [result_extent(axis, extent) for axis, extent in zip(self.window, data[1:], strict=True)]
        if min(extents) < 1:
            raise ShapeError(f"the result would have the extents {extents}")
        return TensorType((weights[1] * self.groups, *extents))

    def evaluate(self, *values: Array) -> Array:
        data, weights = values
        # The same as a convolution, with the kernel reversed, over data with zeros between its elements.
        for dimension, axis in enumerate(self.window, start=2):
            data = _spread(data, dimension, axis.stride)
        window = tuple(
            replace(axis, stride=1, begin=axis.reach - 1 - axis.begin, end=axis.reach - 1 - axis.end)
            for axis in self.window
        )
        reverse = np.flip(weights, axis=tuple(range(2, weights.ndim)))
        grouped = reverse.reshape(self.groups, -1, *weights.shape[1:]).swapaxes(1, 2)
        return convolve(data, grouped.reshape(-1, *grouped.shape[2:]), window, self.groups)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        value, weights = inputs
        assert not isinstance(value, Constant) and isinstance(weights, Constant)
        return lowering.transposed_convolution(node, value, weights, self.window, self.groups)

    def write(self, node: Node, writer: ModelWriter) -> None:
        attributes = {**window_attributes(self.window), "output_padding": [max(-axis.end, 0) for axis in self.window]}
        writer.add("ConvTranspose", node.inputs, node.name, group=self.groups, **attributes)


def _spread(data: Array, dimension: int, stride: int) -> Array:
    """``stride - 1`` zeros between the elements along an axis."""
    extent = (data.shape[dimension] - 1) * stride + 1
    shape = (*data.shape[:dimension], extent, *data.shape[dimension + 1 :])
    result: Array = np.broadcast_to(constant_like(np.zeros(()), data), shape).copy()
    section(result, dimension, slice(None, None, stride))[...] = data
    return result


def result_extent(axis: WindowAxis, extent: int) -> int:
    """Elements of the result along an axis of ``extent`` elements."""
    return (extent - 1) * axis.stride + axis.reach - axis.begin - axis.end


@reads("ConvTranspose")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Weights constant; strides, dilations, pads, auto_pad, output_padding, output_shape, groups, a bias."""
    extents = spatial_extents(node, builder)
    weights = kernel_weights(node, builder, len(extents))
    groups = group_count(node, weights)
    op = ConvTranspose(_window(node, extents, weights.shape[2:]), groups)
    add_with_bias(node, builder, op, weights.shape[1] * groups)


def _window(node: OnnxNode, extents: tuple[int, ...], kernel: tuple[int, ...]) -> Window:
    """The window with padding that makes the wanted output shape."""
    rank = len(extents)
    window = read_window(node, extents, kernel)
    extra = per_axis(node, "output_padding", rank, least=0, default=0)
    mode = auto_pad(node)
    wanted = integers(node, "output_shape")
    if wanted is None and mode.startswith("SAME"):
        wanted = tuple(extent * axis.stride for extent, axis in zip(extents, window, strict=True))
    if wanted is None:
        return tuple(replace(axis, end=axis.end - more) for axis, more in zip(window, extra, strict=True))
    if len(wanted) not in (rank, rank + 2) or min(wanted[-rank:]) < 1:
        raise ShapeError(f"attribute 'output_shape' is {list(wanted)}, it must be {rank} positive numbers")
    found = []
    for axis, extent, more, length in zip(window, extents, extra, wanted[-rank:], strict=True):
        total = result_extent(replace(axis, begin=0, end=0), extent) + more - length
        if total < 0:
            raise unsupported(
                node,
                f"ConvTranspose makes {length} elements out of {extent} with a window of {axis.reach}",
                reason=f"without any padding these are {length + total} elements, and runtimes differ in what is missing",
                hint="give the padding with the attributes pads and output_padding",
            )
        begin = total // 2 if mode == "SAME_UPPER" else total - total // 2
        found.append(replace(axis, begin=begin, end=total - begin - more))
    return tuple(found)
