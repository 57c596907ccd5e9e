"""Convolutions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fpgaflow.backends.emulate.dense import Product
from fpgaflow.backends.emulate.kernels import add_products, gather_windows
from fpgaflow.backends.emulate.lines import Lines
from fpgaflow.backends.emulate.number_types import NumberType, Operand, largest, magnitude, widest
from fpgaflow.backends.emulate.step import Step, compiles
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array
from fpgaflow.ops.convolution import Convolution

TILE_BYTES = 1 << 19


@compiles(Convolution)
def convolution(op: Convolution, data: Sequence[Operand], constants: Sequence[Array]) -> Step:
    """Whole frames or single pixels are vectors already; a channel with a kernel of its own has no matrix product."""
    (operand,), (weights,) = data, constants
    dtype = widest(operand.magnitude, abs(op.pad_value), magnitude(op.accumulator), largest(weights))
    positions = op.positions(operand.shape)
    if op.groups == 1 and (op.is_pixel or op.covers(operand.shape)):
        return Step(Product(weights.reshape(len(weights), -1).T.astype(dtype), (*positions, len(weights))), dtype)
    if weights.shape[-1] == 1 and op.groups > 1:
        return Step(_Depthwise(op, weights, operand.shape, dtype), dtype)
    return Step(_Windows(op, weights, positions, dtype), dtype)


class _Windows:
    """What the kernel sees is gathered, some rows of results at a time, for one matrix product for each group."""

    def __init__(self, op: Convolution, weights: IntArray, positions: tuple[int, int], dtype: NumberType) -> None:
        self._op, self._positions, self._dtype = op, positions, dtype
        matrices = weights.reshape(op.groups, len(weights) // op.groups, -1)
        self._matrices = np.ascontiguousarray(matrices.transpose(0, 2, 1).astype(dtype))
        row = positions[1] * self._matrices.shape[1] * np.dtype(dtype).itemsize
        self._tile = max(1, TILE_BYTES // row)

    def __call__(self, values: Array) -> Array:
        op, (rows, columns) = self._op, self._positions
        groups, inputs, outputs = self._matrices.shape
        values = values.astype(self._dtype, copy=False)
        parts = [values] if groups == 1 else [np.ascontiguousarray(part) for part in np.split(values, groups, axis=-1)]
        result = np.empty((len(values) * rows, columns, groups * outputs), dtype=self._dtype)
        channels = parts[0].shape[-1]
        windows = np.empty((min(self._tile, len(result)), columns, *op.kernel, channels), dtype=self._dtype)
        for first in range(0, len(result), self._tile):
            tile = result[first : first + self._tile]
            gathered = windows[: len(tile)]
            for group, part in enumerate(parts):
                gather_windows(part, first, rows, op.stride, op.dilation, op.pads[:2], op.pad_value, gathered)
                wanted = tile.reshape(-1, groups * outputs)[:, group * outputs : (group + 1) * outputs]
                np.matmul(gathered.reshape(-1, inputs), self._matrices[group], out=wanted)
        return result.reshape(len(values), rows, columns, -1)


class _Depthwise:
    """Every channel by itself; channels with several outputs stand several times side by side."""

    def __init__(self, op: Convolution, weights: IntArray, shape: tuple[int, ...], dtype: NumberType) -> None:
        self._spread = len(weights) // op.groups
        self._lines = Lines(op, (*shape[:2], len(weights)), dtype)
        kernels = weights.reshape(len(weights), -1).T.astype(dtype)
        self._weights = np.ascontiguousarray(np.tile(kernels, self._lines.columns))

    def __call__(self, values: Array) -> Array:
        wide = values if self._spread == 1 else np.repeat(values, self._spread, axis=-1)
        lines, result = self._lines(wide)
        add_products(lines, *self._lines.geometry, self._lines.taps, self._weights, self._lines.flat(result))
        return result
