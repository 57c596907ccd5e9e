"""Pending operators as one function from integers to codes: what a staircase or a table is made of."""

from __future__ import annotations

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.base import Quantizer
from fpgaflow.passes.lowering_values import Pending, Value
from fpgaflow.staircase import Staircase, adjust, find_staircase

SMALL_TABLE, MAX_TABLE = 1 << 10, 1 << 16
"""Entries up to which a table is the smallest form of what is no staircase, and the most that it may have."""
SLACK = 2.0**-44
"""Far more than the error of a few float64 operations, relative to what they operate on."""


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
        return self._quantized(real, self.pending[-1])

    def _quantized(self, real: Array, last: Pending) -> IntArray:
        codes = self.quantizer.codes(real, *last.constants)
        integers: IntArray = codes.astype(np.int64)
        return (integers + 1) >> 1 if self.quantizer.bipolar else integers

    def codes(self, integers: IntArray) -> IntArray:
        """(points, period) integers -> codes: by the reference's float32 where it was exact so far, else float64."""
        return self._run(self._real(integers))

    def _real(self, integers: IntArray) -> Array:
        real = integers * self.scale + self.offset
        return np.asarray(real.astype(np.float32) if self.value.exact else real)

    def exact_codes(self, integers: IntArray) -> IntArray:
        """The same in exact arithmetic: float64 where its error can't matter, fractions elsewhere."""
        low, high = self._bounds(integers)
        codes = self._quantized(low, self.pending[-1])
        rows, columns = np.nonzero(codes != self._quantized(high, self.pending[-1]))
        if len(rows):
            real = integers[rows, columns].astype(object) * self.value.scale[columns] + self.value.offset[columns]
            here = [pending.of_elements(columns) for pending in self.pending]
            for pending in here[:-1]:
                real = pending(real[None])[0]
            codes[rows, columns] = self._quantized(real[None], here[-1])[0]
        return codes

    def _bounds(self, integers: IntArray) -> tuple[Array, Array]:
        """float64 bounds of what the quantizer reads: intervals through the chain, widened at every operator by more
        than it can err. Every operator rises or falls, up to its turn if it has one, so these go to an interval's ends.
        """
        real = integers * self.scale + self.offset
        low, high = _widened(real, real, float(np.abs(self.offset).max()))
        for pending in self.pending[:-1]:
            low, high = _widened(low, high, pending.largest)
            ends = [pending(low), pending(high)]
            if pending.op.turn is not None:
                ends.append(pending(np.clip(pending.op.turn, low, high)))
            low, high = _widened(np.minimum.reduce(ends), np.maximum.reduce(ends), pending.largest)
        return _widened(low, high, self.pending[-1].largest)

    def staircase(self, low: IntArray, high: IntArray) -> Staircase:
        """The chain over ``low .. high``, where it is monotone: exactly, or as the reference where that was exact so far."""
        found = find_staircase(self.codes, low, high, (0, 1) if self.quantizer.bipolar else None)
        return adjust(found, self.exact_codes) if self._differs else found

    @property
    def _differs(self) -> bool:
        """True if float64 may differ from exact arithmetic, which can decide."""
        return not self.value.exact and self.rational

    def turns(self) -> IntArray | None:
        """(period,): for each element the first integer beyond the turn of the one function that is not monotone, one more
        than the largest if there is none; None if that does not make the chain monotone on both sides.
        """
        places = [place for place, pending in enumerate(self.pending) if not pending.op.monotone]
        turn = self.pending[places[0]].op.turn
        if len(places) > 1 or turn is None:
            return None

        def beyond(integers: IntArray) -> Array:
            real = self._real(integers[None])
            for pending in self.pending[: places[0]]:
                real = pending(real)
            return np.asarray(real[0] >= turn)

        below, above = self.value.low.copy(), self.value.high + 1
        first = beyond(below)
        while np.any(above - below > 1):
            middle = (below + above) >> 1
            same = beyond(middle) == first
            below, above = np.where(same, middle, below), np.where(same, above, middle)
        return above

    @property
    def entries(self) -> int:
        """Of a table: integers from the smallest to the largest of any element."""
        return int(self.value.high.max()) - int(self.value.low.min()) + 1

    def table(self, node: Node) -> IntArray:
        """(period, entries): the code of every integer from the smallest to the largest of any element."""
        if self.entries > MAX_TABLE:
            raise FlowError(
                "FF305",
                f"'{node.loc.node}' quantizes a function that is not monotone over {self.entries:,} integers",
                node=node.loc,
                reason=f"a table may have at most {MAX_TABLE:,} entries",
                hint="quantize the layer's input or weights with fewer bits, or use a monotone activation",
            )
        low = int(self.value.low.min())
        points = np.clip(np.arange(low, low + self.entries)[:, None], self.value.low, self.value.high)
        codes: IntArray = (self.exact_codes if self._differs else self.codes)(points).T
        return codes

    def decode(self, codes: IntArray) -> IntArray:
        bipolar: IntArray = 2 * codes - 1
        return bipolar if self.quantizer.bipolar else codes


def _widened(low: Array, high: Array, largest: float) -> tuple[Array, Array]:
    return low - SLACK * (np.abs(low) + largest), high + SLACK * (np.abs(high) + largest)
