"""Tanh: the hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, reads


@dataclass(frozen=True)
class Tanh(Elementwise):
    """``tanh(x)``, computed in float64 and rounded to the data's type: other implementations may differ from it in the last
    places of a float32. Source: ONNX Tanh.
    """

    rational: ClassVar[bool] = False

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.asarray(np.tanh(data.astype(np.float64))).astype(data.dtype)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Tanh", node.inputs, node.name)


@reads("Tanh")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Computed in float64 and rounded."""
    builder.bind(node.outputs[0], builder.add(Tanh(), node.inputs[:1], node.outputs[0], node.loc))
