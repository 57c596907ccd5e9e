"""Matrix product of data by constant weights: ONNX's MatMul."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, ShapeError, Weighted, constant_like, reads
from fpgaflow.ops.reading import data_operand
from fpgaflow.ops.reshape import Reshape

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class MatMul(Weighted):
    """``x @ weights`` with weights (inputs, outputs), along the frame's last axis; inputs x, weights.

    float32 products are summed in float64 and rounded once: the exact result wherever the reference's own sum is exact,
    and the same whatever the batch and the order of summation. Source: ONNX MatMul.
    """

    def infer(self, *types: TensorType) -> TensorType:
        data, weights = types
        if len(weights.shape) != 2 or data.shape[-1:] != weights.shape[:1]:
            raise ShapeError(
                f"a frame of shape {list(data.shape)} can't be multiplied by weights of shape {list(weights.shape)}"
            )
        return TensorType((*data.shape[:-1], weights.shape[1]))

    def evaluate(self, *values: Array) -> Array:
        data, weights = values
        if data.dtype == np.float32:
            return np.asarray(data.astype(np.float64) @ weights.astype(np.float64)).astype(np.float32)
        return np.asarray(data @ constant_like(weights, data))

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        value, weights = inputs
        assert not isinstance(value, Constant) and isinstance(weights, Constant)
        return lowering.dense(node, value, weights)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("MatMul", node.inputs, node.name)


@reads("MatMul")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """By a constant matrix or vector on the right; on the left only where the value is a single vector."""
    index = data_operand(node, builder)
    data, weights = node.inputs[index], node.inputs[1 - index]
    shape = builder.shape(weights)
    rank = len(builder.file_shape(data).dims)
    frame = builder.shape(data)
    if index == 1:
        if rank != 1 or len(frame) != 1 or len(shape) != 2:
            raise FlowError(
                "FF205",
                f"constant '{weights}' is the left operand of MatMul",
                node=node.loc,
                reason="the product would mix frames, or run down the columns of a frame",
                hint="write it as x @ weights with the transposed matrix",
            )
        weights = builder.move_constant(weights, np.transpose)
    elif len(shape) != 2:
        if not shape or any(extent != 1 for extent in shape[:-2]) or len(shape) > max(rank, 2):
            raise FlowError(
                "FF205",
                f"weights '{weights}' of MatMul have shape {list(shape)}",
                node=node.loc,
                reason="only one weight matrix for all vectors of a frame is supported",
                hint="weights must be a matrix (inputs, outputs)",
            )
        matrix = shape[-2:] if len(shape) > 2 else (*shape, 1)
        weights = builder.move_constant(weights, lambda array: array.reshape(matrix))
    name = builder.add(MatMul(), (data, weights), node.outputs[0], node.loc)
    if len(shape) == 1 and index == 0:
        name = builder.add(Reshape(builder.shape(name)[:-1]), (name,), node.outputs[0], node.loc)
    builder.bind(node.outputs[0], name)
