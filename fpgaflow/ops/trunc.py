"""QONNX's Trunc: integers of many bits become integers of fewer bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Quantizer, constant_like, reads
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import check_zero_point, checked_bits, checked_scale, code_range, rounding_mode
from fpgaflow.ops.reading import QONNX, QONNX_DOMAINS, integer, unsupported


@dataclass(frozen=True)
class Trunc(Quantizer):
    """Version 2: ``q = round(clip(half_even(x / scale + zero_point) / t, low, high))`` with
    ``t = 2**half_even(log2(out_scale / scale))``, and ``(q - zero_point / t) * out_scale``; inputs x, scale, zero_point,
    input bits, out_scale, output bits. ``low .. high`` as for Quant. Source: qonnx.custom_op.general, Trunc version 2.
    """

    signed: bool
    narrow: bool
    rounding: QonnxRounding

    def evaluate(self, *values: Array) -> Array:
        data, scale, zero_point, _, out_scale, _ = values
        zero = constant_like(zero_point, data) / constant_like(_divisor(scale, out_scale), data)
        return np.asarray((self.codes(*values) - zero) * constant_like(out_scale, data))

    def codes(self, *values: Array) -> Array:
        data, scale, zero_point, _, out_scale, out_bits = values
        integers = QonnxRounding.ROUND.apply(data / constant_like(scale, data) + constant_like(zero_point, data))
        rounded = self.rounding.apply(integers / constant_like(_divisor(scale, out_scale), data))
        low, high = code_range(out_bits, self.signed, self.narrow, self.rounding)
        return np.clip(rounded, constant_like(low, data), constant_like(high, data))

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        scale, zero_point, _, out_scale, _ = (np.asarray(constant, dtype=np.float64) for constant in constants)
        return out_scale, np.asarray(-zero_point / _divisor(scale, out_scale) * out_scale)

    def bounds(self, *constants: Array) -> tuple[int, int]:
        low, high = code_range(constants[4], self.signed, self.narrow, self.rounding)
        return int(low.min()), int(high.max())

    def write(self, node: Node, writer: ModelWriter) -> None:
        attributes: dict[str, Any] = {"signed": int(self.signed), "narrow": int(self.narrow)}
        attributes["rounding_mode"] = self.rounding.value
        writer.add("Trunc", node.inputs, node.name, domain=QONNX, opset=2, **attributes)


def _divisor(scale: Array, out_scale: Array) -> Array:
    ratio = np.asarray(out_scale, dtype=np.float64) / np.asarray(scale, dtype=np.float64)
    return np.asarray(2.0 ** np.rint(np.log2(ratio)))


@dataclass(frozen=True)
class TruncOld(Quantizer):
    """Version 1: ``q = round(half_even(x / scale + zero_point) / 2**(input bits - output bits))``, and
    ``(q - zero_point) * scale``; inputs x, scale, zero_point, input bits, output bits.

    Nothing saturates in this form: the bounds are those of an input that keeps the declared input bits, signed or not.
    Source: qonnx.custom_op.general, Trunc version 1.
    """

    rounding: QonnxRounding

    def evaluate(self, *values: Array) -> Array:
        data, scale, zero_point, _, _ = values
        return np.asarray((self.codes(*values) - constant_like(zero_point, data)) * constant_like(scale, data))

    def codes(self, *values: Array) -> Array:
        data, scale, zero_point, in_bits, out_bits = values
        integers = QonnxRounding.ROUND.apply(data / constant_like(scale, data) + constant_like(zero_point, data))
        return self.rounding.apply(integers / constant_like(2.0 ** _dropped(in_bits, out_bits), data))

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        scale, zero_point = (np.asarray(constant, dtype=np.float64) for constant in constants[:2])
        return scale, np.asarray(-zero_point * scale)

    def bounds(self, *constants: Array) -> tuple[int, int]:
        in_bits = np.asarray(constants[2], dtype=np.float64)
        ends = np.stack(np.broadcast_arrays(-(2.0 ** (in_bits - 1)), 2.0**in_bits - 1))
        codes = self.rounding.apply(ends / 2.0 ** _dropped(*constants[2:]))
        return int(codes.min()), int(codes.max())

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("Trunc", node.inputs, node.name, domain=QONNX, rounding_mode=self.rounding.value)


def _dropped(in_bits: Array, out_bits: Array) -> Array:
    return np.asarray(in_bits, dtype=np.float64) - np.asarray(out_bits, dtype=np.float64)


@reads("Trunc", domains=QONNX_DOMAINS)
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """The old form (5 inputs) and the new one (6 inputs); all rounding modes."""
    checked_scale(node, builder, 1)
    zero_point = builder.constant(node, 2)
    in_bits = checked_bits(node, builder, 3)
    rounding = rounding_mode(node, "FLOOR")
    op: Quantizer
    if len(node.inputs) >= 6:
        checked_scale(node, builder, 4)
        checked_bits(node, builder, 5)
        op = Trunc(bool(integer(node, "signed", 1)), bool(integer(node, "narrow", 0)), rounding)
    else:
        dropped = _dropped(in_bits, checked_bits(node, builder, 4))
        if np.any(dropped < 0) or np.any(dropped != np.rint(dropped)):
            raise unsupported(
                node,
                f"Trunc keeps '{node.inputs[4]}' of '{node.inputs[3]}' bits",
                reason="it must drop a whole number of bits",
                hint="use a Quant to change the number of bits in another way",
            )
        op = TruncOld(rounding)
    ends = (code_range(in_bits, signed, False, QonnxRounding.ROUND)[not signed] for signed in (True, False))
    check_zero_point(node, 2, zero_point, *ends)
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:6], node.outputs[0], node.loc))
