"""The bit-exact emulator: the integer graph, compiled into a few NumPy calls a layer.

Integers travel in the narrowest float type that holds them exactly, because float matrix products are fast: float32
while every partial sum is below 2**24, float64 below 2**53, int64 beyond. Only a requantization ever rounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fpgaflow.fixed import BipolarFormat, Format, IntArray, Rounding
from fpgaflow.ir.graph import Array, Graph, Node
from fpgaflow.ops.dense import Dense
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.requantize import Requantize
from fpgaflow.requantize_forms import ShiftForm, shift_form
from fpgaflow.staircase import Staircase

Step = Callable[[Array], Array]
"""(frames, elements) of one layer -> (frames, elements) of the next, in number types the steps agreed on."""

MAX_TABLE = 1 << 22
CHUNK_BYTES = 1 << 20


class Emulator:
    """``emulator(integers)``: (frames, *input shape) stored integers -> (frames, *output shape) stored integers."""

    def __init__(self, body: Graph) -> None:
        ((self._input, self._input_type),) = body.inputs.items()
        (self._output,) = body.outputs
        self._output_type = body.type_of(self._output)
        dtype = _number_type(self._input_type.format)
        self._first_type = dtype
        self._steps: list[Step] = []
        widest = self._input_type.elements
        for node in body.nodes:
            assert node.inputs[0] == (body.nodes[len(self._steps) - 1].name if self._steps else self._input)
            step, dtype = _compile(body, node, dtype)
            self._steps.append(step)
            widest = max(widest, node.type.elements)
        self.chunk = max(16, CHUNK_BYTES // (4 * widest))

    def __call__(self, integers: Array) -> IntArray:
        frames = np.asarray(integers).reshape(len(integers), -1)
        result = np.empty((len(frames), self._output_type.elements), dtype=np.int64)
        for start in range(0, len(frames), self.chunk):
            values: Array = frames[start : start + self.chunk].astype(self._first_type)
            for step in self._steps:
                values = step(values)
            result[start : start + self.chunk] = values
        return result.reshape(len(frames), *self._output_type.shape)


def _compile(graph: Graph, node: Node, dtype: type) -> tuple[Step, type]:
    """The step of a node whose input arrives as ``dtype``, and the type of its result."""
    constants = [graph.constants[name].values for name in node.inputs[1:]]
    match node.op:
        case Dense():
            return _dense(node.op, constants[0], dtype)
        case Requantize():
            return _requantize(node.op, constants, dtype)
        case LookupTable():
            return _lookup(constants[0], node.op.input_low, dtype), dtype
        case _:
            raise AssertionError(f"{type(node.op).__name__} is not an integer-stage operator")


def _number_type(format: Format | None) -> type:
    assert format is not None
    return _for_magnitude(max(abs(format.min), abs(format.max)))


def _for_magnitude(magnitude: int) -> type:
    if magnitude <= 1 << 24:
        return np.float32
    return np.float64 if magnitude <= 1 << 53 else np.int64


def _wider(one: type, other: type) -> type:
    return max(one, other, key=(np.float32, np.float64, np.int64).index)


def _dense(op: Dense, weights: IntArray, dtype: type) -> tuple[Step, type]:
    result = _wider(dtype, _number_type(op.accumulator))
    matrix = np.ascontiguousarray(weights.T.astype(result))
    inputs = len(matrix)

    def step(values: Array) -> Array:
        rows: Array = values.astype(result, copy=False).reshape(-1, inputs)
        product: Array = rows @ matrix
        return product.reshape(len(values), -1)

    return step, result


def _requantize(op: Requantize, parameters: list[Array], dtype: type) -> tuple[Step, type]:
    staircase = op.staircase(*parameters)
    result = _number_type(op.format)
    bipolar = isinstance(op.format, BipolarFormat)
    form = None if bipolar else shift_form(staircase)
    if form is not None and _exact_in(form, staircase, dtype):
        return _shift(form, dtype), dtype
    span = int(staircase.high.max() - staircase.low.min()) + 1
    if span * len(staircase.low) <= MAX_TABLE:
        points = np.arange(span)[:, None] + staircase.low.min()
        codes = staircase(np.clip(points, staircase.low, staircase.high)).T
        return _lookup(2 * codes - 1 if bipolar else codes, int(staircase.low.min()), result), result

    def step(values: Array) -> Array:
        spread = values.astype(np.int64).reshape(-1, len(staircase.low))
        codes: Array = staircase(spread).reshape(values.shape).astype(result)
        return 2 * codes - 1 if bipolar else codes

    return step, result


def _exact_in(form: ShiftForm, staircase: Staircase, dtype: type) -> bool:
    """True if the form can be computed in ``dtype`` floats without rounding before its own rounding."""
    if dtype is np.int64 or form.rounding not in (Rounding.FLOOR, Rounding.HALF_EVEN):
        return False
    reach = int(max(-staircase.low.min(), staircase.high.max())) << form.left_shift
    return bool(reach + int(np.abs(form.bias).max()) <= (1 << 24 if dtype is np.float32 else 1 << 53))


def _shift(form: ShiftForm, dtype: type) -> Step:
    scale = dtype(2.0 ** (form.left_shift - form.right_shift))
    bias: Array = (form.bias * 2.0**-form.right_shift).astype(dtype)
    round_ = np.floor if form.rounding is Rounding.FLOOR else np.rint
    low, high = dtype(form.low), dtype(form.high)

    def step(values: Array) -> Array:
        values = values.reshape(-1, len(bias)) * scale
        values += bias
        round_(values, out=values)
        # maximum and minimum are several times faster than clip, whose scalar path is not vectorised
        np.maximum(values, low, out=values)
        np.minimum(values, high, out=values)
        return values

    def shaped(values: Array) -> Array:
        return step(values).reshape(values.shape)

    return shaped


def _lookup(table: IntArray, input_low: int, dtype: type) -> Step:
    """Table (1 or channels, entries), one gather."""
    channels, entries = table.shape
    flat: Array = np.ascontiguousarray(table.ravel().astype(dtype))
    offset = (np.arange(channels) * entries - input_low).astype(np.int32)

    def step(values: Array) -> Array:
        index = values.astype(np.int32).reshape(-1, channels) + offset
        codes: Array = flat.take(index)
        return codes.reshape(values.shape)

    return step
