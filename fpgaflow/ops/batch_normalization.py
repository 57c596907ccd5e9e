"""BatchNormalization with its trained statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, ShapeError, constant_like, reads
from fpgaflow.ops.reading import QONNX_CHANNELS_LAST, finite, integer, number, unsupported


@dataclass(frozen=True)
class BatchNormalization(Elementwise):
    """``x * factor + shift``; ``factor = scale * (1 / sqrt(variance + epsilon))``, ``shift = bias - mean * factor``.

    Inputs: x, scale, bias, mean, variance, one a channel. ``factor`` and ``shift`` are computed in the constants' own type
    (float32), operation by operation as onnxruntime does (from 1.22 on), and are what the exact result means too.
    Source: ONNX BatchNormalization.
    """

    epsilon: float
    affine: ClassVar[bool] = True

    def evaluate(self, *values: Array) -> Array:
        data, scale, bias, mean, variance = values
        factor = scale * (1 / np.sqrt(variance + variance.dtype.type(self.epsilon)))
        shift = bias - mean * factor
        return np.asarray(data * constant_like(factor, data) + constant_like(shift, data))

    def write(self, node: Node, writer: ModelWriter) -> None:
        """Of channels along the last of several axes as QONNX's channels-last operator."""
        data, *parameters = node.inputs
        channels_first = writer.values(parameters[0]).ndim == len(writer.shape(data))
        flat = (writer.constant(writer.values(name).reshape(-1), name) for name in parameters)
        domain = "" if channels_first else QONNX_CHANNELS_LAST
        writer.add("BatchNormalization", (data, *flat), node.name, domain=domain, epsilon=self.epsilon)


@reads("BatchNormalization")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Inference form; channels are the file's second axis."""
    read_along(node, builder, 1)


def read_along(node: OnnxNode, builder: ModelBuilder, channels: int) -> None:
    """Read with the channels along an axis of the file's shape."""
    training = bool(integer(node, "training_mode", 0))
    if training or not integer(node, "spatial", 1):
        raise unsupported(
            node,
            f"BatchNormalization {'in training mode' if training else 'with statistics for each pixel'}",
            reason="hardware uses the trained statistics, one a channel",
            hint="export the model in evaluation mode",
        )
    epsilon = number(node, "epsilon", 1e-5)
    given = [builder.constant(node, index) for index in range(1, 5)]
    parameters = [finite(node, name, values) for name, values in zip(node.inputs[1:5], given, strict=True)]
    if np.any(parameters[3] + epsilon <= 0):
        raise unsupported(
            node,
            f"variance '{node.inputs[4]}' is negative",
            reason="its square root is needed",
            hint="look for a training run that diverged",
        )
    frame = builder.shape(node.inputs[0])
    axis = builder.axis(node, node.inputs[0], channels) if builder.file_shape(node.inputs[0]).dims[1:] else 0
    names = []
    for name, values in zip(node.inputs[1:5], parameters, strict=True):
        if values.ndim != 1:
            raise ShapeError(f"'{name}' has shape {list(values.shape)}, one number a channel is needed")
        names.append(builder.add_constant(name, values.reshape((-1, *(1,) * (len(frame) - 1 - axis)))))
    op = BatchNormalization(epsilon)
    inputs = (node.inputs[0], *names)
    builder.bind(node.outputs[0], builder.add(op, inputs, node.outputs[0], node.loc))
