"""LeakyRelu: negative values are scaled by a constant slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, constant_like, reads
from fpgaflow.ops.reading import finite, number


@dataclass(frozen=True)
class LeakyRelu(Elementwise):
    """``x`` where x >= 0, else ``alpha * x``. Source: ONNX LeakyRelu."""

    alpha: float

    @property
    def turn(self) -> float | None:
        return None if self.alpha >= 0 else 0.0

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.where(data >= 0, data, constant_like(np.asarray(self.alpha), data) * data)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("LeakyRelu", node.inputs, node.name, alpha=self.alpha)


@reads("LeakyRelu")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Any slope."""
    alpha = float(finite(node, "alpha", np.asarray(number(node, "alpha", 0.01))))
    builder.bind(node.outputs[0], builder.add(LeakyRelu(alpha), node.inputs[:1], node.outputs[0], node.loc))
