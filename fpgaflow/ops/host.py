"""Where real numbers become stored integers and back: the two ends of the accelerator, computed on the host."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fpgaflow.fixed import BipolarFormat, Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import HostOp, Quantizer


@dataclass(frozen=True)
class Codes(HostOp):
    """The codes of the network's first quantizer; inputs: those of the quantizer."""

    quantizer: Quantizer
    format: Format

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(types[0].shape, self.format)

    def evaluate(self, *values: Array) -> Array:
        return self.quantizer.codes(*values)


@dataclass(frozen=True)
class EncodeInput(HostOp):
    """Real numbers to the stored integers of an input format: nearest, ties to even, saturating."""

    format: Format
    numerator: int
    denominator: int

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(types[0].shape, self.format)

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        if isinstance(self.format, BipolarFormat):
            return np.where(data >= 0, 1, -1)
        scaled = np.asarray(data, dtype=np.float64) * self.denominator / self.numerator
        return np.clip(np.rint(scaled), self.format.min, self.format.max)

    def decode(self, codes: Array) -> Array:
        """Stored integers to the float32 numbers that the network's reference receives."""
        return (np.asarray(codes, dtype=np.float64) * self.numerator / self.denominator).astype(np.float32)

    @property
    def scale(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)


@dataclass(frozen=True)
class Arrange(HostOp):
    """A frame's elements in another order and shape: between the model's order and a stream's; inputs data, order."""

    shape: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(self.shape, types[0].format)

    def evaluate(self, *values: Array) -> Array:
        data, order = values
        return np.take(data.reshape(len(data), -1), order, axis=1).reshape(len(data), *self.shape)


@dataclass(frozen=True)
class Dequantize(HostOp):
    """Stored integers to float32: ``integer * scale + offset``; scale and offset are float64, one an element or one."""

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(types[0].shape)

    def evaluate(self, *values: Array) -> Array:
        integers, scale, offset = values
        return (np.asarray(integers, dtype=np.float64) * scale + offset).astype(np.float32)
