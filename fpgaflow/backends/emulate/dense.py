"""Matrix products of whole vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fpgaflow.backends.emulate.number_types import Operand, largest, magnitude, widest
from fpgaflow.backends.emulate.step import Step, compiles
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.dense import Dense


@compiles(Dense)
def dense(op: Dense, data: Sequence[Operand], constants: Sequence[Array]) -> Step:
    (operand,), (weights,) = data, constants
    shape = op.infer(TensorType(operand.shape, operand.format), TensorType(weights.shape)).shape
    dtype = widest(operand.magnitude, magnitude(op.accumulator), largest(weights))
    return Step(Product(weights.T.astype(dtype), shape), dtype)


class Product:
    """Multiplies every vector of a frame by ``matrix`` (inputs, outputs), in the matrix's type; results have ``shape``."""

    def __init__(self, matrix: Array, shape: tuple[int, ...]) -> None:
        self._matrix = np.ascontiguousarray(matrix)
        self._shape = shape

    def __call__(self, values: Array) -> Array:
        rows = values.astype(self._matrix.dtype, copy=False).reshape(-1, len(self._matrix))
        result: Array = rows @ self._matrix
        return result.reshape(len(values), *self._shape)
