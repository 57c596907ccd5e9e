"""Transpose: axes in another order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import Layout, ModelBuilder, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import integers


@dataclass(frozen=True)
class Transpose(Layout):
    """The frame's axes in the order ``perm``. Source: ONNX Transpose."""

    perm: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        shape = types[0].shape
        if sorted(self.perm) != list(range(len(shape))):
            raise ShapeError(f"the order {list(self.perm)} does not fit a frame of shape {list(shape)}")
        return TensorType(tuple(shape[axis] for axis in self.perm))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.transpose(data, (0, *(axis + 1 for axis in self.perm)))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Transpose", node.inputs, node.name, perm=[0, *(axis + 1 for axis in self.perm)])


@reads("Transpose")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Any order that keeps the batch first."""
    shape = builder.file_shape(node.inputs[0])
    perm = integers(node, "perm") or tuple(reversed(range(len(shape.dims))))
    if sorted(perm) != list(range(len(shape.dims))):
        raise ShapeError(f"the order {list(perm)} does not fit values of {len(shape.dims)} axes")
    if shape.batched and perm[0] != 0:
        raise FlowError(
            "FF203",
            f"Transpose with perm={list(perm)} moves the batch",
            node=node.loc,
            reason="the first axis of the network's input is the batch: frames are computed one by one",
            hint="keep axis 0 in its place",
        )
    order = tuple(axis - 1 for axis in perm[1:]) if shape.batched else perm
    if order == tuple(range(len(order))):
        builder.bind(node.outputs[0], node.inputs[0])
        return
    builder.bind(node.outputs[0], builder.add(Transpose(order), node.inputs[:1], node.outputs[0], node.loc))
