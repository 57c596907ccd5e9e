"""Division by a constant, and of a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, constant_like, reads
from fpgaflow.ops.pairwise import read_binary
from fpgaflow.ops.reading import unsupported


@dataclass(frozen=True)
class Div(Elementwise):
    """``x / c``. Source: ONNX Div."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data / constant_like(constant, data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Div", node.inputs, node.name)


@dataclass(frozen=True)
class DivideInto(Elementwise):
    """``c / x``, infinite where x is 0. Source: ONNX Div with a constant as first operand."""

    rational: ClassVar[bool] = False

    @property
    def turn(self) -> float | None:
        return 0.0

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(constant_like(constant, data) / data)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Div", node.inputs[::-1], node.name)


@reads("Div")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """By a constant without zeros, or of a constant."""
    divisor = node.inputs[1]
    if builder.is_constant(divisor) and not np.all(builder.constant(node, 1)):
        raise unsupported(
            node,
            f"divisor '{divisor}' holds a zero",
            reason="division by it gives no number",
            hint="look for a channel that never saw data in training or calibration",
        )
    read_binary(node, builder, Div(), DivideInto())
