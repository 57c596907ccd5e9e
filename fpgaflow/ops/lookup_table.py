"""LookupTable: any function of integers of a small range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm

import numpy as np

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.base import Unit
from fpgaflow.units.requantize_table import TableUnit


@dataclass(frozen=True)
class LookupTable(IntegerOp):
    """Any function of a small range; inputs: data, table (1 or channels, entries): ``table[channel, x - input_low]``."""

    input_low: int
    format: Format

    def infer(self, *types: TensorType) -> TensorType:
        data, table = types
        if data.elements % table.shape[0]:
            raise ShapeError(f"{data.elements} elements are not a multiple of {table.shape[0]} channels")
        return TensorType(data.shape, self.format)

    def evaluate(self, *values: Array) -> Array:
        data, table = values
        channels = len(table)
        index = data.reshape(len(data), -1, channels).astype(np.int64) - self.input_low
        return table[np.arange(channels), index].reshape(data.shape)

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        (table,) = site.constants
        for lanes in site.lanes:
            shared = len(table) == 1
            channels = lcm(lanes, len(table))
            spread = table if shared else np.concatenate([table] * (channels // len(table)))
            common = (channels, site.data.elements, lanes, site.format, self.format)
            yield (TableUnit(*common, self.input_low, spread),)
