"""QONNX's BipolarQuant: the sign, times a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Quantizer, constant_like, reads
from fpgaflow.ops.quant import checked_scale, sign_codes
from fpgaflow.ops.reading import QONNX, QONNX_DOMAINS


@dataclass(frozen=True)
class BipolarQuant(Quantizer):
    """``+scale`` where x >= 0, else ``-scale``; inputs x, scale. Source: qonnx.custom_op.general, BipolarQuant."""

    def evaluate(self, *values: Array) -> Array:
        data, scale = values
        return np.asarray(self.codes(*values) * constant_like(scale, data))

    def codes(self, *values: Array) -> Array:
        return sign_codes(values[0])

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        return np.asarray(constants[0], dtype=np.float64), np.zeros(())

    def bounds(self, *constants: Array) -> tuple[int, int]:
        return -1, 1

    @property
    def bipolar(self) -> bool:
        return True

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("BipolarQuant", node.inputs, node.name, domain=QONNX)


@reads("BipolarQuant", domains=QONNX_DOMAINS)
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Scale per tensor or per channel, constant."""
    checked_scale(node, builder, 1)
    builder.bind(node.outputs[0], builder.add(BipolarQuant(), node.inputs[:2], node.outputs[0], node.loc))
