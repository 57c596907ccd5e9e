"""ArgMax: the index of the largest value, computed on the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import HostOp, ModelBuilder, ModelWriter, OnnxNode, reads
from fpgaflow.ops.reading import integer


@dataclass(frozen=True)
class ArgMax(HostOp):
    """Index of the largest value along the frame axis ``axis``, the first or (``last``) the last of equals; ``keepdims``
    keeps the axis with extent 1. Source: ONNX ArgMax.
    """

    axis: int
    keepdims: bool
    last: bool

    def infer(self, *types: TensorType) -> TensorType:
        shape = types[0].shape
        return TensorType((*shape[: self.axis], *((1,) if self.keepdims else ()), *shape[self.axis + 1 :]))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        axis = self.axis + 1
        if not self.last:
            return np.asarray(np.argmax(data, axis=axis, keepdims=self.keepdims))
        backwards = np.argmax(np.flip(data, axis), axis=axis, keepdims=self.keepdims)
        return np.asarray(data.shape[axis] - 1 - backwards)

    def write(self, node: Node, writer: ModelWriter) -> None:
        attributes: dict[str, Any] = {
            "axis": self.axis + 1,
            "keepdims": int(self.keepdims),
            "select_last_index": int(self.last),
        }
        writer.add("ArgMax", node.inputs, node.name, element="int64", **attributes)


@reads("ArgMax")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """On the host, at the network's end."""
    data = node.inputs[0]
    axis = builder.axis(node, data, integer(node, "axis", 0))
    op = ArgMax(axis, bool(integer(node, "keepdims", 1)), bool(integer(node, "select_last_index", 0)))
    builder.bind(node.outputs[0], builder.add(op, (data,), node.outputs[0], node.loc))
