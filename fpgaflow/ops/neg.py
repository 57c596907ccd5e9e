"""Negation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, reads


@dataclass(frozen=True)
class Neg(Elementwise):
    """``-x``. Source: ONNX Neg."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.asarray(-data)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Neg", node.inputs, node.name)


@reads("Neg")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Everywhere."""
    builder.bind(node.outputs[0], builder.add(Neg(), node.inputs[:1], node.outputs[0], node.loc))
