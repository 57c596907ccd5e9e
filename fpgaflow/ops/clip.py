"""Clip: values limited to a range."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Elementwise, ModelBuilder, ModelWriter, OnnxNode, ShapeError, constant_like, reads
from fpgaflow.ops.quantize_linear import QuantizeLinear
from fpgaflow.ops.reading import has_input, number, unsupported


@dataclass(frozen=True)
class Clip(Elementwise):
    """``min(max(x, low), high)``; a limit that is None does nothing. Source: ONNX Clip."""

    low: float | None
    high: float | None

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        if self.low is not None:
            data = np.maximum(data, constant_like(np.asarray(self.low), data))
        if self.high is not None:
            data = np.minimum(data, constant_like(np.asarray(self.high), data))
        return np.asarray(data)

    def write(self, node: Node, writer: ModelWriter) -> None:
        limits = ("" if end is None else writer.constant(np.float32(end)) for end in (self.low, self.high))
        writer.add("Clip", (*node.inputs, *limits), node.name)


@reads("Clip")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """Limits as attributes or constant inputs; between QuantizeLinear and DequantizeLinear it narrows the integers."""
    low, high = _limit(node, builder, 1, "min"), _limit(node, builder, 2, "max")
    producer = builder.producer(node.inputs[0])
    if producer is not None and type(producer.op) is QuantizeLinear:
        narrowed = _narrowed(producer.op, low, high)
        builder.bind(node.outputs[0], builder.add(narrowed, producer.inputs, node.outputs[0], node.loc))
    else:
        op = Clip(low, high)
        builder.bind(node.outputs[0], builder.add(op, node.inputs[:1], node.outputs[0], node.loc))


def _narrowed(op: QuantizeLinear, low: float | None, high: float | None) -> QuantizeLinear:
    """The quantizer with its range clipped, in Clip's order: first from below, then from above."""
    ends = [float(end) if low is None else max(end, low) for end in (op.low, op.high)]
    first, last = (int(end) if high is None else int(min(end, high)) for end in ends)
    return replace(op, low=first, high=last)


def _limit(node: OnnxNode, builder: ModelBuilder, index: int, attribute: str) -> float | None:
    """A limit from attribute (operator sets before 11) or input; None if it is missing or infinite."""
    if has_input(node, index):
        values = builder.constant(node, index)
        if values.size != 1:
            raise ShapeError(
                f"limit '{node.inputs[index]}' of Clip has shape {list(values.shape)}, it must be one number"
            )
        limit = float(values.reshape(()))
    elif attribute in node.attributes:
        limit = number(node, attribute)
    else:
        return None
    if np.isnan(limit):
        raise unsupported(
            node,
            f"limit '{attribute}' of Clip is NaN",
            reason="nothing can be compared with it",
            hint="export the model again",
        )
    return None if limit == (-np.inf if attribute == "min" else np.inf) else limit
