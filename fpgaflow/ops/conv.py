"""Convolution by constant weights: ONNX's Conv."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.add import Add
from fpgaflow.ops.base import (
    ModelBuilder,
    ModelOp,
    ModelWriter,
    OnnxNode,
    ShapeError,
    Spatial,
    Weighted,
    constant_like,
    reads,
)
from fpgaflow.ops.reading import finite, has_input, integer
from fpgaflow.ops.window import (
    Window,
    kernel_shape,
    padded,
    positions,
    read_window,
    spatial_extents,
    taps,
    window_attributes,
)

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value

# Elements of data unrolled at a time; more would not stay in the cache.
UNROLLED = 1 << 22


@dataclass(frozen=True)
class Conv(Spatial, Weighted):
    """Data (channels, *space) convolved with weights (outputs, channels / groups, *kernel); inputs data, weights.

    Outputs and channels are split evenly into ``groups``, each output sees the channels of its group alone. Padding is zero.
    float32 products are summed in float64 and rounded once, as for MatMul. Source: ONNX Conv.
    """

    window: Window
    groups: int

    def infer(self, *types: TensorType) -> TensorType:
        data, weights = (type_.shape for type_ in types)
        channels = weights[1] * self.groups
        if data[0] != channels:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ShapeError(f"{data[0]} channels, but weights of shape {list(weights)}{groups} take {channels}")
        return TensorType((weights[0], *positions(self.window, data[1:])))

    def evaluate(self, *values: Array) -> Array:
        data, weights = values
        return convolve(data, weights, self.window, self.groups)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        value, weights = inputs
        assert not isinstance(value, Constant) and isinstance(weights, Constant)
        return lowering.convolution(node, value, weights, self.window, self.groups)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Conv", node.inputs, node.name, group=self.groups, **window_attributes(self.window))


def convolve(data: Array, weights: Array, window: Window, groups: int) -> Array:
    """Data (frames, channels, *space), weights (outputs, channels / groups, *kernel) -> (frames, outputs, *positions)."""
    if data.dtype == np.float32:
        return products(data.astype(np.float64), weights, window, groups).astype(np.float32)
    return products(data, weights, window, groups)


def products(data: Array, weights: Array, window: Window, groups: int) -> Array:
    """The same, summed in the data's own type whatever it is."""
    channels_first = padded(data, window, 0).swapaxes(0, 1)
    matrix = constant_like(weights, data).reshape(groups, len(weights) // groups, -1)
    inputs = matrix.shape[2]
    shape = taps(channels_first[:1, :1], window)[0].shape[2:]
    result = np.empty((len(data), len(weights), *shape), dtype=data.dtype)
    step = max(UNROLLED // (groups * inputs * math.prod(shape)), 1)
    for start in range(0, len(data), step):
        # (channels, taps, frames, *positions): channels and taps of a group become the rows of one matrix.
        unrolled = np.stack(taps(channels_first[:, start : start + step], window), axis=1)
        products = matrix @ unrolled.reshape(groups, inputs, -1)
        result[start : start + step] = products.reshape(len(weights), -1, *shape).swapaxes(0, 1)
    return result


@reads("Conv")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Weights constant; strides, dilations, pads, auto_pad, groups, a bias; one or two spatial axes."""
    extents = spatial_extents(node, builder)
    weights = kernel_weights(node, builder, len(extents))
    op = Conv(read_window(node, extents, weights.shape[2:]), group_count(node, weights))
    add_with_bias(node, builder, op, len(weights))


def kernel_weights(node: OnnxNode, builder: ModelBuilder, rank: int) -> Array:
    """The weights, of two axes and a kernel of ``rank`` axes."""
    weights = finite(node, node.inputs[1], builder.constant(node, 1))
    kernel = weights.shape[2:]
    if weights.ndim != rank + 2 or not weights.size or kernel_shape(node, rank) not in (None, kernel):
        given = f", kernel_shape={node.attributes['kernel_shape']}" if "kernel_shape" in node.attributes else ""
        raise ShapeError(f"weights of shape {list(weights.shape)} don't fit {rank} spatial axes{given}")
    return weights


def group_count(node: OnnxNode, weights: Array) -> int:
    """The attribute ``group``; ShapeError unless it divides the weights' first axis."""
    groups = integer(node, "group", 1)
    if groups < 1 or len(weights) % groups:
        raise ShapeError(f"weights of shape {list(weights.shape)} can't be split evenly into {groups} groups")
    return groups


def add_with_bias(node: OnnxNode, builder: ModelBuilder, op: ModelOp, outputs: int) -> None:
    """Add ``op`` of data and weights, and an Add behind it if there is a bias."""
    result = node.outputs[0]
    if not has_input(node, 2):
        builder.bind(result, builder.add(op, node.inputs[:2], result, node.loc))
        return
    bias = finite(node, node.inputs[2], builder.constant(node, 2))
    if bias.shape != (outputs,):
        raise ShapeError(f"bias '{node.inputs[2]}' has shape {list(bias.shape)}, there are {outputs} outputs")
    name = builder.add(op, node.inputs[:2], f"{result}_{type(op).__name__.lower()}", node.loc)
    column = (outputs, *(1,) * (len(builder.shape(name)) - 1))
    moved = builder.move_constant(node.inputs[2], lambda array: array.reshape(column))
    builder.bind(result, builder.add(Add(), (name, moved), result, node.loc))
