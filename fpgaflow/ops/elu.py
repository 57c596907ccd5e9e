"""Elu: the exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, reads
from fpgaflow.ops.reading import finite, number


@dataclass(frozen=True)
class Elu(Elementwise):
    """``x`` where x > 0, else ``alpha * (exp(x) - 1)``, computed in float64 and rounded to the data's type: other
    implementations may differ from it in the last places of a float32. Source: ONNX Elu.
    """

    alpha: float
    rational: ClassVar[bool] = False

    @property
    def turn(self) -> float | None:
        return None if self.alpha >= 0 else 0.0

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        negative = self.alpha * np.expm1(np.minimum(data, 0).astype(np.float64))
        return np.where(data > 0, data, negative.astype(data.dtype))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Elu", node.inputs, node.name, alpha=self.alpha)


@reads("Elu")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """The exponential part is computed in float64 and rounded."""
    alpha = float(finite(node, "alpha", np.asarray(number(node, "alpha", 1.0))))
    builder.bind(node.outputs[0], builder.add(Elu(alpha), node.inputs[:1], node.outputs[0], node.loc))
