"""Mean of each window: ONNX's AveragePool and GlobalAveragePool."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Spatial, constant_like, reads
from fpgaflow.ops.max_pool import pool_window
from fpgaflow.ops.reading import integer
from fpgaflow.ops.window import (
    Window,
    WindowAxis,
    padded,
    pooled_shape,
    reduce_windows,
    spatial_extents,
    window_attributes,
    with_ceil_mode,
)

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value


@dataclass(frozen=True)
class AveragePool(Spatial):
    """Sum under the window divided by the number of its taps on the data, channel by channel.

    ``counted`` are the elements of padding before and behind each axis that count as zeros among the data. In float32 sum
    and quotient are computed in float64 and rounded. Source: ONNX AveragePool, GlobalAveragePool.
    """

    window: Window
    counted: tuple[tuple[int, int], ...]

    def infer(self, *types: TensorType) -> TensorType:
        return TensorType(pooled_shape(self.window, types[0].shape))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        wide = data.astype(np.float64) if data.dtype == np.float32 else data
        total = reduce_windows(padded(wide, self.window, 0), self.window, np.add)
        return np.asarray(total / constant_like(self.divisors(data.shape[2:]), wide)).astype(data.dtype)

    def divisors(self, extents: tuple[int, ...]) -> IntArray:
        """(*positions): what the sum at each position is divided by."""
        sides = zip(self.window, extents, self.counted, strict=True)
        return reduce(np.multiply.outer, [axis.count(extent, *counted) for axis, extent, counted in sides])

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        (value,) = inputs
        assert not isinstance(value, Constant)
        return lowering.mean_pool(node, value, self.window, self.divisors(value.shape[1:]))

    def write(self, node: Node, writer: ModelWriter) -> None:
        attributes: dict[str, Any] = window_attributes(self.window)
        if any(map(any, self.counted)):
            pads = [*(begin for begin, _ in self.counted), *(end for _, end in self.counted)]
            # what lies behind the counted padding is there for a last position
            attributes |= {"count_include_pad": 1, "ceil_mode": int(pads != attributes["pads"]), "pads": pads}
        dilated = any(axis.dilation > 1 for axis in self.window)
        if not dilated:
            del attributes["dilations"]
        writer.add("AveragePool", node.inputs, node.name, opset=19 if dilated else 1, **attributes)


def global_pool(extents: tuple[int, ...]) -> AveragePool:
    """The mean over all spatial axes."""
    return AveragePool(tuple(WindowAxis(extent) for extent in extents), ((0, 0),) * len(extents))


@reads("AveragePool")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Strides, dilations, pads, auto_pad, ceil_mode, count_include_pad."""
    extents = spatial_extents(node, builder)
    window = pool_window(node, extents)
    include = bool(integer(node, "count_include_pad", 0))
    counted = tuple((axis.begin, axis.end) if include else (0, 0) for axis in window)
    op = AveragePool(with_ceil_mode(node, window, extents), counted)
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))


@reads("GlobalAveragePool")
def read_global(node: OnnxNode, builder: ModelBuilder) -> None:
    """An AveragePool with a window as large as the frame."""
    op = global_pool(spatial_extents(node, builder))
    builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))
