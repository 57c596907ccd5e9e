"""FINN's MultiThreshold: how many thresholds a value has reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import ModelBuilder, ModelWriter, OnnxNode, Quantizer, constant_like, reads
from fpgaflow.ops.reading import QONNX, QONNX_DOMAINS, finite, number, text, unsupported

DEFAULT_LAYOUTS = {2: "NC", 3: "NWC", 4: "NCHW"}


@dataclass(frozen=True)
class MultiThreshold(Quantizer):
    """``out_scale * count + out_bias``, ``count`` = how many of the ``levels`` thresholds are <= x.

    Inputs: x, then the thresholds of each level, per tensor or broadcast (per channel). ``sign_only``: the two values are
    -s and +s, so the codes are -1 and +1 instead of 0 and 1. Source: qonnx.custom_op.general, MultiThreshold.
    """

    levels: int
    out_scale: float
    out_bias: float
    sign_only: bool = False

    def evaluate(self, *values: Array) -> Array:
        scale, bias = (constant_like(np.asarray(x, np.float64), values[0]) for x in (self.out_scale, self.out_bias))
        return np.asarray(scale * self._count(*values) + bias)

    def codes(self, *values: Array) -> Array:
        count = self._count(*values)
        return 2 * count - 1 if self.sign_only else count

    def _count(self, *values: Array) -> Array:
        data, *thresholds = values
        count = np.zeros(data.shape, dtype=np.int64)
        for threshold in thresholds:
            count += np.asarray(data >= constant_like(threshold, data), dtype=bool)
        return count.astype(data.dtype)

    def grid(self, *constants: Array) -> tuple[Array, Array]:
        scale, bias = np.asarray(self.out_scale), np.asarray(self.out_bias)
        return (scale / 2, scale / 2 + bias) if self.sign_only else (scale, bias)

    def bounds(self, *constants: Array) -> tuple[int, int]:
        return (-1, 1) if self.sign_only else (0, self.levels)

    @property
    def bipolar(self) -> bool:
        return self.sign_only

    def write(self, node: Node, writer: ModelWriter) -> None:
        data, *levels = node.inputs
        columns = [writer.values(name) for name in levels]
        thresholds = writer.constant(
            np.stack([column.ravel() for column in columns], axis=1), f"{node.name}_thresholds"
        )
        rank, behind = len(writer.shape(data)) + 1, max(columns[0].ndim - 1, 0)
        layout = DEFAULT_LAYOUTS.get(rank, "NC") if behind or rank < 3 else f"N{'HWD'[: rank - 2]}C"
        form: dict[str, Any] = {"out_dtype": "FLOAT32", "data_layout": layout}
        form |= {"out_scale": self.out_scale, "out_bias": self.out_bias}
        writer.add("MultiThreshold", (data, thresholds), node.name, domain=QONNX, **form)


@reads("MultiThreshold", domains=QONNX_DOMAINS)
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Thresholds per channel or shared, constant; out_scale, out_bias, data_layout."""
    thresholds = builder.constant(node, 1)
    finite(node, node.inputs[1], thresholds)
    scale, bias = number(node, "out_scale", 1.0), number(node, "out_bias", 0.0)
    if thresholds.ndim != 2 or not thresholds.size:
        raise FlowError(
            "FF203",
            f"thresholds '{node.inputs[1]}' have shape {list(thresholds.shape)}",
            node=node.loc,
            reason="MultiThreshold's thresholds are a matrix, channels by levels",
            hint="export the model again",
        )
    if not (np.isfinite(scale) and np.isfinite(bias) and scale != 0):
        raise FlowError(
            "FF306",
            f"out_scale is {scale}, out_bias is {bias}",
            node=node.loc,
            reason="both must be finite, and out_scale not zero",
            hint="export the model again",
        )
    channels, levels = thresholds.shape
    sign_only = levels == 1 and 2 * bias == -scale
    names = []
    shape = () if channels == 1 else _channel_shape(node, builder)
    for level in range(levels):
        column = thresholds[:, level].reshape(shape)
        names.append(builder.add_constant(f"{node.inputs[1]}_{level}", column))
    op = MultiThreshold(levels, scale, bias, sign_only)
    inputs = (node.inputs[0], *names)
    builder.bind(node.outputs[0], builder.add(op, inputs, node.outputs[0], node.loc))


def _channel_shape(node: OnnxNode, builder: ModelBuilder) -> tuple[int, ...]:
    """Shape of one level's thresholds: -1 on the channels' axis of the frame, 1 on those behind it."""
    constant = builder.is_constant(node.inputs[0])
    rank = len(builder.shape(node.inputs[0]) if constant else builder.file_shape(node.inputs[0]).dims)
    layout = text(node, "data_layout", "") or DEFAULT_LAYOUTS.get(rank, "NC")
    axis = layout.find("C") if "C" in layout else 1
    if len(layout) != rank and not (layout == "NC" and rank > 4):
        raise unsupported(
            node,
            f"data layout '{layout}' on values of {rank} axes",
            reason="the channels' axis is not known",
            hint="give data_layout one letter an axis",
        )
    if constant:
        return (-1, *(1,) * (rank - 1 - axis))
    frame = builder.shape(node.inputs[0])
    return (-1, *(1,) * (len(frame) - 1 - builder.axis(node, node.inputs[0], axis)))
