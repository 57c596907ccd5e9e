"""Softmax and its logarithm, computed on the host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import HostOp, ModelBuilder, ModelWriter, OnnxNode, reads
from fpgaflow.ops.reading import integer


@dataclass(frozen=True)
class Softmax(HostOp):
    """``exp(x) / sum(exp(x))`` over the frame axes ``axes`` together, in float64, rounded. Source: ONNX Softmax."""

    axes: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(types[0].shape)

    def evaluate(self, *values: Array) -> Array:
        exponents, total = _exponentials(values[0], self.axes)
        return np.asarray(np.exp(exponents) / total).astype(values[0].dtype)

    def write(self, node: Node, writer: ModelWriter) -> None:
        _write("Softmax", self.axes, node, writer)


@dataclass(frozen=True)
class LogSoftmax(HostOp):
    """``log(softmax(x))`` over the frame axes ``axes`` together, in float64, rounded. Source: ONNX LogSoftmax."""

    axes: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(types[0].shape)

    def evaluate(self, *values: Array) -> Array:
        exponents, total = _exponentials(values[0], self.axes)
        return np.asarray(exponents - np.log(total)).astype(values[0].dtype)

    def write(self, node: Node, writer: ModelWriter) -> None:
        _write("LogSoftmax", self.axes, node, writer)


def _write(op_type: str, axes: tuple[int, ...], node: Node, writer: ModelWriter) -> None:
    """Several axes, which are the last ones, as one between two Reshapes."""
    if len(axes) == 1:
        writer.add(op_type, node.inputs, node.name, axis=axes[0] + 1)
        return
    frame = writer.shape(node.inputs[0])
    joined, split = ((0, *frame[: axes[0]], -1), (0, *frame))
    names = (*node.inputs, writer.fresh(f"{node.name}_joined"), writer.fresh(f"{node.name}_of_joined"), node.name)
    shapes = (writer.constant(np.array(shape, dtype=np.int64)) for shape in (joined, split))
    writer.add("Reshape", (names[0], next(shapes)), names[1])
    writer.add(op_type, (names[1],), names[2], axis=axes[0] + 1)
    writer.add("Reshape", (names[2], next(shapes)), names[3])


def _exponentials(data: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """(x - max(x), sum(exp(x - max(x))))."""
    along = tuple(axis + 1 for axis in axes)
    exponents = data.astype(np.float64)
    exponents = exponents - exponents.max(axis=along, keepdims=True)
    return exponents, np.exp(exponents).sum(axis=along, keepdims=True)


@reads("Softmax", "LogSoftmax")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """On the host, at the network's end."""
    data = node.inputs[0]
    axis = builder.axis(node, data, integer(node, "axis", -1 if node.opset >= 13 else 1))
    # Before operator set 13 all axes from ``axis`` on are taken together.
    axes = (axis,) if node.opset >= 13 else tuple(range(axis, len(builder.shape(data))))
    op = Softmax(axes) if node.op_type == "Softmax" else LogSoftmax(axes)
    builder.bind(node.outputs[0], builder.add(op, (data,), node.outputs[0], node.loc))
