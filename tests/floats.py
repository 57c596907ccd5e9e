"""Float networks to quantize: a convolutional one with every kind of layer and join, and an odd one of single parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx

from fpgaflow.ir.graph import Array
from tests.models import Network

Part = Callable[[Network, str, np.random.Generator], str]
CHANNELS, SIZE = 6, 8


def images(count: int, seed: int = 0) -> Array:
    """Frames of float32 for every network of this file, not negative in most places."""
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(0.4, 0.5, size=(count, 3, SIZE, SIZE)), -0.2).astype(np.float32)


def convolutional(*, batch_norm: bool = True, seed: int = 0) -> onnx.ModelProto:
    """Convolution, depthwise and pointwise convolution, a sum, a Concat, pools and a Gemm."""
    rng = np.random.default_rng(seed)
    net = Network()
    first = _layer(net, "x", 3, CHANNELS, rng, batch_norm)
    inside = net.node("Relu", first)
    deep = net.node("Relu", _layer(net, inside, CHANNELS, CHANNELS, rng, batch_norm, groups=CHANNELS))
    deep = _layer(net, deep, CHANNELS, CHANNELS, rng, batch_norm, kernel=1)
    joined = net.node("Relu", net.node("Add", deep, inside))
    pooled = net.node("MaxPool", joined, kernel_shape=[2, 2], strides=[2, 2])
    sides = [net.node("LeakyRelu", _layer(net, pooled, CHANNELS, 4, rng, batch_norm), alpha=0.125) for _ in range(2)]
    mean = net.node("GlobalAveragePool", net.node("Concat", *sides, axis=1))
    weights = net.constant(rng.normal(size=(5, 8)), "weight")
    value = net.node("Gemm", net.node("Flatten", mean), weights, net.constant(rng.normal(size=5), "bias"), transB=1)
    return net.model(value, ("N", 3, SIZE, SIZE), ("N", 5))


def with_part(part: Part) -> onnx.ModelProto:
    """A convolution, one part of a network, and another convolution."""
    rng = np.random.default_rng(1)
    net = Network()
    value = part(net, _layer(net, "x", 3, CHANNELS, rng, False), rng)
    return net.model(_layer(net, value, CHANNELS, 4, rng, False, kernel=1), ("N", 3, SIZE, SIZE), (None,) * 4, opset=14)


def _layer(
    net: Network,
    value: str,
    inputs: int,
    outputs: int,
    rng: np.random.Generator,
    batch_norm: bool,
    *,
    kernel: int = 3,
    groups: int = 1,
) -> str:
    """A convolution, with a bias or a BatchNormalization that knows its outputs' variances about."""
    spread = rng.uniform(0.2, 3, size=(outputs, 1, 1, 1))
    weights = spread * rng.normal(size=(outputs, inputs // groups, kernel, kernel))
    attributes: dict[str, Any] = {"kernel_shape": [kernel] * 2, "pads": [kernel // 2] * 4, "group": groups}
    bias = [] if batch_norm else [net.constant(rng.normal(size=outputs), "bias")]
    value = net.node("Conv", value, net.constant(weights, "weight"), *bias, **attributes)
    if not batch_norm:
        return value
    reach = np.sum(weights.reshape(outputs, -1) ** 2, axis=1)
    gamma = rng.uniform(0.5, 1.5, outputs) * rng.choice([-1, 1], outputs)
    parameters = (gamma, rng.normal(size=outputs), rng.normal(size=outputs), reach * rng.uniform(0.5, 2, outputs))
    return net.node("BatchNormalization", value, *(net.constant(numbers, "norm") for numbers in parameters))
