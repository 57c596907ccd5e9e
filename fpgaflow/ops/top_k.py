"""TopK: the largest or smallest values and where they are, computed on the host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.base import HostOp, ModelBuilder, ModelWriter, OnnxNode, ShapeError, reads
from fpgaflow.ops.reading import integer, integer_inputs


class TopKPart(Enum):
    """Which of TopK's two results a node computes."""

    VALUES = "values"
    INDICES = "indices"


@dataclass(frozen=True)
class TopK(HostOp):
    """The ``count`` largest (else smallest) values along the frame axis ``axis``, best first, or their indices.

    Of equal values the one with the lower index comes first. Source: ONNX TopK.
    """

    count: int
    axis: int
    largest: bool
    part: TopKPart

    def infer(self, *types: TensorType) -> TensorType:
        shape = types[0].shape
        if not 0 < self.count <= shape[self.axis]:
            raise ShapeError(f"TopK takes {self.count} of {shape[self.axis]} values")
        return TensorType((*shape[: self.axis], self.count, *shape[self.axis + 1 :]))

    def evaluate(self, *values: Array) -> Array:
        (data,) = values
        axis = self.axis + 1
        order = np.argsort(-data if self.largest else data, axis=axis, kind="stable")
        indices = np.take(order, np.arange(self.count), axis=axis)
        return indices if self.part is TopKPart.INDICES else np.take_along_axis(data, indices, axis=axis)

    def write(self, node: Node, writer: ModelWriter) -> None:
        indices = self.part is TopKPart.INDICES
        count = writer.constant(np.array([self.count], dtype=np.int64))
        other = writer.fresh(f"{node.name}_{'values' if indices else 'indices'}")
        results = (other, node.name) if indices else (node.name, other)
        attributes: dict[str, Any] = {"axis": self.axis + 1, "largest": int(self.largest)}
        writer.add("TopK", (*node.inputs, count), *results, element="int64" if indices else "float32", **attributes)


@reads("TopK")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """On the host, at the network's end; values and indices."""
    data = node.inputs[0]
    axis = builder.axis(node, data, integer(node, "axis", -1))
    counts = integer_inputs(node, builder, 1) if node.opset >= 10 else (integer(node, "k"),)
    if len(counts) != 1:
        raise ShapeError(f"TopK's count '{node.inputs[1]}' holds {len(counts)} numbers, it must be one")
    largest = bool(integer(node, "largest", 1))
    for output, part in zip(node.outputs, TopKPart, strict=False):
        if output:
            op = TopK(counts[0], axis, largest, part)
            builder.bind(output, builder.add(op, (data,), output, node.loc))
