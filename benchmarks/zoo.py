"""Well-known networks with seeded random weights, as files that other people's tools write too.

Scales are chosen so that values use their range: weights are normal, BatchNormalization has the variance that a layer's sums
have, and so activations are about normal. What is measured on them depends on shapes and bits, not on what they learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import onnx

from tests.models import QONNX, Dialect, Network

REACH = 2.5
"""Quantizers of activations end there, in standard deviations."""


@dataclass(frozen=True)
class Style:
    """How a network is quantized: bits of weights and activations, of the first layer's and last layer's weights and of the
    input; power-of-two scales, or floats (a scale a channel for weights).
    """

    weights: int
    activations: int
    ends: int = 8
    floats: bool = False
    dialect: Dialect = Dialect.QONNX


@dataclass(frozen=True)
class Tensor:
    """A value under construction: name, shape (channels, height, width), mean square."""

    name: str
    shape: tuple[int, int, int]
    power: float = 1.0


class _Maker:
    def __init__(self, style: Style, seed: int = 0) -> None:
        self.style, self.rng, self.net = style, np.random.default_rng(seed), Network()

    def scale(self, reach: npt.ArrayLike, bits: int, signed: bool) -> npt.NDArray[np.float32]:
        scale = np.asarray(reach, np.float64) / max(1, (1 << (bits - signed)) - 1)
        return np.asarray(scale if self.style.floats else 2.0 ** np.round(np.log2(scale)), np.float32)

    def quantized(self, value: str, bits: int, reach: npt.ArrayLike, *, signed: bool) -> str:
        """A quantizer in the style's dialect, narrow if it is signed; one bit means bipolar."""
        net, scale = self.net, self.scale(reach, bits, signed)
        if bits == 1:
            return net.node("BipolarQuant", value, net.constant(self.scale(reach, 1, False), "scale"), domain=QONNX)
        if self.style.dialect is Dialect.QCDQ:
            dtype = np.int8 if signed else np.uint8
            axis = {"axis": 0} if scale.size > 1 else {}
            scale_name = net.constant(scale.reshape(-1) if axis else scale, "scale")
            zero = net.constant(np.zeros(scale.size if axis else ()), "zero", dtype)
            codes = net.node("QuantizeLinear", value, scale_name, zero, **axis)
            low, high = (1 - (1 << (bits - 1)) if signed else 0), (1 << (bits - signed)) - 1
            codes = net.node("Clip", codes, net.constant(low, "low", dtype), net.constant(high, "high", dtype))
            return net.node("DequantizeLinear", codes, scale_name, zero, **axis)
        inputs = (value, net.constant(scale, "scale"), net.constant(0, "zero"), net.constant(bits, "bits"))
        return net.node("Quant", *inputs, domain=QONNX, signed=int(signed), narrow=int(signed), rounding_mode="ROUND")

    def weights(self, shape: tuple[int, ...], bits: int) -> str:
        values = self.rng.normal(size=shape).astype(np.float32)
        reach: npt.ArrayLike = 1.0 if bits == 1 else 2.0 if bits == 2 else np.abs(values).max()
        if self.style.floats and bits > 2:
            reach = np.abs(values).max(axis=tuple(range(1, len(shape))), keepdims=True)
        return self.quantized(self.net.constant(values, "weight"), bits, reach, signed=True)

    def convolution(
        self, value: Tensor, outputs: int, kernel: tuple[int, int], *, stride: int = 1, pad: tuple[int, int] = (0, 0),
        groups: int = 1, bits: int | None = None,
    ) -> Tensor:  # fmt: skip
        """Convolution and BatchNormalization."""
        channels, *space = value.shape
        weights = self.weights((outputs, channels // groups, *kernel), bits or self.style.weights)
        attributes = {"kernel_shape": kernel, "strides": [stride] * 2, "pads": [*pad, *pad], "group": groups}
        name = self.net.node("Conv", value.name, weights, **attributes)
        height, width = ((n + 2 * p - k) // stride + 1 for n, p, k in zip(space, pad, kernel, strict=True))
        power = value.power * channels // groups * kernel[0] * kernel[1]
        return self.normalized(Tensor(name, (outputs, height, width), power))

    def normalized(self, value: Tensor) -> Tensor:
        channels, deviation = value.shape[0], np.sqrt(value.power)
        parameters = (
            self.rng.uniform(0.7, 1.3, channels),
            self.rng.normal(scale=0.2, size=channels),
            self.rng.normal(scale=0.2 * deviation, size=channels),
            value.power * self.rng.uniform(0.7, 1.3, channels),
        )
        name = self.net.node("BatchNormalization", value.name, *(self.net.constant(part, "bn") for part in parameters))
        return Tensor(name, value.shape)

    def relu(self, value: Tensor) -> Tensor:
        reach = REACH * float(np.sqrt(value.power))
        name = self.quantized(self.net.node("Relu", value.name), self.style.activations, reach, signed=False)
        return Tensor(name, value.shape, value.power / 2)

    def hard(self, value: Tensor) -> Tensor:
        """A signed quantizer alone, as networks of one and two bits have it."""
        bits = self.style.activations
        return Tensor(self.quantized(value.name, bits, 1.0, signed=True), value.shape)

    def sum(self, one: Tensor, other: Tensor) -> Tensor:
        """Both quantized with one scale, then added."""
        power, bits = max(one.power, other.power), self.style.activations
        reach = REACH * float(np.sqrt(power))
        names = [self.quantized(value.name, bits, reach, signed=True) for value in (one, other)]
        return Tensor(self.net.node("Add", *names), one.shape, one.power + other.power)

    def received(self, shape: tuple[int, int, int]) -> Tensor:
        return Tensor(self.quantized("x", self.style.ends, 1.0, signed=True), shape, 0.3)

    def classified(self, value: Tensor, classes: int) -> onnx.GraphProto:
        """Mean over the frame, and a fully connected layer with bias."""
        channels = value.shape[0]
        mean = self.quantized(self.net.node("GlobalAveragePool", value.name), 8, 1.5, signed=False)
        flat = self.net.node("Flatten", mean, axis=1)
        bias = self.net.constant(self.rng.normal(size=classes), "bias")
        return self.net.node("Gemm", flat, self.weights((classes, channels), self.style.ends), bias, transB=1)

    def model(self, output: str, shape: tuple[int, int, int], classes: int) -> onnx.ModelProto:
        return self.net.model(output, ("batch", *shape), ("batch", classes), opset=13, ir_version=10)


def resnet8(style: Style) -> onnx.ModelProto:
    """MLPerf Tiny's ResNet-8 for CIFAR-10."""
    make, shape = _Maker(style), (3, 32, 32)
    value = make.relu(make.convolution(make.received(shape), 16, (3, 3), pad=(1, 1), bits=style.ends))
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        inner = make.relu(make.convolution(value, channels, (3, 3), stride=stride, pad=(1, 1)))
        inner = make.convolution(inner, channels, (3, 3), pad=(1, 1))
        skip = make.convolution(value, channels, (1, 1), stride=stride) if stride > 1 else value
        value = make.relu(make.sum(inner, skip))
    return make.model(make.classified(value, 10), shape, 10)


def _separable(make: _Maker, value: Tensor, plan: list[tuple[int, int]]) -> Tensor:
    """Depthwise 3x3 and pointwise layers: (outputs, stride) each."""
    for outputs, stride in plan:
        channels = value.shape[0]
        value = make.relu(make.convolution(value, channels, (3, 3), stride=stride, pad=(1, 1), groups=channels))
        value = make.relu(make.convolution(value, outputs, (1, 1)))
    return value


def dscnn(style: Style) -> onnx.ModelProto:
    """MLPerf Tiny's DS-CNN for keyword spotting."""
    make, shape = _Maker(style), (1, 49, 10)
    first = make.relu(make.convolution(make.received(shape), 64, (10, 4), stride=2, pad=(4, 1), bits=style.ends))
    return make.model(make.classified(_separable(make, first, [(64, 1)] * 4), 12), shape, 12)


def mobilenet_v1(style: Style) -> onnx.ModelProto:
    """MLPerf Tiny's MobileNetV1 0.25 for visual wake words."""
    make, shape = _Maker(style), (3, 96, 96)
    first = make.relu(make.convolution(make.received(shape), 8, (3, 3), stride=2, pad=(1, 1), bits=style.ends))
    plan = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)]
    return make.model(make.classified(_separable(make, first, plan), 2), shape, 2)


def cnv(style: Style) -> onnx.ModelProto:
    """FINN's CNV for CIFAR-10: no padding, signed activations of one or two bits."""
    make, shape = _Maker(style), (3, 32, 32)
    value = make.received(shape)
    for channels, pool in ((64, False), (64, True), (128, False), (128, True), (256, False), (256, False)):
        value = make.hard(make.convolution(value, channels, (3, 3)))
        if pool:
            name = make.net.node("MaxPool", value.name, kernel_shape=[2, 2], strides=[2, 2])
            value = Tensor(name, (channels, value.shape[1] // 2, value.shape[2] // 2))
    name, inputs = make.net.node("Flatten", value.name, axis=1), 256
    for outputs in (512, 512, 10):
        transposed = make.net.node("Transpose", make.weights((outputs, inputs), style.weights), perm=[1, 0])
        product = Tensor(make.net.node("MatMul", name, transposed), (outputs, 1, 1), float(inputs))
        if outputs == 10:
            return make.model(product.name, shape, outputs)
        name, inputs = make.hard(make.normalized(product)).name, outputs
    raise AssertionError("the last layer has ten outputs")


FLOAT8 = Style(8, 8, floats=True, dialect=Dialect.QCDQ)
ZOO: dict[str, Callable[[], onnx.ModelProto]] = {
    "resnet8_w8a8": partial(resnet8, FLOAT8),
    "resnet8_w4a4": partial(resnet8, Style(4, 4)),
    "cnv_w1a1": partial(cnv, Style(1, 1)),
    "cnv_w2a2": partial(cnv, Style(2, 2)),
    "dscnn_w4a4": partial(dscnn, Style(4, 4)),
    "mobilenet_w4a4": partial(mobilenet_v1, Style(4, 4)),
}
"""The networks of docs/benchmarks.md."""
