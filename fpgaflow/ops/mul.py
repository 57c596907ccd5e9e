"""Multiplication by a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Elementwise, ModelBuilder, OnnxNode, constant_like, reads
from fpgaflow.ops.reading import read_binary


@dataclass(frozen=True)
class Mul(Elementwise):
    """``x * c``. Source: ONNX Mul."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data * constant_like(constant, data))


@reads("Mul")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """By a constant, either operand."""
    read_binary(node, builder, Mul(), Mul())
