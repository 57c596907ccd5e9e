"""A border of constant value around the frame: ONNX's Pad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, ShapeError, Spatial, reads
from fpgaflow.ops.reading import finite, has_input, integer_inputs, integers, number, text, unsupported
from fpgaflow.ops.window import WindowAxis, padded

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class Pad(Spatial):
    """``begin`` elements of ``value`` before, ``end`` behind each axis of the frame; negative ones take elements away.

    Source: ONNX Pad.
    """

    begin: tuple[int, ...]
    end: tuple[int, ...]
    value: float

    def infer(self, *types: TensorType) -> TensorType:
        sides = list(zip(types[0].shape, self.begin, self.end, strict=True))
        if any(min(begin, 0) + min(end, 0) + extent < 1 for extent, begin, end in sides):
            raise ShapeError(f"nothing is left of a frame of shape {list(types[0].shape)}")
        return TensorType(tuple(extent + begin + end for extent, begin, end in sides))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        border = (WindowAxis(1, begin=begin, end=end) for begin, end in zip(self.begin, self.end, strict=True))
        return padded(data, tuple(border), self.value)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        (value,) = inputs
        assert not isinstance(value, Constant)
        return lowering.pad(node, value, self.begin, self.end, self.value)

    def write(self, node: Node, writer: ModelWriter) -> None:
        pads = writer.constant(np.array([0, *self.begin, 0, *self.end], dtype=np.int64))
        writer.add("Pad", (*node.inputs, pads, writer.constant(np.float32(self.value))), node.name)


@reads("Pad")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Mode constant, any axes but the batch; pads, value and axes as attributes or constant inputs."""
    data = node.inputs[0]
    shape = builder.file_shape(data)
    if (mode := text(node, "mode", "constant")) != "constant":
        raise unsupported(
            node,
            f"Pad with mode '{mode}'",
            reason="only a border of constant value is supported",
            hint="train and export with zero padding",
        )
    begin, end = _borders(node, builder, len(shape.dims))
    if shape.batched and (begin.pop(0) or end.pop(0)):
        raise FlowError(
            "FF205",
            "Pad adds frames to the batch",
            node=node.loc,
            reason="the first axis of the network's input is the batch: frames are computed one by one",
            hint="keep the first axis as it is",
        )
    value = float(finite(node, "value", np.asarray(_value(node, builder))))
    if not any(begin) and not any(end):
        builder.bind(node.outputs[0], data)
        return
    op = Pad(tuple(begin), tuple(end), value)
    builder.bind(node.outputs[0], builder.add(op, (data,), node.outputs[0], node.loc))


def _borders(node: OnnxNode, builder: ModelBuilder, rank: int) -> tuple[list[int], list[int]]:
    """(before, behind) for every axis of the file's shape."""
    attribute = "pads" if node.opset >= 2 else "paddings"
    pads = integers(node, attribute) or () if node.opset < 11 else integer_inputs(node, builder, 1)
    axes = integer_inputs(node, builder, 3) if has_input(node, 3) else tuple(range(rank))
    axes = tuple(axis + rank if axis < 0 else axis for axis in axes)
    if len(pads) != 2 * len(axes) or len(set(axes)) < len(axes) or any(not 0 <= axis < rank for axis in axes):
        raise ShapeError(f"pads {list(pads)} do not fit axes {list(axes)} of {rank}")
    before, behind = [0] * rank, [0] * rank
    for axis, begin, end in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        before[axis], behind[axis] = begin, end
    return before, behind


def _value(node: OnnxNode, builder: ModelBuilder) -> float:
    if node.opset < 11:
        return number(node, "value", 0.0)
    values = builder.constant(node, 2) if has_input(node, 2) else np.zeros(())
    if values.size != 1:
        raise ShapeError(f"the value '{node.inputs[2]}' of Pad has shape {list(values.shape)}, it must be one number")
    return float(values.reshape(()))
