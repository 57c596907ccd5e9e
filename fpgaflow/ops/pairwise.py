"""Arithmetic of two operands: data and a constant, or two values that are both computed from the network's input."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelOp, ModelWriter, OnnxNode, ShapeError
from fpgaflow.ops.reading import data_operand, finite, unsupported


class Pairwise(ModelOp):
    """A function of two values, element by element; frames are broadcast to each other from the last axis on."""

    @abstractmethod
    def combine(self, first: Array, second: Array) -> Array:
        """The function, of arrays that NumPy broadcasts rightly."""

    def infer(self, *types: TensorType) -> TensorType:
        first, second = (type_.shape for type_ in types)
        try:
            return TensorType(np.broadcast_shapes(first, second))
        except ValueError:
            raise ShapeError(f"frames of shapes {list(first)} and {list(second)} don't fit together") from None

    def evaluate(self, *values: Array) -> Array:
        rank = max(value.ndim for value in values)
        shapes = ((len(value), *(1,) * (rank - value.ndim), *value.shape[1:]) for value in values)
        return self.combine(*(value.reshape(shape) for value, shape in zip(values, shapes, strict=True)))

    def write_as(self, op_type: str, node: Node, writer: ModelWriter) -> None:
        """Frames of fewer axes get leading ones, so that the batches meet."""
        rank = max(len(writer.shape(name)) for name in node.inputs)
        names = []
        for name in node.inputs:
            shape = writer.shape(name)
            if len(shape) < rank:
                target = np.array([0, *(1,) * (rank - len(shape)), *shape], dtype=np.int64)
                names.append(writer.fresh(f"{name}_of_{rank}_axes"))
                writer.add("Reshape", (name, writer.constant(target)), names[-1])
            else:
                names.append(name)
        writer.add(op_type, tuple(names), node.name)


def read_binary(
    node: OnnxNode, builder: ModelBuilder, op: Elementwise, swapped: Elementwise, pair: Pairwise | None = None
) -> None:
    """``op(data, constant)``; ``swapped(data, constant)`` where the constant is the first operand in the file;
    ``pair`` where both are data, if it is given.
    """
    if node.opset < 7 and "axis" in node.attributes:
        raise unsupported(
            node,
            f"{node.loc.op_type} has the attribute 'axis' of operator sets before 7",
            reason="constants are matched to axes by today's broadcasting rule only",
            hint="convert the model with onnx.version_converter",
        )
    if pair is not None and not any(builder.is_constant(name) for name in node.inputs[:2]):
        _check_batches(node, builder)
        builder.bind(node.outputs[0], builder.add(pair, node.inputs[:2], node.outputs[0], node.loc))
        return
    index = data_operand(node, builder)
    finite(node, node.inputs[1 - index], builder.constant(node, 1 - index))
    operands = (node.inputs[index], node.inputs[1 - index])
    builder.bind(node.outputs[0], builder.add(swapped if index else op, operands, node.outputs[0], node.loc))


def _check_batches(node: OnnxNode, builder: ModelBuilder) -> None:
    """FF205 where broadcasting, from the last axis on, matches one operand's batch with another axis of the other."""
    shapes = [builder.file_shape(name) for name in node.inputs[:2]]
    batched = {len(shape.dims) for shape in shapes if shape.batched}
    whole = max((len(shape.dims) for shape in shapes if not shape.batched), default=0)
    if len(batched) > 1 or (batched and whole >= max(batched)):
        raise FlowError(
            "FF205",
            f"{node.op_type} of values of shapes {shapes[0]} and {shapes[1]} mixes frames",
            node=node.loc,
            reason="the first axis of the network's input is the batch: frames are computed one by one",
            hint="give both operands the same number of axes",
        )
