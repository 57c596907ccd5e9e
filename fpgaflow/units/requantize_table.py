"""Requantization by reading the result of each possible input in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.requantize import RequantizeUnit
from fpgaflow.units.rom import clog2, in_block_ram, rom_cost


@dataclass(frozen=True, eq=False)
class TableUnit(RequantizeUnit):
    """``table[c or 0, x - input_low]``; x is always within ``input_low .. input_low + entries - 1``.

    ``table`` is (1 or channels, entries) of the output format's integers.
    """

    kind: ClassVar[str] = "requantize_table"
    input_low: int
    table: IntArray

    @property
    def latency(self) -> int:
        return 2

    def lane_cost(self) -> Resources:
        """Each lane has a table of its own: a staircase of few steps takes fewer LUTs than its words would fill."""
        words, width = self.entries * (1 if self.shared else self.folds), self.output_format.width
        table = rom_cost(words, width, block=in_block_ram(words, width))
        steps = int(np.count_nonzero(np.diff(self.table))) / len(self.table) * (1 if self.shared else self.folds)
        logic = steps * clog2(words) / 5.5
        lut = table.lut if self.shared else 1.7 * table.lut
        lut = max(width, min(lut, logic)) if table.lut else 0
        # the address is a sum unless the fold's bits stand above those of the input
        address = 0 if self.shared or self.folds == 1 or self.entries.bit_count() == 1 else 1.1 * clog2(words)
        return Resources(lut + address + self.output_format.width, table.ff, table.bram)

    def parameters_cost(self) -> Resources:
        """The fold's place in a lane's table; the tables are in the lanes."""
        last = 0 if self.shared else (self.folds - 1) * self.entries
        fold = last.bit_length() - clog2(self.entries & -self.entries) if last else 0
        return Resources(lut=2 * fold, ff=fold)

    @property
    def entries(self) -> int:
        return int(self.table.shape[1])

    @property
    def shared(self) -> bool:
        """True if one table serves all channels."""
        return len(self.table) == 1

    def apply(self, values: IntArray) -> IntArray:
        row = np.zeros(self.channels, dtype=np.int64) if self.shared else np.arange(self.channels)
        return self.table[row, values - self.input_low]

    def memories(self) -> tuple[Memory, ...]:
        """Shared: one memory, word ``x - input_low``. Else ``lane<p>``, word ``fold * entries + x - input_low``."""
        codes, width = self.output_format.encode(self.table), self.output_format.width
        if self.shared:
            return (Memory("table", width, tuple(codes[0].tolist())),)
        lanes = codes.reshape(self.folds, self.lanes, self.entries)
        return tuple(Memory(f"lane{lane}", width, tuple(lanes[:, lane].ravel().tolist())) for lane in range(self.lanes))
