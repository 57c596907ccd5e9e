"""An adder graph as a netlist in pipeline segments: what the SystemVerilog template of an adder graph places.

Segment 0 lies before the first register, segment s behind s registers. Level l >= 1 is computed in segment
``(l - 1) // levels_per_register``, inputs are in segment 0; a value that a later segment uses passes a register for each
segment between. All results are taken from the last segment, behind which the output register stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from fpgaflow.fixed import BipolarFormat, FixedFormat, format_for_range
from fpgaflow.units.adder_graph import AdderGraphUnit


@dataclass(frozen=True)
class Term:
    """``padding`` copies of bit ``fill``, the low ``bits`` bits of ``name``, ``zeros`` zeros."""

    name: str
    bits: int
    zeros: int
    padding: int
    fill: str


@dataclass(frozen=True)
class Input:
    """``width`` bits of the stage's input."""

    name: str
    low_bit: int
    width: int


@dataclass(frozen=True)
class Sum:
    """``left operator right``; without ``left`` zero stands there."""

    name: str
    width: int
    left: Term | None
    operator: str
    right: Term


@dataclass(frozen=True)
class Register:
    """``name`` takes over ``source``."""

    name: str
    source: str


@dataclass(frozen=True)
class Result:
    """Bits of the stage's output; 0 without ``term``."""

    low_bit: int
    width: int
    term: Term | None


@dataclass(frozen=True)
class Wire:
    """A declaration."""

    name: str
    width: int


class Netlist(TypedDict):
    """What the template places."""

    wires: list[Wire]
    inputs: list[Input]
    sums: list[Sum]
    registers: list[Register]
    results: list[Result]
    depth: int


@dataclass
class _Value:
    """A value of the graph, its format, the segment that computes it and the last one that uses it."""

    index: int
    format: FixedFormat
    level: int
    segment: int
    last_use: int

    def name(self, segment: int) -> str:
        return f"v{self.index}_s{segment}"

    def term(self, segment: int, shift: int, width: int) -> Term | None:
        """The value shifted left, modulo 2**width, in a segment; None if that is always 0."""
        if shift >= width:
            return None
        self.last_use = max(self.last_use, segment)
        name, own = self.name(segment), self.format.width
        bits = min(own, width - shift)
        fill = f"{name}[{own - 1}]" if self.format.signed else "1'b0"
        return Term(name, bits, shift, width - shift - bits, fill)


def netlist(unit: AdderGraphUnit) -> Netlist:
    """The netlist of ``unit``: the graph's nodes, a negation for each negated result, registers between segments."""
    values = _input_values(unit)
    inputs = [Input(value.name(0), value.index * value.format.width, value.format.width) for value in values]
    sums: list[Sum] = []

    def segment_of(level: int) -> int:
        return max(0, level - 1) // unit.levels_per_register

    def add(low: int, high: int, level: int) -> _Value:
        segment = segment_of(level)
        value = _Value(len(values), format_for_range(low, high), level, segment, segment)
        values.append(value)
        return value

    def add_sum(value: _Value, left: Term | None, subtract: bool, right: Term | None) -> None:
        if right is None:
            left, subtract, right = None, False, left
        assert right is not None, "a node that is always 0"
        sums.append(Sum(value.name(value.segment), value.format.width, left, "-" if subtract else "+", right))

    for node in unit.nodes:
        value = add(node.low, node.high, node.level)
        segment, width = value.segment, value.format.width
        left = values[node.left].term(segment, node.left_shift, width)
        right = values[node.right].term(segment, node.right_shift, width)
        add_sum(value, left, node.subtract, right)

    final, width = unit.pipeline - 1, unit.accumulator.width
    results = []
    for index, output in enumerate(unit.results):
        term = None
        if output.value >= 0:
            source, shift = values[output.value], output.shift
            if output.negate:
                negated = add(-source.format.max, -source.format.min, source.level + 1)
                add_sum(negated, None, True, source.term(negated.segment, 0, negated.format.width))
                source = negated
            term = source.term(final, shift, width)
        results.append(Result(index * width, width, term))

    used = [(value, segment) for value in values for segment in range(value.segment, value.last_use + 1)]
    return Netlist(
        wires=[Wire(value.name(segment), value.format.width) for value, segment in used],
        inputs=inputs,
        sums=sums,
        registers=[Register(value.name(s), value.name(s - 1)) for value, s in used if s > value.segment],
        results=results,
        depth=unit.pipeline,
    )


def _input_values(unit: AdderGraphUnit) -> list[_Value]:
    """The inputs; bipolar ones reach the netlist as two-bit integers."""
    given = unit.input_format
    format = FixedFormat(2, 0, True) if isinstance(given, BipolarFormat) else FixedFormat(given.width, 0, given.signed)
    return [_Value(index, format, 0, 0, 0) for index in range(unit.inputs)]
