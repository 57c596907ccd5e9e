"""QONNX's Quant: rounding to integers of any width, and back to real numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Quantizer, constant_like, reads
from fpgaflow.ops.qonnx_rounding import ROUNDING_NAMES, QonnxRounding
from fpgaflow.ops.reading import QONNX, QONNX_DOMAINS, integer, text, unsupported

MAX_BITS = 32


@dataclass(frozen=True)
class Quant(Quantizer):
    """``(q - zero_point) * scale`` with ``q = round(clip(x / scale + zero_point, low, high))``; inputs x, scale,
    zero_point, bit width, the last three per tensor or broadcast (per channel).

    ``low .. high`` is -2**(bits-1) .. 2**(bits-1) - 1 if ``signed`` (``narrow`` leaves out the lowest), else
    0 .. 2**bits - 1 (``narrow`` leaves out the highest); bit widths may be fractional. ``sign_only`` is QONNX's rule for one
    signed bit: q is +1 where x / scale + zero_point >= 0, else -1. Source: qonnx.custom_op.general, Quant (IntQuant).

    In float32 every step is float32 as in qonnx, but limits of more than 24 bits are rounded towards zero, so that no
    code exceeds its width.
    """

    signed: bool
    narrow: bool
    rounding: QonnxRounding
    sign_only: bool = False

    def evaluate(self, *values: Array) -> Array:
        data, scale, zero_point, _ = values
        real = (self.codes(*values) - constant_like(zero_point, data)) * constant_like(scale, data)
        return np.asarray(real)

    def write(self, node: Node, writer: ModelWriter) -> None:
        attributes: dict[str, Any] = {"signed": int(self.signed), "narrow": int(self.narrow)}
        attributes["rounding_mode"] = self.rounding.value
        writer.add("Quant", node.inputs, node.name, domain=QONNX, **attributes)

    def codes(self, *values: Array) -> Array:
        data, scale, zero_point, bits = values
        scaled = data / constant_like(scale, data) + constant_like(zero_point, data)
        if self.sign_only:
            return sign_codes(scaled)
        low, high = code_range(bits, self.signed, self.narrow, self.rounding)
        return np.clip(self.rounding.apply(scaled), _towards_zero(low, data), _towards_zero(high, data))

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        scale, zero_point = (np.asarray(constant, dtype=np.float64) for constant in constants[:2])
        return scale, np.asarray(-zero_point * scale)

    def bounds(self, *constants: Array) -> tuple[int, int]:
        if self.sign_only:
            return -1, 1
        low, high = code_range(constants[2], self.signed, self.narrow, self.rounding)
        return int(low.min()), int(high.max())

    @property
    def bipolar(self) -> bool:
        return self.sign_only


def code_range(bits: Array, signed: bool, narrow: bool, rounding: QonnxRounding) -> tuple[IntArray, IntArray]:
    """Smallest and largest code of each bit width; limits of fractional widths are rounded as values at them would be."""
    bits = np.asarray(bits, dtype=np.float64)
    if signed:
        low, high = -(2.0 ** (bits - 1)) + narrow, 2.0 ** (bits - 1) - 1
    else:
        low, high = np.zeros_like(bits), 2.0**bits - 1 - narrow
    return rounding.apply(low).astype(np.int64), rounding.apply(high).astype(np.int64)


def sign_codes(values: Array) -> Array:
    """+1 where a value is at least zero, else -1, in the values' own type."""
    one = constant_like(np.asarray(1), values)
    return np.where(values >= 0, one, -one)


def _towards_zero(codes: IntArray, data: Array) -> Array:
    """Integers in the data's type; one that has more bits than the type's fraction moves towards zero."""
    limits = constant_like(codes, data)
    if data.dtype == object:
        return limits
    return np.where(
        np.abs(limits.astype(np.float64)) > np.abs(codes), np.nextafter(limits, np.zeros_like(limits)), limits
    )


def checked_scale(node: OnnxNode, builder: ModelBuilder, index: int) -> Array:
    """The scale at input ``index``; FF306 unless positive and finite."""
    scale = builder.constant(node, index)
    if not (np.all(np.isfinite(scale)) and np.all(scale > 0)):
        wrong = scale[~(np.isfinite(scale) & (scale > 0))].ravel()[0]
        raise FlowError(
            "FF306",
            f"scale '{node.inputs[index]}' is {wrong}",
            node=node.loc,
            reason="a scale must be positive and finite",
            hint="look for a channel that never saw data in training or calibration",
        )
    return scale


def checked_bits(node: OnnxNode, builder: ModelBuilder, index: int) -> Array:
    """The bit width at input ``index``; FF306 unless 1 to 32."""
    bits = builder.constant(node, index)
    if not np.all((bits >= 1) & (bits <= MAX_BITS)):
        wrong = bits[~((bits >= 1) & (bits <= MAX_BITS))].ravel()[0]
        raise FlowError(
            "FF306",
            f"bit width '{node.inputs[index]}' is {wrong}",
            node=node.loc,
            reason=f"a bit width must be 1 to {MAX_BITS}",
            hint="quantize with fewer bits",
        )
    return bits


def check_zero_point(node: OnnxNode, index: int, zero_point: Array, low: IntArray, high: IntArray) -> None:
    """FF306 if a zero point is outside of ``low .. high``."""
    inside = (zero_point >= low) & (zero_point <= high)
    if not np.all(inside):
        wrong = np.broadcast_to(zero_point, inside.shape)[~inside].ravel()[0]
        raise FlowError(
            "FF306",
            f"zero point '{node.inputs[index]}' is {wrong}",
            node=node.loc,
            reason=f"it must be one of the quantizer's integers, {low.min()} to {high.max()}",
            hint="export the model again; a zero point is the integer that stands for 0.0",
        )


def rounding_mode(node: OnnxNode, default: str) -> QonnxRounding:
    """The attribute ``rounding_mode``; FF202 if it is not one of QONNX's."""
    name = text(node, "rounding_mode", default)
    if name.upper() not in ROUNDING_NAMES:
        raise unsupported(
            node,
            f"rounding mode '{name}' is not known",
            reason=f"known are {', '.join(ROUNDING_NAMES)}",
            hint="train or export with one of these",
        )
    return ROUNDING_NAMES[name.upper()]


@reads("Quant", "IntQuant", domains=QONNX_DOMAINS)
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """All rounding modes; scale, zero point and bit width per tensor or per channel, constant; 1 to 32 bits."""
    checked_scale(node, builder, 1)
    bits = checked_bits(node, builder, 3)
    zero_point = builder.constant(node, 2)
    signed, narrow = bool(integer(node, "signed")), bool(integer(node, "narrow"))
    rounding = rounding_mode(node, "ROUND")
    sign_only = signed and bool(np.all(bits == 1))
    if signed and not sign_only and np.any(bits == 1):
        raise unsupported(
            node,
            f"some channels of bit width '{node.inputs[3]}' are 1, others wider",
            reason="one signed bit means -1 and +1, wider codes have a zero: they don't mix in one stream",
            hint="give all channels one bit, or all at least two",
        )
    low, high = code_range(bits, signed, narrow, rounding)
    check_zero_point(node, 2, zero_point, *((-np.ones_like(low), np.ones_like(high)) if sign_only else (low, high)))
    op = Quant(signed, narrow, rounding, sign_only)
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:4], node.outputs[0], node.loc))
