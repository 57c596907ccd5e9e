"""Rearrange: elements of a frame in another order, some several times, some not at all, with padding between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.base import Unit
from fpgaflow.units.reorder import reorder_units


@dataclass(frozen=True)
class Rearrange(IntegerOp):
    """Inputs: data, order (elements of the result,): the data's element that goes there, or -1 for ``pad_value``."""

    shape: tuple[int, ...]
    pad_value: int

    def infer(self, *types: TensorType) -> TensorType:
        data, order = types
        if order.elements != prod(self.shape):
            raise ShapeError(f"{order.elements} elements don't make a frame of shape {list(self.shape)}")
        return TensorType(self.shape, data.format)

    def evaluate(self, *values: Array) -> Array:
        data, order = values
        flat = np.take(data.reshape(len(data), -1), order, axis=1)
        if order.min() < 0:
            flat = np.where(order < 0, np.asarray(self.pad_value, dtype=flat.dtype), flat)
        return flat.reshape(len(data), *self.shape)

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        (order,) = site.constants
        for unit in reorder_units(order, site.data.elements, site.format, self.pad_value):
            yield (unit,)
