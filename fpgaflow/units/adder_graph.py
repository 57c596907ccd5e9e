"""Fully unrolled constant matrix: an adder graph with shared subexpressions, one vector a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.schedule import Schedule, every_step


@dataclass(frozen=True)
class AdderNode:
    """Value ``i`` of the graph: ``(left << left_shift) ± (right << right_shift)``.

    ``left`` and ``right`` index earlier values (inputs come first: 0 .. inputs-1). ``subtract`` negates the right operand.
    ``low``/``high`` are the exact bounds that the value can reach. ``level`` says when it is computed: inputs are there at
    level 0, a node comes some levels after its operands (not always the next, as later may need fewer registers).
    """

    left: int
    left_shift: int
    right: int
    right_shift: int
    subtract: bool
    low: int
    high: int
    level: int

    @property
    def width(self) -> int:
        """Bits of the value."""
        return format_for_range(self.low, self.high).width

    @property
    def luts(self) -> int:
        """One for each bit, less the lowest, which only the operand with the lower shift has: they are its own."""
        return self.width - (self.right_shift if self.right_shift or self.subtract else self.left_shift)


@dataclass(frozen=True)
class AdderOutput:
    """An output: ``±(value << shift)``, or the constant 0 if ``value`` is -1."""

    value: int
    shift: int
    negate: bool


@dataclass(frozen=True, eq=False)
class AdderGraphUnit:
    """``output[v, m] = sum_k weights[m, k] * input[v, k]``, a whole vector a beat in and out, ``vectors`` a frame.

    ``nodes`` compute it from the inputs; a register stands behind every ``levels_per_register`` levels, and every path
    from input to output passes the same number of registers. ``accumulator`` holds every output.
    """

    kind: ClassVar[str] = "adder_graph"
    weights: IntArray
    vectors: int
    input_format: Format
    accumulator: FixedFormat
    nodes: tuple[AdderNode, ...]
    results: tuple[AdderOutput, ...]
    levels_per_register: int

    @property
    def outputs(self) -> int:
        return int(self.weights.shape[0])

    @property
    def inputs(self) -> int:
        return int(self.weights.shape[1])

    @property
    def depth(self) -> int:
        """Adder levels on the longest path; a negated output counts one more."""
        levels = self._levels
        return max((levels[r.value] + r.negate for r in self.results if r.value >= 0), default=0)

    @property
    def pipeline(self) -> int:
        """Registers on every path, at least one."""
        return max(1, -(-self.depth // self.levels_per_register))

    @property
    def input_lanes(self) -> int:
        return self.inputs

    @property
    def output_lanes(self) -> int:
        return self.outputs

    @property
    def cycles(self) -> int:
        return self.vectors

    @property
    def latency(self) -> int:
        return self.pipeline

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        vectors = frames.reshape(len(frames), self.vectors, self.inputs)
        products: IntArray = vectors @ self.weights.T
        return products.reshape(len(frames), self.vectors * self.outputs)

    def schedule(self) -> Schedule:
        return every_step(self.vectors)

    def cost(self) -> Resources:
        """Adders, registers, two-entry output; ``benchmarks/adder_graph.py`` shows how near that comes to Yosys.

        Logic between registers takes in a few bits of adders, and registers that hold the same bits are merged.
        """
        output_bits, widths = self.outputs * self.accumulator.width, self._widths
        adder_bits = sum(node.luts for node in self.nodes)
        adder_bits += sum(widths[result.value] for result in self.results if result.negate)
        return Resources(lut=0.96 * adder_bits + output_bits + 10, ff=0.97 * self.register_bits + 2 * output_bits + 10)

    @property
    def register_bits(self) -> int:
        """Bits of all registers before the output's: a value passes one for each segment up to its last use."""
        segments = [max(0, level - 1) // self.levels_per_register for level in self._levels]
        last = list(segments)
        for segment, node in zip(segments[self.inputs :], self.nodes, strict=True):
            for operand in (node.left, node.right):
                last[operand] = max(last[operand], segment)
        for result in self.results:
            if result.value >= 0:
                last[result.value] = self.pipeline - 1
        return sum(width * (end - start) for width, start, end in zip(self._widths, segments, last, strict=True))

    @property
    def _levels(self) -> list[int]:
        return [0] * self.inputs + [node.level for node in self.nodes]

    @property
    def _widths(self) -> list[int]:
        bipolar = isinstance(self.input_format, BipolarFormat)
        return [2 if bipolar else self.input_format.width] * self.inputs + [node.width for node in self.nodes]

    def memories(self) -> tuple[Memory, ...]:
        return ()
