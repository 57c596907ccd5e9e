"""Selu: the scaled exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, reads
from fpgaflow.ops.reading import finite, number


@dataclass(frozen=True)
class Selu(Elementwise):
    """``gamma * x`` where x > 0, else ``gamma * alpha * (exp(x) - 1)``.

    The exponential part is computed in float64 and rounded to the data's type: other implementations may differ from it
    in the last places of a float32. Source: ONNX Selu.
    """

    alpha: float
    gamma: float
    rational: ClassVar[bool] = False

    @property
    def turn(self) -> float | None:
        return None if self.alpha >= 0 else 0.0

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        negative = self.gamma * (self.alpha * np.expm1(np.minimum(data, 0).astype(np.float64)))
        return np.where(data > 0, data.dtype.type(self.gamma) * data, negative.astype(data.dtype))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Selu", node.inputs, node.name, alpha=self.alpha, gamma=self.gamma)


@reads("Selu")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """The exponential part is computed in float64 and rounded."""
    alpha = finite(node, "alpha", np.asarray(number(node, "alpha", 1.67326319217681884765625)))
    gamma = finite(node, "gamma", np.asarray(number(node, "gamma", 1.05070102214813232421875)))
    op = Selu(float(alpha), float(gamma))
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))
