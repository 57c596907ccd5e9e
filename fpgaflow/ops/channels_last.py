"""Readers of QONNX's channels-last operators: the ONNX operator between two Transposes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.ops import average_pool, batch_normalization, conv, max_pool
from fpgaflow.ops.base import ModelBuilder, OnnxNode, Reader, ShapeError, reads
from fpgaflow.ops.reading import QONNX_CHANNELS_LAST
from fpgaflow.ops.transpose import Transpose

CHANNELS_LAST = (QONNX_CHANNELS_LAST,)


@reads("Conv", domains=CHANNELS_LAST)
def read_conv(node: OnnxNode, builder: ModelBuilder) -> None:
    """As ONNX's Conv; channels are the last axis of data and weights."""
    weights = builder.constant(node, 1)
    if weights.ndim < 3:
        raise ShapeError(f"weights '{node.inputs[1]}' have shape {list(weights.shape)}")
    moved = builder.move_constant(node.inputs[1], lambda array: np.moveaxis(array, -1, 1))
    _read_channels_first(replace(node, inputs=(node.inputs[0], moved, *node.inputs[2:])), builder, conv.read)


@reads("MaxPool", domains=CHANNELS_LAST)
def read_max_pool(node: OnnxNode, builder: ModelBuilder) -> None:
    """As ONNX's MaxPool; channels are the last axis."""
    _read_channels_first(node, builder, max_pool.read)


@reads("AveragePool", domains=CHANNELS_LAST)
def read_average_pool(node: OnnxNode, builder: ModelBuilder) -> None:
    """As ONNX's AveragePool; channels are the last axis."""
    _read_channels_first(node, builder, average_pool.read)


@reads("BatchNormalization", domains=CHANNELS_LAST)
def read_batch_normalization(node: OnnxNode, builder: ModelBuilder) -> None:
    """As ONNX's BatchNormalization; channels are the last axis."""
    batch_normalization.read_along(node, builder, -1)


def _read_channels_first(node: OnnxNode, builder: ModelBuilder, read: Reader) -> None:
    """Transpose the data, read the node as ONNX's own, transpose the result."""
    (data, *others), result = node.inputs, node.outputs[0]
    shape = builder.file_shape(data)
    rank = len(builder.shape(data))
    if not shape.batched or rank < 2:
        raise ShapeError(f"values must be (batch, *space, channels), but '{data}' has shape {shape}")
    channels_first = Transpose((rank - 1, *range(rank - 1)))
    moved = builder.add(channels_first, (data,), f"{data}_channels_first", node.loc)
    inside = f"{result}_channels_first"
    read(replace(node, domain="", inputs=(moved, *others), outputs=(inside,)), builder)
    channels_last = Transpose((*range(1, rank), 0))
    builder.bind(result, builder.add(channels_last, (inside,), result, node.loc))
