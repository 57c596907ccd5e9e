"""Negation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Elementwise, ModelBuilder, OnnxNode, reads


@dataclass(frozen=True)
class Neg(Elementwise):
    """``-x``. Source: ONNX Neg."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return np.asarray(-data)


@reads("Neg")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Everywhere."""
    builder.bind(node.outputs[0], builder.add(Neg(), node.inputs[:1], node.outputs[0], node.loc))
