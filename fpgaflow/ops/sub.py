"""Subtraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Elementwise, ModelBuilder, OnnxNode, constant_like, reads
from fpgaflow.ops.pairwise import Pairwise, read_binary


@dataclass(frozen=True)
class Sub(Elementwise):
    """``x - c``. Source: ONNX Sub."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data - constant_like(constant, data))


@dataclass(frozen=True)
class SubtractFrom(Elementwise):
    """``c - x``. Source: ONNX Sub with a constant as first operand."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(constant_like(constant, data) - data)


@dataclass(frozen=True)
class SubtractValues(Pairwise):
    """``a - b``. Source: ONNX Sub."""

    def combine(self, first: Array, second: Array) -> Array:
        return np.asarray(first - second)


@reads("Sub")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Of a constant, or from a constant; of two values (read and evaluated, no hardware yet)."""
    read_binary(node, builder, Sub(), SubtractFrom(), SubtractValues())
