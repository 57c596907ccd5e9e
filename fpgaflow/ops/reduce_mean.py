"""Mean over axes of a frame: ONNX's ReduceMean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Node, Quantization, TensorType
from fpgaflow.ops.average_pool import AveragePool, global_pool
from fpgaflow.ops.base import ModelBuilder, ModelOp, ModelWriter, OnnxNode, Spatial, reads
from fpgaflow.ops.reading import has_input, integer, integer_inputs, integers
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.window import WindowAxis

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class ReduceMean(Spatial):
    """Mean over the frame axes ``axes``, which stay with extent 1; in float32 computed in float64 and rounded.

    Source: ONNX ReduceMean.
    """

    axes: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(tuple(1 if axis in self.axes else extent for axis, extent in enumerate(types[0].shape)))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        wide = data.astype(np.float64) if data.dtype == np.float32 else data
        along = tuple(axis + 1 for axis in self.axes)
        total = wide.sum(axis=along, keepdims=True)
        return np.asarray(total / math.prod(data.shape[axis] for axis in along)).astype(data.dtype)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        """Over space a pool, over the channels a convolution by equal weights."""
        (value,) = inputs
        assert not isinstance(value, Constant)
        channels, *space = value.shape
        kernel = [extent if axis in self.axes else 1 for axis, extent in enumerate(space, start=1)]
        if max(kernel, default=1) > 1:
            window = tuple(WindowAxis(extent) for extent in kernel)
            op = AveragePool(window, ((0, 0),) * len(window))
            value = lowering.mean_pool(node, value, window, op.divisors(tuple(space)))
        if 0 not in self.axes:
            return value
        share = np.array([[Fraction(1, channels)]], dtype=object)
        ones = np.ones((channels, 1), dtype=np.int64)
        if not space:
            return lowering.dense(node, value, Constant(ones / channels, Quantization(ones, share, np.zeros(()))))
        weights = ones.reshape(1, channels, *(1,) * len(space))
        quantization = Quantization(weights, share.reshape((1,) * weights.ndim), np.zeros(()))
        window = tuple(WindowAxis(1) for _ in space)
        return lowering.convolution(node, value, Constant(weights / channels, quantization), window, 1)

    def write(self, node: Node, writer: ModelWriter) -> None:
        axes = writer.constant(np.array([axis + 1 for axis in self.axes], dtype=np.int64))
        writer.add("ReduceMean", (*node.inputs, axes), node.name, opset=18)


@reads("ReduceMean")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Axes as attribute or input, not the batch; over all spatial axes it is a global AveragePool."""
    data = node.inputs[0]
    given = integers(node, "axes") if node.opset < 18 else None
    if node.opset >= 18 and has_input(node, 1):
        given = integer_inputs(node, builder, 1)
    if not given and integer(node, "noop_with_empty_axes", 0):
        builder.bind(node.outputs[0], data)
        return
    rank = len(builder.file_shape(data).dims)
    axes = sorted({builder.axis(node, data, axis) for axis in given or range(rank)})
    frame = builder.shape(data)
    spatial = builder.file_shape(data).batched and len(frame) > 1 and axes == list(range(1, len(frame)))
    op: ModelOp = global_pool(frame[1:]) if spatial else ReduceMean(tuple(axes))
    name = node.outputs[0]
    if integer(node, "keepdims", 1):
        builder.bind(name, builder.add(op, (data,), name, node.loc))
        return
    kept = builder.add(op, (data,), f"{name}_mean", node.loc)
    shape = tuple(extent for axis, extent in enumerate(frame) if axis not in axes)
    builder.bind(name, builder.add(Reshape(shape), (kept,), name, node.loc))
