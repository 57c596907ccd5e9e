"""Subtraction."""

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
class Sub(Elementwise):
    """``x - c``. Source: ONNX Sub."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data - constant_like(constant, data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Sub", node.inputs, node.name)


@dataclass(frozen=True)
class SubtractFrom(Elementwise):
    """``c - x``. Source: ONNX Sub with a constant as first operand."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(constant_like(constant, data) - data)

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Sub", node.inputs[::-1], node.name)


@dataclass(frozen=True)
class SubtractValues(Pairwise):
    """``a - b``. Source: ONNX Sub."""

    def combine(self, first: Array, second: Array) -> Array:
        return np.asarray(first - second)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        return lowering.add(node, inputs, (1, -1))

    def write(self, node: Node, writer: ModelWriter) -> None:
        self.write_as("Sub", node, writer)


@reads("Sub")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Of a constant, or from a constant; of two values."""
    read_binary(node, builder, Sub(), SubtractFrom(), SubtractValues())
