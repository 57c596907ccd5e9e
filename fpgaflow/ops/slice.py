"""Part of a frame: ONNX's Slice and Split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import FileShape, Layout, ModelBuilder, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import has_input, integer, integer_inputs, integers

# Ends from here on mean "up to the last one", whatever the extent.
LARGEST_INT32 = (1 << 31) - 1


@dataclass(frozen=True)
class Slice(Layout):
    """``count`` elements from ``start`` on, ``step`` apart, along the frame axis ``axis``. Source: ONNX Slice, Split."""

    axis: int
    start: int
    count: int
    step: int = 1

    def infer(self, *types: TensorType) -> TensorType:
        shape = types[0].shape
        last = self.start + (self.count - 1) * self.step
        if self.count < 1 or not (0 <= self.start < shape[self.axis] and 0 <= last < shape[self.axis]):
            raise ShapeError(f"{self.count} elements from {self.start} to {last} of {shape[self.axis]} are no slice")
        return TensorType((*shape[: self.axis], self.count, *shape[self.axis + 1 :]))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        end = self.start + self.count * self.step
        wanted = slice(self.start, end if end >= 0 else None, self.step)
        return data[(slice(None),) * (self.axis + 1) + (wanted,)]

    def write(self, node: Node, writer: ModelWriter) -> None:
        end = self.start + self.count * self.step
        numbers = (self.start, end if end >= 0 else -LARGEST_INT32, self.axis + 1, self.step)
        bounds = (writer.constant(np.array([number], dtype=np.int64)) for number in numbers)
        writer.add("Slice", (*node.inputs, *bounds), node.name)


@reads("Slice")
def read_slice(node: OnnxNode, builder: ModelBuilder) -> None:
    """Starts, ends, axes and steps as attributes or constant inputs; one node an axis; not of the batch."""
    result, name = node.outputs[0], node.inputs[0]
    shape = builder.file_shape(name)
    steps = [step for step in _slices(node, builder, len(shape.dims)) if not _keeps_all(shape, *step)]
    for index, (axis, given) in enumerate(steps):
        frame_axis = builder.axis(node, name, axis)
        wanted = range(*given.indices(shape.dims[axis]))
        if not wanted:
            raise ShapeError(f"the slice of axis {axis} of {shape} is empty")
        op = Slice(frame_axis, wanted.start, len(wanted), wanted.step)
        last = index == len(steps) - 1
        name = builder.add(op, (name,), result if last else f"{result}_axis_{axis}", node.loc)
    builder.bind(result, name)


def _slices(node: OnnxNode, builder: ModelBuilder, rank: int) -> Iterator[tuple[int, slice]]:
    """(axis of the file, slice as Python means it)."""
    names = ("starts", "ends", "axes", "steps")
    if node.opset < 10:
        given = [integers(node, name) for name in names]
    else:
        given = [integer_inputs(node, builder, i) if has_input(node, i) else None for i in range(1, 5)]
    starts, ends, axes, steps = given
    starts, ends = starts or (), ends or ()
    axes = tuple(range(len(starts))) if axes is None else tuple(axis + rank if axis < 0 else axis for axis in axes)
    steps = (1,) * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) or len(set(axes)) < len(axes) or 0 in steps:
        raise ShapeError(f"starts {starts}, ends {ends}, axes {axes}, steps {steps} do not fit together")
    if any(not 0 <= axis < rank for axis in axes):
        raise ShapeError(f"axes {axes} do not fit {rank} axes")
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        yield axis, slice(start, end, step)


def _keeps_all(shape: FileShape, axis: int, given: slice) -> bool:
    """True if nothing is left out, whatever the size of an unknown batch."""
    if shape.batched and axis == 0 and shape.dims[0] == 1 and not shape.droppable:
        return (given.start, given.step) == (0, 1) and bool(given.stop >= LARGEST_INT32)
    return range(*given.indices(shape.dims[axis])) == range(shape.dims[axis])


@reads("Split")
def read_split(node: OnnxNode, builder: ModelBuilder) -> None:
    """Sizes as attribute or constant input, or equal; one node an output; not of the batch."""
    data = node.inputs[0]
    axis = builder.axis(node, data, integer(node, "axis", 0))
    extent, parts = builder.shape(data)[axis], len(node.outputs)
    sizes = integers(node, "split") if node.opset < 13 else None
    if node.opset >= 13 and has_input(node, 1):
        sizes = integer_inputs(node, builder, 1)
    if sizes is None:
        each = -(-extent // parts)
        sizes = (*(each,) * (parts - 1), extent - each * (parts - 1))
        if sizes[-1] != each and node.opset < 18:
            raise ShapeError(f"{extent} elements can't be split into {parts} equal parts")
    if len(sizes) != parts or sum(sizes) != extent or min(sizes) < 1:
        raise ShapeError(f"{extent} elements can't be split into {parts} parts of {list(sizes)}")
    for output, start, count in zip(node.outputs, accumulate((0, *sizes)), sizes, strict=False):
        if output and count == extent:
            builder.bind(output, data)
        elif output:
            builder.bind(output, builder.add(Slice(axis, start, count), (data,), output, node.loc))
