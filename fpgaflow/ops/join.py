"""Join: the weighted sum or the product of several streams, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from fpgaflow.fixed import FixedFormat
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.base import Unit
from fpgaflow.units.join import JoinUnit, Operation


@dataclass(frozen=True)
class Join(IntegerOp):
    """``sum_i multipliers[i] * x_i + constant``, or the product of all; every input and the result have one shape."""

    operation: Operation
    multipliers: tuple[int, ...]
    constant: int
    format: FixedFormat

    def infer(self, *types: TensorType) -> TensorType:
        if len({type_.shape for type_ in types}) > 1 or len(types) != len(self.multipliers):
            raise ShapeError(f"frames of shapes {', '.join(str(list(type_.shape)) for type_ in types)} can't be joined")
        return TensorType(types[0].shape, self.format)

    def evaluate(self, *values: Array) -> Array:
        if self.operation is Operation.MULTIPLY:
            product: Array = reduce(np.multiply, values)
            return product
        wide = [value.astype(np.int64) for value in values]
        total: Array = sum((m * value for m, value in zip(self.multipliers, wide, strict=True)), start=np.int64(0))
        return total + self.constant

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        formats = tuple(type_.format for type_ in site.inputs if type_.format is not None)
        for lanes in site.lanes:
            unit = JoinUnit(
                self.operation, self.multipliers, self.constant, site.result.elements, lanes, formats, self.format
            )
            yield (unit,)
