"""Addition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Elementwise, ModelBuilder, OnnxNode, constant_like, reads
from fpgaflow.ops.pairwise import Pairwise, read_binary


@dataclass(frozen=True)
class Add(Elementwise):
    """``x + c``. Source: ONNX Add."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, constant = values
        return np.asarray(data + constant_like(constant, data))


@dataclass(frozen=True)
class AddValues(Pairwise):
    """``a + b``. Source: ONNX Add."""

    def combine(self, first: Array, second: Array) -> Array:
        return np.asarray(first + second)


@reads("Add")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Of a constant, either operand; of two values (read and evaluated, no hardware yet)."""
    read_binary(node, builder, Add(), Add(), AddValues())
