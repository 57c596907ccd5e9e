"""Whole accelerators for the tests of the backend: one with every kind of unit, small ones for the frame check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fpgaflow.backends.hls import emit
from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, Rounding, format_for_range
from fpgaflow.units.adder_graph import AdderGraphUnit
from fpgaflow.units.base import Accelerator, Stage, Stream, Unit
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.depthwise import DepthwiseUnit
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.join import JoinUnit, Operation
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.pool import PoolUnit, Reduction
from fpgaflow.units.reorder import ReorderUnit
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit
from fpgaflow.units.window import WindowUnit

PART, CLOCK_MHZ = "xczu3eg-sbva484-1-i", 250.0
BIPOLAR = BipolarFormat()


def chain(
    name: str, source: Stream, links: Sequence[tuple[str, Unit, Format, int]], *, before: Sequence[Stage] = ()
) -> Accelerator:
    """Units one after the other: each with its stage's name, output format and output elements.

    ``before``: the stages that lead to the first one of them, which reads the first output of the last.
    """
    stages, stream = list(before), before[-1].outputs[0] if before else source
    for number, (stage, unit, format, elements) in enumerate(links, len(before) + 1):
        output = Stream(f"s{number}", elements, unit.output_lanes, format)
        stages.append(Stage(stage, stage, unit, (stream,), (output,)))
        stream = output
    return Accelerator(name, tuple(stages), source, stream)


def random_frames(stream: Stream, count: int, seed: int = 0) -> IntArray:
    codes = np.random.default_rng(seed).integers(0, 1 << stream.format.width, (count, stream.elements), dtype=np.int64)
    return stream.format.decode(codes)


def emitted(accelerator: Accelerator, folder: Path) -> Path:
    """The project of ``accelerator``, written into ``folder``."""
    emit(accelerator, folder, part=PART, clock_mhz=CLOCK_MHZ)
    return folder


def sources_of(folder: Path) -> dict[str, str]:
    """Every file of a project that Vitis HLS synthesizes, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for part in ("src", "include")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


def _dense(rng: np.random.Generator, outputs: int, inputs: int, pe: int, simd: int, format: Format) -> DenseUnit:
    weight = FixedFormat(3, 0, True)
    weights = rng.integers(weight.min, weight.max + 1, (outputs, inputs))
    bound = int(np.abs(weights).sum(axis=1).max()) * max(abs(format.min), abs(format.max))
    accumulator = format_for_range(-bound, bound)
    return DenseUnit(weights, 1, simd, pe, format, weight, accumulator, Multiplier.LUT, WeightStorage.LUTRAM)


