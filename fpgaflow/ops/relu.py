"""Relu: max(x, 0)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, reads


@dataclass(frozen=True)
class Relu(Elementwise):
    """``max(x, 0)``. Source: ONNX Relu."""

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.asarray(np.maximum(data, 0))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Relu", node.inputs, node.name)


@reads("Relu")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Everywhere."""
    builder.bind(node.outputs[0], builder.add(Relu(), node.inputs[:1], node.outputs[0], node.loc))
