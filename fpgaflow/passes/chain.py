"""Pending operators as one function from integers to codes: what a staircase or a table is made of."""

from __future__ import annotations

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Quantizer
from fpgaflow.passes.lowering_values import Pending, Value

MAX_TABLE = 1 << 16


class Chain:
    """Pending operators as a function from the source's integers to codes; bipolar codes are 0 and 1 here."""

    def __init__(self, value: Value, pending: tuple[Pending, ...]) -> None:
        self.value, self.pending = value, pending
        self.scale = np.array([float(f) for f in value.scale])
        self.offset = np.array([float(f) for f in value.offset])
        self.rational = all(p.op.rational for p in pending)
        quantizer = pending[-1].op
        assert isinstance(quantizer, Quantizer)
        self.quantizer = quantizer

    def _run(self, real: Array) -> IntArray:
        for pending in self.pending[:-1]:
            real = pending(real)
        codes = self.quantizer.codes(real, *self.pending[-1].constants)
        integers: IntArray = codes.astype(np.int64)
        return (integers + 1) >> 1 if self.quantizer.bipolar else integers

    def codes(self, integers: IntArray) -> IntArray:
        """(points, period) integers -> codes: by the reference's float32 where it was exact so far, else float64."""
        real = integers * self.scale + self.offset
        return self._run(real.astype(np.float32) if self.value.exact else real)

    def exact_codes(self, integers: IntArray) -> IntArray:
        """The same in exact fractions."""
        return self._run(integers.astype(object) * self.value.scale + self.value.offset)

    def table(self, node: Node) -> IntArray:
        """(period, entries): the code of every integer from the smallest to the largest of any element."""
        low, high = int(self.value.low.min()), int(self.value.high.max())
        if high - low >= MAX_TABLE:
            raise FlowError(
                "FF305",
                f"'{node.loc.node}' quantizes a function that is not monotone over {high - low + 1:,} integers",
                node=node.loc,
                reason=f"a table may have at most {MAX_TABLE:,} entries",
                hint="quantize the layer's input or weights with fewer bits, or use a monotone activation",
            )
        points = np.arange(low, high + 1)[:, None]
        codes: IntArray = self.codes(np.clip(points, self.value.low, self.value.high)).T
        return codes

    def decode(self, codes: IntArray) -> IntArray:
        bipolar: IntArray = 2 * codes - 1
        return bipolar if self.quantizer.bipolar else codes
