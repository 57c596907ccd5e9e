"""What each unit's SystemVerilog template places: parameters of its modules, memories as files or constants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

import numpy as np

from fpgaflow.backends.rtl_adder_graph import netlist
from fpgaflow.backends.rtl_dense import dense_values, shift_values
from fpgaflow.backends.rtl_parallel_window import parallel_window_values
from fpgaflow.backends.rtl_reorder import reorder_values
from fpgaflow.backends.rtl_streams import concat_values, join_values
from fpgaflow.backends.rtl_window import window_values
from fpgaflow.fixed import BipolarFormat, Format, Rounding, format_for_range, signed_width
from fpgaflow.units.adder_graph import AdderGraphUnit
from fpgaflow.units.base import Memory, Unit
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.copies import CopiesUnit, copy_name
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.depthwise import DepthwiseUnit
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.join import JoinUnit
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.pool import PoolUnit, Reduction, value_bits
from fpgaflow.units.reorder import ReorderUnit
from fpgaflow.units.requantize import RequantizeUnit
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit, ThresholdUnit
from fpgaflow.units.rom import in_block_ram
from fpgaflow.units.width_adapter import WidthAdapterUnit
from fpgaflow.units.window import WindowUnit

PIECE = 256

ROUNDINGS = {
    Rounding.FLOOR: 0,
    Rounding.TO_ZERO: 1,
    Rounding.HALF_UP: 2,
    Rounding.HALF_DOWN: 3,
    Rounding.HALF_TO_ZERO: 4,
    Rounding.HALF_AWAY: 5,
    Rounding.HALF_EVEN: 6,
}


@dataclass(frozen=True)
class Number:
    """A format as the modules' parameters say it."""

    width: int
    signed: int
    bipolar: int


@dataclass(frozen=True)
class Parameter:
    """A memory as a module's parameters: a file of ``folds`` words, or one word as a constant of hexadecimal pieces."""

    folds: int
    file: str
    block: int
    pieces: tuple[tuple[int, str], ...]


