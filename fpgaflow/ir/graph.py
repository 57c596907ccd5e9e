"""The graph that every pass reads and returns.

A graph is in one of two stages. In the *model* stage values are real numbers and operators are ONNX's, quantizers
included; in the *integer* stage values are stored integers with a format. The batch is never part of a shape: values
are evaluated as arrays (frames, *shape).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fpgaflow.errors import Loc
from fpgaflow.fixed import Format, IntArray

if TYPE_CHECKING:
    from fpgaflow.ops.base import Op

Array = npt.NDArray[Any]


class GraphStage(Enum):
    """What the values of a graph are."""

    MODEL = "model"
    INTEGER = "integer"


@dataclass(frozen=True)
class TensorType:
    """Shape of one frame (no batch axis) and format of the stored integers; ``format`` is None for real numbers."""

    shape: tuple[int, ...]
    format: Format | None = None

    @property
    def elements(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def __str__(self) -> str:
        return f"{self.format or 'real'}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True, eq=False)
class Quantization:
    """How a constant was quantized: ``real = (codes - zero_point) * scale``, scale and zero point broadcastable."""

    codes: IntArray
    scale: Array
    zero_point: Array


@dataclass(frozen=True, eq=False)
class Constant:
    """An array that is part of the graph. Quantized weights keep their integers beside the float32 values."""

    values: Array
    quantization: Quantization | None = None


@dataclass(frozen=True)
class Node:
    """One operator and the one value it computes, which has the node's name."""

    name: str
    op: Op
    inputs: tuple[str, ...]
    type: TensorType
    loc: Loc


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order. ``inputs`` and ``constants`` and node names share one name space."""

    stage: GraphStage
    inputs: Mapping[str, TensorType]
    constants: Mapping[str, Constant]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    name: str = field(default="model")

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def consumers(self) -> dict[str, tuple[Node, ...]]:
        """Nodes that read each value; a graph output is not a consumer."""
        found: dict[str, tuple[Node, ...]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found[name] = (*found.get(name, ()), node)
        return found

    def type_of(self, name: str) -> TensorType:
        """Type of an input, a constant (its whole shape) or a node's value."""
        if name in self.by_name:
            return self.by_name[name].type
        if name in self.inputs:
            return self.inputs[name]
        return TensorType(self.constants[name].values.shape)

    def evaluate(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Every value of the graph for a batch: ``feeds`` and results are (frames, *shape)."""
        values: dict[str, Array] = {name: constant.values for name, constant in self.constants.items()}
        values.update(feeds)
        for node in self.nodes:
            values[node.name] = node.op.evaluate(*(values[name] for name in node.inputs))
        return {name: value for name, value in values.items() if name not in self.constants}
