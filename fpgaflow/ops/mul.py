"""Multiplication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, constant_like, reads
from fpgaflow.ops.pairwise import Pairwise, read_binary

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class Mul(Elementwise):
    """``x * c``. Source: ONNX Mul."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data * constant_like(constant, data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Mul", node.inputs, node.name)


@dataclass(frozen=True)
class MultiplyValues(Pairwise):
    """``a * b``. Source: ONNX Mul."""

    def combine(self, first: Array, second: Array) -> Array:
        return np.asarray(first * second)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        return lowering.multiply(node, inputs)

    def write(self, node: Node, writer: ModelWriter) -> None:
        self.write_as("Mul", node, writer)


@reads("Mul")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """By a constant, either operand; of two values."""
    read_binary(node, builder, Mul(), Mul(), MultiplyValues())
