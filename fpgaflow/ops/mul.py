"""Multiplication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Elementwise, ModelBuilder, OnnxNode, constant_like, reads
from fpgaflow.ops.pairwise import Pairwise, read_binary


@dataclass(frozen=True)
class Mul(Elementwise):
    """``x * c``. Source: ONNX Mul."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data * constant_like(constant, data))


@dataclass(frozen=True)
class MultiplyValues(Pairwise):
    """``a * b``. Source: ONNX Mul."""

    def combine(self, first: Array, second: Array) -> Array:
        return np.asarray(first * second)


@reads("Mul")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """By a constant, either operand; of two values (read and evaluated, no hardware yet)."""
    read_binary(node, builder, Mul(), Mul(), MultiplyValues())
