"""Sigmoid: the logistic function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, reads


@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """``1 / (1 + exp(-x))``, computed in float64 and rounded to the data's type: other implementations may differ from it
    in the last places of a float32. Source: ONNX Sigmoid.
    """

    rational: ClassVar[bool] = False

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-data.astype(np.float64)))).astype(data.dtype)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Sigmoid", node.inputs, node.name)


@reads("Sigmoid")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Computed in float64 and rounded."""
    builder.bind(node.outputs[0], builder.add(Sigmoid(), node.inputs[:1], node.outputs[0], node.loc))
