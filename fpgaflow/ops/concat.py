"""Values side by side: ONNX's Concat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import ModelBuilder, ModelOp, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import integer

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class Concat(ModelOp):
    """The inputs' frames one behind the other along the frame axis ``axis``. Source: ONNX Concat."""

    axis: int

    def infer(self, *types: TensorType) -> TensorType:
        shapes = [type_.shape for type_ in types]
        others = {(*shape[: self.axis], *shape[self.axis + 1 :]) for shape in shapes}
        if len(others) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ShapeError(f"frames of shapes {', '.join(str(list(s)) for s in shapes)} don't fit side by side")
        along = sum(shape[self.axis] for shape in shapes)
        return TensorType((*shapes[0][: self.axis], along, *shapes[0][self.axis + 1 :]))

    def evaluate(self, *values: Array) -> Array:
        return np.concatenate(values, axis=self.axis + 1)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        return lowering.concatenate(node, inputs, self.axis)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Concat", node.inputs, node.name, axis=self.axis + 1)


@reads("Concat")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Of values along the channels; not of values and constants."""
    constants = [name for name in node.inputs if not name or builder.is_constant(name)]
    if constants:
        raise FlowError(
            "FF205",
            f"Concat of values and the constant '{constants[0]}'",
            node=node.loc,
            reason="only values that are computed from the network's input can be put side by side",
            hint="write it as Pad where the constant is the same everywhere",
        )
    shapes = [builder.file_shape(name) for name in node.inputs]
    if len({shape.batched for shape in shapes}) > 1:
        raise ShapeError(f"values of shapes {', '.join(map(str, shapes))} don't fit side by side")
    axis = builder.axis(node, node.inputs[0], integer(node, "axis", None if node.opset >= 4 else 1))
    if len(node.inputs) == 1:
        builder.bind(node.outputs[0], node.inputs[0])
        return
    builder.bind(node.outputs[0], builder.add(Concat(axis), node.inputs, node.outputs[0], node.loc))
