"""What the SystemVerilog templates of units with several inputs or outputs place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from fpgaflow.fixed import BipolarFormat, Format
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.join import MAX_DIGITS, JoinUnit, Operation


@dataclass(frozen=True)
class Source:
    """An input: the format of its lanes, and where they start in the stage's input port."""

    width: int
    signed: int
    bipolar: int
    low_bit: int


def concat_values(unit: ConcatUnit) -> dict[str, object]:
    """Parameters of ``ff_concat.sv``; lanes have the output's width."""
    return {
        "sources": _sources(unit.input_formats, unit.lanes),
        "lanes": unit.lanes,
        "width": unit.format.width,
        "counts": unit.beats,
    }


def join_values(unit: JoinUnit) -> dict[str, object]:
    """Parameters of ``ff_join.sv``."""
    digits = unit.digits
    return {
        "sources": _sources(unit.input_formats, unit.lanes),
        "lanes": unit.lanes,
        "operand_width": unit.operand_width,
        "sum_width": unit.sum_width,
        "output_width": unit.output_format.width,
        "multiply": int(unit.operation is Operation.MULTIPLY),
        "digit_bits": max(1, *((each.plus | each.minus).bit_length() for each in digits)),
        "plus": [each.plus for each in digits],
        "minus": [each.minus for each in digits],
        "dsp": [int(each.count > MAX_DIGITS) for each in digits],
        "scaling": unit.scaling_registers,
    }


def _sources(formats: tuple[Format, ...], lanes: int) -> list[Source]:
    starts = accumulate((lanes * format.width for format in formats), initial=0)
    return [_source(format, start) for format, start in zip(formats, starts, strict=False)]


def _source(format: Format, low_bit: int) -> Source:
    bipolar = isinstance(format, BipolarFormat)
    return Source(format.width, int(format.signed and not bipolar), int(bipolar), low_bit)
