"""PRelu: negative values are scaled by trained slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, constant_like, reads
from fpgaflow.ops.reading import finite


@dataclass(frozen=True)
class PRelu(Elementwise):
    """``slope * x`` where x < 0, else ``x``; inputs x, slope. ``rising``: no slope is negative. Source: ONNX PRelu."""

    rising: bool

    @property
    def turn(self) -> float | None:
        return None if self.rising else 0.0

    def evaluate(self, *values: Array) -> Array:
        data, slope = values
        return np.where(data < 0, data * constant_like(slope, data), data)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("PRelu", node.inputs, node.name)


@reads("PRelu")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Slopes constant, per tensor or per channel."""
    slope = finite(node, node.inputs[1], builder.constant(node, 1))
    op = PRelu(bool(np.all(slope >= 0)))
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:2], node.outputs[0], node.loc))
