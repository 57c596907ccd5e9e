"""ONNX's DequantizeLinear: integers to real numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node, Quantization
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, constant_like, reads
from fpgaflow.ops.quant import checked_scale
from fpgaflow.ops.quantize_linear import (
    TYPE_NAMES,
    QuantizeDequantize,
    QuantizeLinear,
    channel_parameter,
    integer_range,
    write_parameters,
)
from fpgaflow.ops.reading import has_input


@dataclass(frozen=True)
class DequantizeLinear(Elementwise):
    """``(x - zero_point) * scale``; inputs x, scale, zero_point. Source: ONNX DequantizeLinear."""

    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, scale, zero_point = values
        return np.asarray((data - constant_like(zero_point, data)) * constant_like(scale, data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        zero_point = writer.values(node.inputs[2])
        type_name = zero_point.dtype.name if zero_point.dtype.name in TYPE_NAMES.values() else "int16"
        parameters, axis = write_parameters(node, writer, type_name)
        writer.add("DequantizeLinear", (node.inputs[0], *parameters), node.name, **axis)


@reads("DequantizeLinear")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Of constants (weights keep their integers), behind QuantizeLinear (and Clip), or of an integer input."""
    scale = checked_scale(node, builder, 1)
    zero_point = builder.constant(node, 2) if has_input(node, 2) else np.zeros((), dtype=np.int64)
    names = [channel_parameter(node, builder, 1, scale)]
    names.append(
        channel_parameter(node, builder, 2, zero_point)
        if has_input(node, 2)
        else builder.add_constant(f"{node.inputs[1]}_zero_point", zero_point)
    )
    data = node.inputs[0]
    if builder.is_constant(data):
        builder.bind(node.outputs[0], _constant(node, builder, names))
        return
    producer = builder.producer(data)
    if producer is not None and type(producer.op) is QuantizeLinear:
        same = (
            np.array_equal(builder.values(a), builder.values(b))
            for a, b in zip(producer.inputs[1:], names, strict=True)
        )
        if all(same):
            op = QuantizeDequantize(producer.op.low, producer.op.high)
            builder.bind(node.outputs[0], builder.add(op, producer.inputs, node.outputs[0], node.loc))
            return
    builder.bind(node.outputs[0], builder.add(DequantizeLinear(), (data, *names), node.outputs[0], node.loc))


def _constant(node: OnnxNode, builder: ModelBuilder, names: list[str]) -> str:
    """Integers of a file as real numbers that keep their codes."""
    integers = builder.constant(node, 0)
    integer_range(node, integers.dtype.name)
    codes = integers.astype(np.int64)
    scale, zero_point = (builder.values(name) for name in names)
    real = (codes - zero_point.astype(np.int64)).astype(scale.dtype) * scale
    return builder.add_constant(
        node.outputs[0], np.asarray(real), Quantization(codes, scale, zero_point.astype(np.int64))
    )