def _network() -> Accelerator:
    """An input of 12 beats, every kind of unit once, down to one beat a frame."""
    rng = np.random.default_rng(0)
    u8, u3 = FixedFormat(8), FixedFormat(3)
    s4, s5, s6, s9, s14, s15 = (FixedFormat(width, 0, True) for width in (4, 5, 6, 9, 14, 15))
    source = Stream("s0", 24, 2, u8)
    windows = ParallelWindowUnit(3, 4, 4, (2, 3), (1, 2), (1, 1), (1, 1, 0, 0), -7, 2, s9)
    slide = WindowUnit(3, 2, 4, (3, 1), (1, 1), (1, 1), (0, 0, 0, 0), 0, 2, s9)
    column = WidthAdapterUnit(24, 2, 6, s9)
    taps = DepthwiseUnit(rng.integers(-4, 4, (2, 3, 3)), 4, 2, s9, FixedFormat(3, 0, True), s14, Multiplier.LUT)
    sums = PoolUnit(Reduction.SUM, 2, 4, 3, 3, s14, s15)
    largest = GlobalPoolUnit(Reduction.MAX, 2, 6, 3, s15, s15)
    fc = _dense(rng, 10, 6, 5, 3, s15)
    acc = fc.accumulator
    shift = ShiftUnit(10, 10, 5, acc, s5, 0, 10, Rounding.HALF_EVEN, rng.integers(-40, 40, 10), -16, 15)
    scale = MultiplyShiftUnit(10, 10, 5, s5, s6, 3, rng.integers(-30, 31, 10), rng.integers(-9, 9, 10), -32, 31)
    memory = ThresholdMemoryUnit(
        10, 10, 5, s6, s4, -8, np.sort(rng.integers(-32, 33, (10, 12)), axis=1), rng.integers(0, 2, 10)
    )
    table = TableUnit(10, 10, 5, s4, u3, -8, rng.integers(0, 8, (1, 16)))
    gather = WidthAdapterUnit(10, 5, 10, u3)
    matrix = rng.integers(-7, 8, (4, 10))
    bound = 7 * int(np.abs(matrix).sum(axis=1).max())
    graph = AdderGraphUnit(matrix, 1, u3, format_for_range(-bound, bound), (), (), 2)
    compare = ComparatorsUnit(
        4, 4, 4, graph.accumulator, BIPOLAR, -1, rng.integers(-9, 9, (4, 1)), rng.integers(0, 2, 4)
    )
    half = _dense(rng, 2, 2, 2, 2, BIPOLAR)
    return chain(
        "network",
        source,
        [
            ("windows", windows, s9, 24 * windows.taps),
            ("maxima", PoolUnit(Reduction.MAX, windows.taps, 6, 4, 2, s9, s9), s9, 24),
            ("slide", slide, s9, 24),
            ("column", column, s9, 24),
            ("taps", taps, s14, 24),
            ("sums", sums, s15, 12),
            ("largest", largest, s15, 6),
            ("fc", fc, acc, 10),
            ("shift", shift, s5, 10),
            ("scale", scale, s6, 10),
            ("memory", memory, s4, 10),
            ("lookup", table, u3, 10),
            ("gather", gather, u3, 10),
            ("graph", graph, graph.accumulator, 4),
            ("compare", compare, BIPOLAR, 4),
            ("halves", CopiesUnit(half, 2), half.accumulator, 4),
        ],
        before=_branches(source, s9),
    )


def _branches(source: Stream, format: FixedFormat) -> list[Stage]:
    """Three copies of frames of 12 pixels: one less the reversed one, beside the third; 4 channels of ``format``."""
    elements, lanes = source.elements, source.lanes
    left, turned, right = copies = tuple(replace(source, name=name) for name in ("left", "turned", "right"))
    reversed_, joined = replace(source, name="reversed"), Stream("joined", elements, lanes, format)
    both = Stream("both", 2 * elements, lanes, format)
    order = np.arange(elements).reshape(-1, lanes)[::-1].ravel()
    units: list[tuple[str, Unit, tuple[Stream, ...], tuple[Stream, ...]]] = [
        ("copy", ForkUnit(len(copies), elements, lanes, source.format), (source,), copies),
        ("turn", ReorderUnit(order, elements, 1, lanes, 0, source.format), (turned,), (reversed_,)),
        (
            "differ",
            JoinUnit(Operation.ADD, (1, -1), 0, elements, lanes, (source.format, source.format), format),
            (left, reversed_),
            (joined,),
        ),
        ("join_up", ConcatUnit((2, 2), 12, lanes, (format, source.format), format), (joined, right), (both,)),
    ]
    return [Stage(name, name, unit, inputs, outputs) for name, unit, inputs, outputs in units]


def folded(input_lanes: int, elements: int) -> Accelerator:
    """A dense layer on bipolar inputs, whose zero code means -1: padding must be seen in the result."""
    rng = np.random.default_rng(1)
    source = Stream("s0", elements, input_lanes, BIPOLAR)
    unit = _dense(rng, 3, elements, 1, input_lanes, BIPOLAR)
    return chain("folded", source, [("fc", unit, unit.accumulator, 3)])


NETWORK = _network()
