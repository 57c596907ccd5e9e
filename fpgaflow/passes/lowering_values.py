"""What the lowering pass knows about a value, and what an operator's ``lower`` may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Node, TensorType
from fpgaflow.ops.base import Elementwise, IntegerOp
from fpgaflow.ops.window import Window
from fpgaflow.passes.arrangement import PADDING, one_period


@dataclass(frozen=True, eq=False)
class Pending:
    """An elementwise operator not yet lowered and its constant operands: single numbers, or (period,) as a value has them."""

    node: Node
    constants: tuple[Array, ...]

    @property
    def op(self) -> Elementwise:
        assert isinstance(self.node.op, Elementwise)
        return self.node.op

    @property
    def largest(self) -> float:
        """Largest magnitude among the constants."""
        return max((float(np.abs(c.astype(np.float64)).max()) for c in self.constants), default=0.0)

    def of_elements(self, elements: IntArray) -> Pending:
        """The same for a selection of the period's elements."""
        return replace(self, constants=tuple(c[elements] if c.ndim else c for c in self.constants))

    def __call__(self, real: Array) -> Array:
        """(points, period) -> (points, period)."""
        return self.op.evaluate(real, *self.constants)


@dataclass(frozen=True, eq=False)
class Value:
    """``real = (pending functions)(scale * stored integer + offset)``.

    ``source`` names the integer-stage value, ``integer`` is its type. Its elements in order are the *stream*;
    ``positions`` has the frame's shape in the model and tells for each of its elements where it is in the stream (an
    element may be there several times, or not at all), or ``PADDING`` where the integer ``pad`` stands. All other arrays are
    (period,) and repeat along the stream: ``low``/``high`` bound the integers, ``scale``/``offset`` are object arrays of
    Fraction. ``exact`` says that the ONNX reference computes the real value without rounding in float32.
    """

    source: str
    integer: TensorType
    low: IntArray
    high: IntArray
    scale: Array
    offset: Array
    exact: bool
    positions: IntArray
    pending: tuple[Pending, ...] = ()
    pad: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the frame in the model."""
        return self.positions.shape

    @property
    def period(self) -> int:
        return len(self.low)

    @property
    def channels(self) -> int:
        """Extent of the stream's last axis: the least period."""
        return self.integer.shape[-1]

    @property
    def is_whole(self) -> bool:
        """True if the frame has every element of the stream once."""
        flat = self.positions.ravel()
        return len(flat) == self.integer.elements and bool(
            np.all(np.bincount(flat[flat >= 0], minlength=len(flat)) == 1)
        )

    def spread(self, period: int) -> Value:
        """The same with arrays of a longer period."""
        if period == self.period:
            return self

        def tile(array: Array) -> Array:
            return np.tile(array, period // self.period) if array.ndim else array

        pending = tuple(Pending(p.node, tuple(map(tile, p.constants))) for p in self.pending)
        low, high, scale, offset = map(tile, (self.low, self.high, self.scale, self.offset))
        return replace(self, low=low, high=high, scale=scale, offset=offset, pending=pending)

    def reordered(self, source: Node, order: IntArray, positions: IntArray) -> Value:
        """The value in another stream, computed by ``source``: element k is element order[k] of this one, or padding."""
        channels = source.type.shape[-1]
        rows = order.reshape(-1, channels)
        # padding has the scale of its channel
        (index,) = one_period(np.where(rows == PADDING, rows.max(axis=0), rows).ravel() % self.period, of=(channels,))

        def move(array: Array) -> Array:
            return array[index] if array.ndim else array

        low, high, scale, offset = map(move, (self.low, self.high, self.scale, self.offset))
        if np.any(order == PADDING):
            low, high = np.minimum(low, self.pad), np.maximum(high, self.pad)
        pending = tuple(Pending(p.node, tuple(map(move, p.constants))) for p in self.pending)
        return Value(source.name, source.type, low, high, scale, offset, self.exact, positions, pending)


class Lowering(Protocol):
    """The services of the lowering pass."""

    def append(self, node: Node, inputs: tuple[Value | Constant, ...]) -> Value:
        """An elementwise operator on the first input: kept pending until its result is needed as integers."""
        ...

    def emit(self, node: Node, op: IntegerOp, sources: tuple[str, ...], constants: Mapping[str, Array]) -> Node:
        """A new node of the integer graph, called after the model's ``node``; ``constants`` are its further inputs."""
        ...

    def materialise(self, value: Value, reader: Node | None = None) -> Value:
        """The value with nothing pending: real = scale * integer + offset. FF302 if ``reader`` reads real numbers."""
        ...

    def arranged(self, node: Node, value: Value, positions: IntArray, shape: tuple[int, ...]) -> Value:
        """The value in a stream of ``shape`` where its elements lie at ``positions``; moves data only if it must."""
        ...

    def dense(self, node: Node, value: Value, weights: Constant) -> Value:
        """``value @ weights`` with weights (inputs, outputs)."""
        ...

    def convolution(self, node: Node, value: Value, weights: Constant, window: Window, groups: int) -> Value: ...

    def transposed_convolution(
        self, node: Node, value: Value, weights: Constant, window: Window, groups: int
    ) -> Value: ...

    def max_pool(self, node: Node, value: Value, window: Window) -> Value: ...

    def mean_pool(self, node: Node, value: Value, window: Window, divisors: IntArray) -> Value:
        """The sums under the window, divided by ``divisors`` (*positions)."""
        ...

    def add(self, node: Node, values: tuple[Value | Constant, ...], signs: tuple[int, ...]) -> Value:
        """``sum_i signs[i] * values[i]``."""
        ...

    def multiply(self, node: Node, values: tuple[Value | Constant, ...]) -> Value: ...

    def concatenate(self, node: Node, values: tuple[Value | Constant, ...], axis: int) -> Value: ...

    def pad(self, node: Node, value: Value, begin: tuple[int, ...], end: tuple[int, ...], number: float) -> Value:
        """The value with a border of ``number``; negative widths take elements away."""
        ...
