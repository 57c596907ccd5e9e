"""HardSigmoid and HardSwish: piecewise linear and quadratic stand-ins of the sigmoid and the swish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, constant_like, reads
from fpgaflow.ops.reading import finite, number


@dataclass(frozen=True)
class HardSigmoid(Elementwise):
    """``min(max(alpha * x + beta, 0), 1)``. Source: ONNX HardSigmoid."""

    alpha: float
    beta: float

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        alpha, beta = (constant_like(np.asarray(factor), data) for factor in (self.alpha, self.beta))
        return np.asarray(np.minimum(np.maximum(alpha * data + beta, 0), 1))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("HardSigmoid", node.inputs, node.name, alpha=self.alpha, beta=self.beta)


# ONNX fixes alpha to 1/6; its float32 value is the constant in every type.
SWISH_GATE = HardSigmoid(float(np.float32(1 / 6)), 0.5)


@dataclass(frozen=True)
class HardSwish(Elementwise):
    """``x * min(max(x / 6 + 0.5, 0), 1)``, which falls between -3 and -1.5. Source: ONNX HardSwish."""

    @property
    def turn(self) -> float | None:
        return -1.5

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.asarray(data * SWISH_GATE.evaluate(data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("HardSwish", node.inputs, node.name, opset=14)


@reads("HardSigmoid")
def read_sigmoid(node: OnnxNode, builder: ModelBuilder) -> None:
    """Any alpha and beta."""
    defaults = {"alpha": 0.2, "beta": 0.5}
    alpha, beta = (float(finite(node, key, np.asarray(number(node, key, value)))) for key, value in defaults.items())
    builder.bind(node.outputs[0], builder.add(HardSigmoid(alpha, beta), node.inputs[:1], node.outputs[0], node.loc))


@reads("HardSwish")
def read_swish(node: OnnxNode, builder: ModelBuilder) -> None:
    """Everywhere."""
    builder.bind(node.outputs[0], builder.add(HardSwish(), node.inputs[:1], node.outputs[0], node.loc))
