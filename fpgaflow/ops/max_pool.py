"""Largest value of each window: ONNX's MaxPool and GlobalMaxPool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Spatial, reads
from fpgaflow.ops.reading import unsupported
from fpgaflow.ops.window import (
    Window,
    WindowAxis,
    auto_pad,
    kernel_shape,
    padded,
    pooled_shape,
    read_window,
    reduce_windows,
    spatial_extents,
    window_attributes,
    with_ceil_mode,
)

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class MaxPool(Spatial):
    """Largest value under the window, channel by channel; padding never counts. Source: ONNX MaxPool, GlobalMaxPool."""

    window: Window

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(pooled_shape(self.window, types[0].shape))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return reduce_windows(padded(data, self.window, -np.inf), self.window, np.maximum)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        (value,) = inputs
        assert not isinstance(value, Constant)
        return lowering.max_pool(node, value, self.window)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("MaxPool", node.inputs, node.name, **window_attributes(self.window))


@reads("MaxPool")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Strides, dilations, pads, auto_pad, ceil_mode; without the output of indices."""
    extents = spatial_extents(node, builder)
    window = pool_window(node, extents)
    op = MaxPool(with_ceil_mode(node, window, extents))
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))


@reads("GlobalMaxPool")
def read_global(node: OnnxNode, builder: ModelBuilder) -> None:
    """A MaxPool with a window as large as the frame."""
    op = MaxPool(tuple(WindowAxis(extent) for extent in spatial_extents(node, builder)))
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))


def pool_window(node: OnnxNode, extents: tuple[int, ...]) -> Window:
    """The attributes kernel_shape, strides, dilations, pads and auto_pad."""
    kernel = kernel_shape(node, len(extents))
    if kernel is None:
        raise unsupported(
            node,
            f"{node.op_type} has no attribute 'kernel_shape'",
            reason="without it the size of the window is not known",
            hint="export the model again with a current exporter",
        )
    window = read_window(node, extents, kernel)
    same = auto_pad(node).startswith("SAME")
    if same and any(axis.dilation > 1 or axis.stride > axis.kernel for axis in window):
        raise unsupported(
            node,
            f"{node.op_type} with auto_pad '{auto_pad(node)}', and dilations or strides larger than the window",
            reason="ONNX and onnxruntime do not agree on the padding",
            hint="give the padding with the attribute pads",
        )
    return window
