"""Brevitas's quantization-aware layers, with its default recipe or its fixed-point quantizers."""

from __future__ import annotations

from dataclasses import dataclass

from brevitas import nn as qnn
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    Int8ActPerTensorFloat,
    Int8WeightPerTensorFixedPoint,
    Int8WeightPerTensorFloat,
    Uint8ActPerTensorFixedPoint,
    Uint8ActPerTensorFloat,
)
from torch import nn


@dataclass(frozen=True)
class BrevitasKit:
    """``bits`` for weights and activations; scales are powers of two if ``fixed_point``, else learned real numbers."""

    bits: int
    fixed_point: bool

    def conv(self, inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
        return qnn.QuantConv2d(
            inputs, outputs, kernel, stride, kernel // 2, bias=False,
            weight_quant=self._weights, weight_bit_width=self.bits,
        )  # fmt: skip

    def linear(self, inputs: int, outputs: int) -> nn.Module:
        return qnn.QuantLinear(inputs, outputs, True, weight_quant=self._weights, weight_bit_width=self.bits)

    def relu(self) -> nn.Module:
        quantizer = Uint8ActPerTensorFixedPoint if self.fixed_point else Uint8ActPerTensorFloat
        return qnn.QuantReLU(act_quant=quantizer, bit_width=self.bits)

    def summand(self) -> nn.Module:
        quantizer = Int8ActPerTensorFixedPoint if self.fixed_point else Int8ActPerTensorFloat
        return qnn.QuantIdentity(act_quant=quantizer, bit_width=self.bits)

    @property
    def _weights(self) -> type:
        return Int8WeightPerTensorFixedPoint if self.fixed_point else Int8WeightPerTensorFloat
