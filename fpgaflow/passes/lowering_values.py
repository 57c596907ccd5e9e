"""What the lowering pass knows about a value, and what an operator's ``lower`` may ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import Elementwise


@dataclass(frozen=True, eq=False)
class Pending:
    """An elementwise operator not yet lowered, its constant operands, and the frame's shape where it stands."""

    node: Node
    constants: tuple[Array, ...]
    shape: tuple[int, ...]

    @property
    def op(self) -> Elementwise:
        assert isinstance(self.node.op, Elementwise)
        return self.node.op


@dataclass(frozen=True, eq=False)
class Value:
    """``real = (pending functions)(scale * stored integer + offset)``.

    ``source`` names the integer-stage value, ``integer`` is its type; ``low``/``high`` (elements,) bound its integers;
    ``scale``/``offset`` (elements,) are object arrays of Fraction. ``exact`` says that the ONNX reference computes the
    real value without rounding in float32. ``shape`` is the frame's shape at this point of the model; all arrays are in
    the flattened frame's order.
    """

    source: str
    integer: TensorType
    low: IntArray
    high: IntArray
    scale: Array
    offset: Array
    exact: bool
    shape: tuple[int, ...]
    pending: tuple[Pending, ...] = ()


class Lowering(Protocol):
    """The services of the lowering pass."""

    def append(self, node: Node, inputs: tuple[Value | Constant, ...]) -> Value:
        """An elementwise operator on the first input: kept pending until its result is needed as integers."""
        ...

    def reshape(self, node: Node, value: Value) -> Value:
        """The same elements in the same order, in the shape ``node.type.shape``."""
        ...

    def dense(self, node: Node, value: Value, weights: Constant) -> Value:
        """``value @ weights`` with weights (inputs, outputs)."""
        ...
