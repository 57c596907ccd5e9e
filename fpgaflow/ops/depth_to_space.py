"""Blocks of pixels to channels and back: ONNX's DepthToSpace and SpaceToDepth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import Layout, ModelBuilder, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import integer, text, unsupported
from fpgaflow.ops.window import spatial_extents


@dataclass(frozen=True)
class DepthToSpace(Layout):
    """Channels become blocks of ``block`` by ``block`` pixels: frame (channels, height, width).

    Pixel (i, j) of a block of channel c comes from channel ``(i * block + j) * channels_out + c``, or from channel
    ``(c * block + i) * block + j`` if ``channel_first`` (CRD). Source: ONNX DepthToSpace.
    """

    block: int
    channel_first: bool

    def infer(self, *types: TensorType) -> TensorType:
        channels, height, width = types[0].shape
        if channels % self.block**2:
            raise ShapeError(f"{channels} channels can't be made into blocks of {self.block} x {self.block} pixels")
        return TensorType((channels // self.block**2, height * self.block, width * self.block))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        frames, channels, height, width = data.shape
        block = self.block
        if self.channel_first:
            split = data.reshape(frames, -1, block, block, height, width).transpose(0, 1, 4, 2, 5, 3)
        else:
            split = data.reshape(frames, block, block, -1, height, width).transpose(0, 3, 4, 1, 5, 2)
        return np.reshape(split, (frames, channels // block**2, height * block, width * block))

    def write(self, node: Node, writer: ModelWriter) -> None:
        mode = "CRD" if self.channel_first else "DCR"
        writer.add("DepthToSpace", node.inputs, node.name, blocksize=self.block, mode=mode)


@dataclass(frozen=True)
class SpaceToDepth(Layout):
    """Blocks of ``block`` by ``block`` pixels become channels: the reverse of DepthToSpace's first form.

    Source: ONNX SpaceToDepth.
    """

    block: int

    def infer(self, *types: TensorType) -> TensorType:
        channels, height, width = types[0].shape
        if height % self.block or width % self.block:
            raise ShapeError(f"{height} x {width} pixels can't be cut into blocks of {self.block} x {self.block}")
        return TensorType((channels * self.block**2, height // self.block, width // self.block))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        frames, channels, height, width = data.shape
        block = self.block
        split = data.reshape(frames, channels, height // block, block, width // block, block)
        return np.reshape(split.transpose(0, 3, 5, 1, 2, 4), (frames, -1, height // block, width // block))

    def write(self, node: Node, writer: ModelWriter) -> None:
        writer.add("SpaceToDepth", node.inputs, node.name, blocksize=self.block)


@reads("DepthToSpace")
def read_depth_to_space(node: OnnxNode, builder: ModelBuilder) -> None:
    """Both modes, DCR and CRD."""
    mode = text(node, "mode", "DCR")
    if mode not in ("DCR", "CRD"):
        raise unsupported(
            node,
            f"DepthToSpace with mode '{mode}'",
            reason="known are DCR and CRD",
            hint="export the model again, and check it with onnx.checker",
        )
    _add(node, builder, DepthToSpace(_block(node, builder), mode == "CRD"))


@reads("SpaceToDepth")
def read_space_to_depth(node: OnnxNode, builder: ModelBuilder) -> None:
    """Any size of block."""
    _add(node, builder, SpaceToDepth(_block(node, builder)))


def _block(node: OnnxNode, builder: ModelBuilder) -> int:
    block = integer(node, "blocksize")
    if block < 1 or len(spatial_extents(node, builder)) != 2:
        raise ShapeError(
            f"{node.op_type} with blocks of {block} does not fit values of shape {builder.file_shape(node.inputs[0])}"
        )
    return block


def _add(node: OnnxNode, builder: ModelBuilder, op: Layout) -> None:
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))
