"""Reshape, Flatten, Squeeze and Unsqueeze: the same elements in the same order, in another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import Layout, ModelBuilder, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import has_input, integer, integer_inputs, integers


@dataclass(frozen=True)
class Reshape(Layout):
    """A frame in the shape ``shape``, in row-major order. Source: ONNX Reshape, Flatten, Squeeze, Unsqueeze."""

    shape: tuple[int, ...]

    def infer(self, *types: TensorType) -> TensorType:
        if math.prod(types[0].shape) != math.prod(self.shape):
            raise ShapeError(f"a frame of shape {list(types[0].shape)} can't take the shape {list(self.shape)}")
        return TensorType(self.shape)

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        return data.reshape(len(data), *self.shape)

    def write(self, node: Node, writer: ModelWriter) -> None:
        # a zero copies the batch
        shape = writer.constant(np.array([0, *self.shape], dtype=np.int64))
        writer.add("Reshape", (*node.inputs, shape), node.name)


def _reshape(node: OnnxNode, builder: ModelBuilder, dims: tuple[int, ...], *, keeps_batch: bool) -> None:
    """Give data the file's shape ``dims``, whose first axis is the batch if ``keeps_batch``."""
    data = node.inputs[0]
    before = builder.file_shape(data)
    if before.batched and not keeps_batch and not before.droppable:
        raise FlowError(
            "FF203",
            f"{node.loc.op_type} from {before} to {list(dims)} moves the batch into the frame",
            node=node.loc,
            reason="the first axis of the network's input is the batch: frames are computed one by one",
            hint="keep the first axis, for example with the target shape (0, -1) or Flatten(axis=1)",
        )
    kept = before.batched and keeps_batch
    frame = dims[1:] if kept else dims
    if frame == builder.shape(data) and kept == before.batched:
        builder.bind(node.outputs[0], data)
        return
    name = builder.add(Reshape(frame), (data,), node.outputs[0], node.loc, drop_batch=before.batched and not kept)
    builder.bind(node.outputs[0], name)


@reads("Reshape")
def read_reshape(node: OnnxNode, builder: ModelBuilder) -> None:
    """To a constant shape, also one computed from the input's shape, that keeps the batch as first axis."""
    shape = builder.file_shape(node.inputs[0])
    dims = shape.dims
    target = list(integers(node, "shape") or () if node.opset < 5 else integer_inputs(node, builder, 1))
    for axis, extent in enumerate(target):
        if extent == 0 and not integer(node, "allowzero", 0):
            if axis >= len(dims):
                raise ShapeError(f"target shape {target} copies axis {axis} of {shape}")
            target[axis] = dims[axis]
    known = math.prod(extent for extent in target if extent != -1)
    if target.count(-1) > 1 or any(extent < -1 for extent in target) or (-1 in target and known == 0):
        raise ShapeError(f"target shape {target} has no meaning")
    result = tuple(math.prod(dims) // known if extent == -1 else extent for extent in target)
    if math.prod(result) != math.prod(dims):
        raise ShapeError(f"values of shape {shape} can't take the shape {target}")
    _reshape(node, builder, result, keeps_batch=result[:1] == dims[:1])


@reads("Flatten")
def read_flatten(node: OnnxNode, builder: ModelBuilder) -> None:
    """With axis 1, or any that keeps the batch as first axis."""
    shape = builder.file_shape(node.inputs[0])
    dims = shape.dims
    axis = integer(node, "axis", 1)
    if not -len(dims) <= axis <= len(dims):
        raise ShapeError(f"there is no axis {axis} in values of shape {shape}")
    axis = axis + len(dims) if axis < 0 else axis
    first, second = math.prod(dims[:axis]), math.prod(dims[axis:])
    _reshape(node, builder, (first, second), keeps_batch=axis > 0 and first == dims[0])


@reads("Squeeze")
def read_squeeze(node: OnnxNode, builder: ModelBuilder) -> None:
    """Axes as attribute or input; without them every axis of extent 1 but an unknown batch."""
    shape = builder.file_shape(node.inputs[0])
    dims = shape.dims
    axes = _axes(node, builder, len(dims))
    if axes is None:
        first = 1 if shape.batched and not shape.droppable else 0
        axes = {axis for axis, extent in enumerate(dims) if extent == 1 and axis >= first}
    if any(dims[axis] != 1 for axis in axes):
        raise ShapeError(f"axes {sorted(axes)} of {shape} are not all of extent 1")
    result = tuple(extent for axis, extent in enumerate(dims) if axis not in axes)
    _reshape(node, builder, result, keeps_batch=0 not in axes)


@reads("Unsqueeze")
def read_unsqueeze(node: OnnxNode, builder: ModelBuilder) -> None:
    """Axes as attribute or input; behind the batch."""
    dims = builder.file_shape(node.inputs[0]).dims
    given = integers(node, "axes") if node.opset < 13 else integer_inputs(node, builder, 1)
    axes = _axes(node, builder, len(dims) + len(given or ())) or set()
    rest = iter(dims)
    result = tuple(1 if axis in axes else next(rest) for axis in range(len(dims) + len(axes)))
    _reshape(node, builder, result, keeps_batch=0 not in axes)


def _axes(node: OnnxNode, builder: ModelBuilder, rank: int) -> set[int] | None:
    """Attribute or input ``axes`` as non-negative numbers; None where neither is there."""
    given = integers(node, "axes") if node.opset < 13 else None
    if node.opset >= 13 and has_input(node, 1):
        given = integer_inputs(node, builder, 1)
    if given is None:
        return None
    axes = {axis + rank if axis < 0 else axis for axis in given}
    if len(axes) < len(given) or any(not 0 <= axis < rank for axis in axes):
        raise ShapeError(f"axes {list(given)} do not fit {rank} axes")
    return axes