class StageFiles:
    """Turns a stage's memories into parameters and writes the files they name."""

    def __init__(self, folder: Path, stage: str) -> None:
        self.folder, self.stage = folder, stage

    def parameter(self, memory: Memory, *, block: bool | None = None) -> Parameter:
        """A file, or a constant if all words are equal. ``block``: in block RAM; None decides by size."""
        if len(set(memory.words)) == 1:
            return Parameter(1, "", 0, _pieces(memory.words[0], memory.width))
        return self.file(memory, block=block)

    def file(self, memory: Memory, *, block: bool | None = None) -> Parameter:
        """A file, whatever it holds."""
        path = f"weights/{self.stage}/{memory.name}.mem"
        digits = -(-memory.width // 4)
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text("".join(f"{word:0{digits}x}\n" for word in memory.words))
        block = in_block_ram(len(memory.words), memory.width) if block is None else block
        return Parameter(len(memory.words), path, int(block), _pieces(0, memory.width))


@singledispatch
def stage_values(unit: Unit, files: StageFiles) -> dict[str, object]:
    """The names and values that the template of ``unit`` places besides the stage's ports."""
    raise AssertionError(f"the RTL backend has no template for {unit.kind}")


@stage_values.register
def _dense(unit: DenseUnit, files: StageFiles) -> dict[str, object]:
    (memory,) = unit.memories()
    block = unit.storage is WeightStorage.BRAM
    return {
        **dense_values(unit),
        "input": _number(unit.input_format),
        "weight": _number(unit.stored_format),
        "weights": files.parameter(memory) if unit.words == 1 else files.file(memory, block=block),
    }


@stage_values.register
def _depthwise(unit: DepthwiseUnit, files: StageFiles) -> dict[str, object]:
    (memory,) = unit.memories()
    return {
        "lanes": unit.lanes,
        "taps": unit.taps,
        "outputs": unit.outputs,
        "input": _number(unit.input_format),
        "weight": _number(unit.weight_format),
        "product_width": _product_width(unit),
        "result_width": unit.accumulator.width,
        "use_dsp": int(unit.multiplier is Multiplier.DSP),
        "weights": files.parameter(memory),
    }


@stage_values.register
def _pool(unit: PoolUnit, files: StageFiles) -> dict[str, object]:
    return {**_reduction(unit), "taps": unit.taps}


@stage_values.register
def _global_pool(unit: GlobalPoolUnit, files: StageFiles) -> dict[str, object]:
    return {**_reduction(unit), "pixels": unit.pixels, "groups": unit.groups}


@stage_values.register
def _width_adapter(unit: WidthAdapterUnit, files: StageFiles) -> dict[str, object]:
    return {"width": unit.format.width, "input_lanes": unit.input_lanes, "output_lanes": unit.output_lanes}


@stage_values.register
def _parallel_window(unit: ParallelWindowUnit, files: StageFiles) -> dict[str, object]:
    beat_bits = unit.lanes * unit.format.width
    return {**parallel_window_values(unit), "padding": _pieces(unit.padding_beat, beat_bits)}


@stage_values.register
def _window(unit: WindowUnit, files: StageFiles) -> dict[str, object]:
    beat_bits = unit.lanes * unit.format.width
    return {**window_values(unit), "padding": _pieces(unit.padding_beat, beat_bits)}


@stage_values.register
def _fork(unit: ForkUnit, files: StageFiles) -> dict[str, object]:
    return {"copies": unit.copies}


@stage_values.register
def _concat(unit: ConcatUnit, files: StageFiles) -> dict[str, object]:
    return concat_values(unit)


@stage_values.register
def _join(unit: JoinUnit, files: StageFiles) -> dict[str, object]:
    return {**join_values(unit), "constant": _integer(unit.constant)}


@stage_values.register
def _reorder(unit: ReorderUnit, files: StageFiles) -> dict[str, object]:
    width = unit.format.width
    if unit.wired:
        return {**reorder_values(unit), "padding": _pieces(unit.padding_code, width)}
    (order,) = unit.memories()
    padding = _pieces(unit.padding_beat, unit.lanes * width)
    return {**reorder_values(unit), "padding": padding, "order": files.parameter(order)}


@stage_values.register
def _copies(unit: CopiesUnit, files: StageFiles) -> dict[str, object]:
    return {"copy": copy_name(files.stage), "count": unit.count}


@stage_values.register
def _adder_graph(unit: AdderGraphUnit, files: StageFiles) -> dict[str, object]:
    return {**netlist(unit)}


@stage_values.register
def _shift(unit: ShiftUnit, files: StageFiles) -> dict[str, object]:
    (bias,) = unit.memories()
    half = (1 << unit.right_shift) >> 1
    offset = {
        Rounding.HALF_UP: half,
        Rounding.HALF_EVEN: half,
        Rounding.HALF_DOWN: half - 1,
        Rounding.HALF_TO_ZERO: half - 1,
        Rounding.HALF_AWAY: half - 1,
    }.get(unit.rounding, 0)
    return {
        **_lanes(unit),
        "bias": files.parameter(bias),
        "bias_format": _number(unit.bias_format),
        "sum_width": max(signed_width(unit.sum_format), unit.right_shift + 1),
        "left_shift": unit.left_shift,
        "right_shift": unit.right_shift,
        "rounding": ROUNDINGS[unit.rounding],
        "offset": _integer(offset if unit.right_shift else 0),
        "low": _integer(unit.low),
        "high": _integer(unit.high),
    }


@stage_values.register
def _multiply_shift(unit: MultiplyShiftUnit, files: StageFiles) -> dict[str, object]:
    multiplier, bias = unit.memories()
    return {
        **_lanes(unit),
        "multiplier": files.parameter(multiplier),
        "multiplier_format": _number(unit.stored_format),
        "fabric": int(unit.product is Multiplier.LUT),
        "shifts": shift_values(unit.recoding) if unit.product is Multiplier.SHIFT else None,
        "bias": files.parameter(bias),
        "bias_format": _number(unit.bias_format),
        "sum_width": max(signed_width(unit.sum_format), unit.right_shift + 1),
        "right_shift": unit.right_shift,
        "low": _integer(unit.low),
        "high": _integer(unit.high),
    }


@stage_values.register
def _comparators(unit: ComparatorsUnit, files: StageFiles) -> dict[str, object]:
    thresholds, decreasing = unit.memories()
    return {
        **_thresholds(unit),
        "thresholds": files.parameter(thresholds),
        "decreasing": files.parameter(decreasing),
    }


@stage_values.register
def _threshold_memory(unit: ThresholdMemoryUnit, files: StageFiles) -> dict[str, object]:
    *memories, decreasing = unit.memories()
    written = [files.file(memory) for memory in memories]
    return {
        **_thresholds(unit),
        "steps": unit.steps,
        "folds": unit.folds,
        "fold_width": max(1, (unit.folds - 1).bit_length()),
        "thresholds": [written[step * unit.lanes : (step + 1) * unit.lanes] for step in range(unit.steps)],
        "decreasing": files.parameter(decreasing),
    }


@stage_values.register
def _table(unit: TableUnit, files: StageFiles) -> dict[str, object]:
    written = [files.file(memory) for memory in unit.memories()]
    folds = 1 if unit.shared else unit.folds
    return {
        **_lanes(unit),
        "input_low": _integer(unit.input_low),
        "entries": unit.entries,
        "folds": folds,
        "address_width": max(1, (folds * unit.entries - 1).bit_length()),
        "offset_width": max(1, ((folds - 1) * unit.entries).bit_length()),
        "tables": written * unit.lanes if unit.shared else written,
    }


def _lanes(unit: RequantizeUnit) -> dict[str, object]:
    """What all requantizations have. Bipolar inputs reach the module as two-bit integers."""
    number = _number(unit.input_format)
    return {
        "lanes": unit.lanes,
        "input": Number(2, 1, 0) if number.bipolar else number,
        "output_width": unit.output_format.width,
    }


def _thresholds(unit: ThresholdUnit) -> dict[str, object]:
    """The code of a bipolar output counts from 0."""
    return {
        **_lanes(unit),
        "levels": unit.levels,
        "base": 0 if isinstance(unit.output_format, BipolarFormat) else unit.base,
        "threshold_format": _number(unit.threshold_format),
    }


def _product_width(unit: DenseUnit | DepthwiseUnit) -> int:
    """Bits of every product, with a sign if an operand has one."""
    corners = np.outer([unit.input_format.min, unit.input_format.max], unit.weights)
    signed = unit.input_format.signed or unit.weight_format.signed
    return format_for_range(min(int(corners.min()), -1 if signed else 0), int(corners.max())).width


def _reduction(unit: PoolUnit | GlobalPoolUnit) -> dict[str, object]:
    """What pools have. Bipolar inputs are compared as single bits, or reach the module as two-bit integers."""
    number, bits = _number(unit.input_format), value_bits(unit.input_format, unit.output_format)
    widened = bits != number.width
    return {
        "max": int(unit.reduction is Reduction.MAX),
        "lanes": unit.lanes,
        "plain": not widened,
        "input": Number(bits, int(widened or number.signed), 0),
        "output_width": unit.output_format.width,
    }


def _number(format: Format) -> Number:
    bipolar = isinstance(format, BipolarFormat)
    return Number(format.width, int(format.signed and not bipolar), int(bipolar))


def _integer(value: int) -> str:
    """A signed 64-bit literal; its minus sign is an operator, so the smallest number has none."""
    return f"{'-' if value < 0 else ''}64'sd{abs(value)}"


def _pieces(value: int, width: int) -> tuple[tuple[int, str], ...]:
    """(width, hexadecimal digits) of the parts of a constant, the most significant first."""
    starts = range((width - 1) // PIECE * PIECE, -1, -PIECE)
    parts = [(min(PIECE, width - start), value >> start) for start in starts]
    return tuple((bits, f"{part & ((1 << bits) - 1):x}") for bits, part in parts)
