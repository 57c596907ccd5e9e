"""ONNX's QuantizeLinear: real numbers to integers of 4, 8 or 16 bits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Quantizer, constant_like, reads
from fpgaflow.ops.quant import checked_scale
from fpgaflow.ops.reading import has_input, integer, unsupported

# TensorProto.DataType of the integer types, as in the attribute output_dtype.
TYPE_NAMES = {2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 21: "uint4", 22: "int4"}


@dataclass(frozen=True)
class QuantizeLinear(Quantizer):
    """``clip(half_even(x / scale) + zero_point, low, high)``, the integer itself; inputs x, scale, zero_point.

    ``low .. high`` is the integer type's range, or a Clip's behind it. Source: ONNX QuantizeLinear.
    """

    low: int
    high: int

    def evaluate(self, *values: Array) -> Array:
        return self.codes(*values)

    def write(self, node: Node, writer: ModelWriter) -> None:
        self.write_integers(node, writer, node.name)

    def write_integers(self, node: Node, writer: ModelWriter, result: str) -> tuple[tuple[str, str], dict[str, Any]]:
        """QuantizeLinear and, where the range is not its type's, Clip; (scale, zero point) and axis as written."""
        type_name = self._type_name(writer.values(node.inputs[2]))
        parameters, axis = write_parameters(node, writer, type_name)
        whole = integer_limits(type_name) == (self.low, self.high)
        integers = result if whole else writer.fresh(f"{result}_wide")
        opset = 21 if type_name.endswith(("int4", "int16")) else 1
        inputs = (node.inputs[0], *parameters)
        writer.add("QuantizeLinear", inputs, integers, opset=opset, element=type_name, **axis)
        if not whole:
            ends = (writer.constant(np.asarray(end), element=type_name) for end in (self.low, self.high))
            writer.add("Clip", (integers, *ends), result, element=type_name)
        return parameters, axis

    def _type_name(self, zero_point: Array) -> str:
        """The zero point's own type, or the narrowest that holds the range."""
        if zero_point.dtype.name in TYPE_NAMES.values():
            return str(zero_point.dtype.name)
        limits = {name: integer_limits(name) for name in TYPE_NAMES.values()}
        return next(name for name, (low, high) in limits.items() if low <= self.low and self.high <= high)

    def codes(self, *values: Array) -> Array:
        data, scale, zero_point = values
        quotient = data / constant_like(scale, data)
        rounded = np.frompyfunc(round, 1, 1)(quotient) if data.dtype == object else np.rint(quotient)
        return np.asarray(np.clip(rounded + constant_like(zero_point, data), self.low, self.high), dtype=data.dtype)

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        return np.ones(()), np.zeros(())

    def bounds(self, *constants: Array) -> tuple[int, int]:
        return self.low, self.high


@dataclass(frozen=True)
class QuantizeDequantize(QuantizeLinear):
    """QuantizeLinear, an optional Clip, and DequantizeLinear: ``(q - zero_point) * scale``; inputs x, scale, zero_point."""

    def evaluate(self, *values: Array) -> Array:
        data, scale, zero_point = values
        return np.asarray((self.codes(*values) - constant_like(zero_point, data)) * constant_like(scale, data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        integers = writer.fresh(f"{node.name}_integers")
        parameters, axis = self.write_integers(node, writer, integers)
        writer.add("DequantizeLinear", (integers, *parameters), node.name, **axis)

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        scale, zero_point = (np.asarray(constant, dtype=np.float64) for constant in constants)
        return scale, np.asarray(-zero_point * scale)


def write_parameters(node: Node, writer: ModelWriter, type_name: str) -> tuple[tuple[str, str], dict[str, Any]]:
    """Scale and zero point (of an integer type) as written, both numbers or both rows, and the axis of the rows."""
    name, zero_name = node.inputs[1:]
    scale, zero_point = np.broadcast_arrays(writer.values(name), writer.values(zero_name))
    axis: dict[str, Any] = {} if scale.ndim == 0 else {"axis": len(writer.shape(node.inputs[0])) - scale.ndim + 1}
    shape = (-1,) if scale.ndim else ()
    written = writer.constant(scale.reshape(shape), name)
    return (written, writer.constant(zero_point.reshape(shape), zero_name, element=type_name)), axis


def integer_limits(type_name: str) -> tuple[int, int]:
    """Smallest and largest number of a type uint… or int…."""
    bits = int(type_name.lstrip("uint"))
    return (0, (1 << bits) - 1) if type_name[0] == "u" else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def integer_range(node: OnnxNode, type_name: str) -> tuple[int, int]:
    """Smallest and largest number of an integer type; FF202 if it is none."""
    if not re.fullmatch(r"u?int\d+", type_name):
        raise unsupported(
            node,
            f"quantization to {type_name}",
            reason="only integer types are supported",
            hint="quantize to int4, int8, int16 or their unsigned twins",
        )
    return integer_limits(type_name)


def channel_parameter(node: OnnxNode, builder: ModelBuilder, index: int, values: Array) -> str:
    """A scale or zero point as operand: per tensor as it is, per axis in a shape that broadcasts to the data."""
    if integer(node, "block_size", 0):
        raise unsupported(
            node,
            f"{node.loc.op_type} in blocks of {node.attributes['block_size']}",
            reason="a scale for each block of inputs needs a multiplication inside the sum",
            hint="quantize per tensor or per channel",
        )
    if values.size == 1:
        return builder.add_constant(node.inputs[index], values.reshape(()))
    return builder.add_constant(node.inputs[index], values.reshape(channel_shape(node, builder, values)))


def channel_shape(node: OnnxNode, builder: ModelBuilder, values: Array) -> tuple[int, ...]:
    """Shape in which one value a channel, along the attribute ``axis``, broadcasts to the data."""
    if values.ndim > 1:
        raise unsupported(
            node,
            f"scale '{node.inputs[1]}' or its zero point has shape {list(values.shape)}",
            reason="it must be one number, or one number for each channel",
            hint="quantize per tensor or per channel",
        )
    frame = builder.shape(node.inputs[0])
    axis = builder.axis(node, node.inputs[0], integer(node, "axis", 1))
    return (-1, *(1,) * (len(frame) - 1 - axis))


@reads("QuantizeLinear")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """To int4, uint4, int8, uint8, int16, uint16; per tensor or per axis; saturating."""
    scale = checked_scale(node, builder, 1)
    type_name = TYPE_NAMES.get(integer(node, "output_dtype", 0) or 2, "another type")
    zero_point = np.zeros((), dtype=np.int64)
    if has_input(node, 2):
        zero_point = builder.constant(node, 2)
        type_name = zero_point.dtype.name
    low, high = integer_range(node, type_name)
    names = [channel_parameter(node, builder, 1, scale)]
    names.append(
        channel_parameter(node, builder, 2, zero_point)
        if has_input(node, 2)
        else builder.add_constant(f"{node.inputs[1]}_zero_point", zero_point)
    )
    op = QuantizeLinear(low, high)
    builder.bind(node.outputs[0], builder.add(op, (node.inputs[0], *names), node.outputs[0], node.loc))
