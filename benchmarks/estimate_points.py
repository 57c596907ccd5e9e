"""The grid on which resource estimates are calibrated: single stages and FIFOs of random numbers, small to synthesise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, Rounding, format_for_range
from fpgaflow.units.base import Resources, Stage, Stream, Unit
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.depthwise import DepthwiseUnit
from fpgaflow.units.fifo import fifo_cost
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.join import JoinUnit, Operation
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.pool import PoolUnit, Reduction
from fpgaflow.units.reorder import reorder_units
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit

LUT, DSP = Multiplier.LUT, Multiplier.DSP
LUTRAM, BRAM = WeightStorage.LUTRAM, WeightStorage.BRAM
PRODUCTS = (
    *("bipolar bipolar", "u1 s2", "u2 s2", "u2 s4", "u3 s3", "u4 bipolar", "u4 t", "u4 s4", "bipolar s4"),
    *("s6 s6", "u8 s2", "u8 s4", "s8 bipolar", "u8 s8"),
)
DENSE = (
    *((16, 32, 2, 8, formats, LUT, LUTRAM) for formats in PRODUCTS),
    # SIMD and PE
    *((8, 4 * simd, 1, simd, "u4 s4", LUT, LUTRAM) for simd in (1, 4, 16)),
    *((8, 4 * simd, 2, simd, "u2 s2", LUT, LUTRAM) for simd in (1, 32)),
    *((8, 4 * simd, 4, simd, "bipolar bipolar", LUT, LUTRAM) for simd in (4, 32)),
    *((8, 4 * simd, 1, simd, "u8 s8", LUT, LUTRAM) for simd in (1, 4)),
    *((4 * pe, 16, pe, 4, "u2 s2", LUT, LUTRAM) for pe in (1, 8, 32)),
    (64, 32, 32, 8, "bipolar bipolar", LUT, LUTRAM),
    # one fold of neurons, of synapses, of both
    (4, 64, 4, 4, "u4 s4", LUT, LUTRAM),
    (32, 8, 2, 8, "u4 s4", LUT, LUTRAM),
    *((4, 8, 4, 8, formats, LUT, LUTRAM) for formats in ("u2 s2", "u4 s4")),
    (16, 32, 16, 32, "bipolar bipolar", LUT, LUTRAM),
    (8, 64, 8, 8, "bipolar bipolar", LUT, LUTRAM),
    # depth of the weights and of the replay buffer
    (32, 64, 2, 4, "u2 s2", LUT, LUTRAM),
    (32, 128, 2, 2, "u2 s2", LUT, LUTRAM),
    (4, 256, 2, 2, "u4 s4", LUT, LUTRAM),
    # block RAM
    *((outputs, inputs, 2, 4, "u2 s2", LUT, BRAM) for outputs, inputs in ((8, 16), (64, 64), (64, 200))),
    (64, 64, 4, 8, "u2 t", LUT, BRAM),
    (128, 128, 1, 1, "u8 s8", LUT, BRAM),
    (64, 100, 1, 1, "u4 s5", LUT, BRAM),
    # DSP blocks
    (8, 4, 1, 1, "u8 s8", DSP, LUTRAM),
    (16, 32, 4, 8, "u8 s8", DSP, LUTRAM),
    *((8, 16, 2, 4, formats, DSP, LUTRAM) for formats in ("u4 s4", "u2 s2", "u8 t", "s16 s8")),
    (64, 64, 2, 2, "u8 s8", DSP, BRAM),
    # several products a DSP, in the folds of convolutions
    *((32, 144, 16, simd, formats, DSP, BRAM) for simd, formats in ((9, "u8 s8"), (9, "u4 s4"), (16, "u4 s4"))),
    *((6, 18, pe, 9, formats, DSP, LUTRAM) for pe, formats in ((3, "u8 s8"), (6, "s4 s4"), (6, "u4 u4"))),
    (10, 16, 10, 4, "u3 s3", DSP, LUTRAM),
    (26, 32, 13, 8, "u2 t", DSP, LUTRAM),
    *((64, 128, 8, 32, formats, LUT, BRAM) for formats in ("u2 t", "u2 s2")),
)
"""Outputs, inputs, PE, SIMD, formats of input and weights, multiplier, storage."""

SHIFT = (
    *((width, "u4", 4, 4, 5, Rounding.HALF_EVEN) for width in (6, 8, 12, 20)),
    *((12, out, 4, 4, 5, Rounding.HALF_AWAY) for out in ("u2", "s8")),
    *((12, "u4", lanes, 4, 5, Rounding.FLOOR) for lanes in (1, 16)),
    *((12, "u4", 4, folds, 5, Rounding.TO_ZERO) for folds in (1, 32)),
)
"""Input bits, output, lanes, folds, right shift, rounding."""

MULTIPLY_SHIFT = (
    *((width, 8, "u4", 2, 4) for width in (8, 12, 20)),
    *((12, bits, "s8", 2, 4) for bits in (3, 16)),
    (12, 8, "u4", 8, 4),
    *((12, 8, "u4", 2, folds) for folds in (1, 32)),
)
"""Input bits, multiplier bits, output, lanes, folds."""

COMPARATORS = (
    *((width, 3, 4, 4) for width in (6, 10, 16)),
    *((10, levels, 2, 4) for levels in (1, 7, 15)),
    *((10, 3, 4, folds) for folds in (1, 16, 64)),
    (10, 15, 4, 1),
    (12, 15, 2, 64),
)
"""Input bits, levels, lanes, folds."""

THRESHOLD_MEMORY = (
    *((width, 15, 2, 4) for width in (8, 12, 16)),
    *((10, levels, 2, 4) for levels in (1, 7, 63, 255)),
    *((10, 15, 2, folds) for folds in (1, 64)),
    (16, 255, 1, 16),
)
"""Input bits, levels, lanes, folds."""

TABLE = (
    *((width, "u4", 4, 0) for width in (4, 6, 8, 10)),
    (8, "s8", 2, 0),
    (6, "u4", 16, 0),
    *((6, "u4", 2, folds) for folds in (4, 16)),
    (12, "s8", 1, 0),
)
"""Input bits, output, lanes, folds (0: one table for all channels)."""

ADAPTER = tuple(
    (down, up, bits)
    for narrow, wide, bits in ((1, 2, 4), (1, 4, 8), (4, 16, 2), (1, 16, 1), (8, 16, 8), (2, 64, 2), (3, 12, 3))
    for down, up in ((narrow, wide), (wide, narrow))
)
"""Lanes in, lanes out, bits of an element."""

DEPTHWISE = (
    *((16, 1, 9, 4, formats, LUT) for formats in ("u4 s4", "u8 s8", "u2 s2", "u8 s4", "u4 bipolar", "bipolar bipolar")),
    *((64, 1, 9, lanes, "u4 s4", LUT) for lanes in (1, 8)),
    (16, 2, 9, 2, "u4 s4", LUT),
    (8, 1, 25, 2, "s6 s6", LUT),
    (16, 1, 4, 4, "bipolar s4", LUT),
    *((4, 1, 9, 4, formats, LUT) for formats in ("u4 s4", "u2 s2", "u8 s4", "u8 s8", "u4 bipolar", "bipolar bipolar")),
    (512, 1, 9, 2, "u2 s4", LUT),
    (16, 1, 9, 4, "u8 s8", DSP),
)
"""Channels, outputs a channel, taps, lanes, formats of input and weights, multiplier."""

POOL = (
    *((Reduction.MAX, *spec) for spec in ((4, 4, "u4"), (9, 4, "u4"), (9, 2, "s8"), (9, 16, "u2"), (4, 32, "u8"))),
    *((Reduction.MAX, *spec) for spec in ((9, 8, "bipolar"), (25, 2, "u4"), (9, 8, "u3"))),
    *((Reduction.SUM, *spec) for spec in ((4, 8, "u4"), (9, 4, "s8"), (49, 2, "u4"), (9, 8, "bipolar"), (9, 8, "u1"))),
)
"""Reduction, taps, lanes, format of the input."""

GLOBAL_POOL = (
    *((Reduction.MAX, *spec) for spec in ((49, 8, 1, "u4"), (49, 8, 8, "u4"), (16, 8, 48, "s8"))),
    *((Reduction.SUM, *spec) for spec in ((49, 8, 1, "u8"), (49, 8, 8, "u8"), (64, 8, 64, "u4"), (64, 2, 256, "u8"))),
    *((Reduction.SUM, *spec) for spec in ((49, 32, 3, "u4"), (49, 16, 4, "bipolar"))),
)
"""Reduction, pixels, lanes, groups of channels, format of the input."""

FORK = ((2, 4, "u8"), (3, 2, "s12"), (2, 16, "u4"), (4, 8, "bipolar"))
"""Copies, lanes, format."""

CONCAT = (
    *(((4, 4), lanes, ("u8", "u8")) for lanes in (2, 8)),
    ((1, 1), 4, ("u4", "s8")),
    ((16, 2, 9), 4, ("u8", "u8", "s6")),
    ((8, 8, 8, 8), 4, ("u4", "u4", "u4", "u4")),
)
"""Beats of a pixel from each input, lanes, formats."""

JOIN = (
    *(((1, 1), 0, lanes, ("u8", "u8")) for lanes in (1, 4, 16)),
    ((1, 1), 100, 4, ("s8", "s8")),
    ((4, -1), 0, 4, ("s12", "u4")),
    ((3, 5), 0, 4, ("u8", "u8")),
    ((7, 1), -77, 4, ("s8", "u8")),
    ((12_345_677, 9_876_543), 0, 2, ("s8", "u8")),
    ((1_234_567, 1 << 20), 1 << 19, 4, ("u8", "u8")),
    ((1, 1, 1), 0, 4, ("u8", "u8", "u8")),
    ((1, 2, 1, 4, 1), 0, 2, ("u4", "s4", "u8", "u8", "s6")),
)
"""Multipliers, constant, lanes, formats."""

PRODUCT = ((4, ("u8", "u8")), (2, ("s8", "u4", "s6")), (1, ("s16", "s8")))
"""Lanes, formats."""

REORDER = (
    *(("upsample", (16, 32, 16), 4, lanes) for lanes in (4, 16)),
    *(("transpose", (size, size, 4), 8, lanes) for size, lanes in ((8, 4), (16, 1))),
    *(("border", (size, size, 8), 4, 8) for size in (6, 16)),
    ("crop", (32, 32, 4), 8, 4),
    *(("channels", (8, 8, 16), 8, lanes) for lanes in (2, 16)),
)
"""What is done to a frame, its shape, bits of an element, lanes (of channels, those of a pixel: by wires)."""

PARALLEL_WINDOW = (
    *(((16, 16, 4 * groups), (3, 3), 1, 1, 4, "u4") for groups in (1, 2, 8)),
    ((16, 16, 16), (3, 3), 2, 1, 16, "u4"),
    ((16, 16, 8), (2, 2), 2, 0, 8, "u4"),
    ((28, 28, 1), (5, 5), 1, 2, 1, "u8"),
    ((8, 8, 4), (7, 7), 1, 3, 2, "u2"),
    ((1, 128, 8), (1, 9), 1, 4, 8, "u4"),
    ((32, 32, 8), (3, 3), 1, 1, 8, "bipolar"),
    ((64, 64, 32), (3, 3), 1, 1, 4, "u8"),
    ((32, 128, 8), (3, 3), 2, 1, 8, "u4"),
    ((14, 14, 8), (1, 1), 2, 0, 4, "u4"),
)
"""Rows, columns and channels; kernel, stride, padding on all sides, lanes, format."""

FIFO = (
    *((1, 3), (1, 64), (8, 3), (8, 17), (8, 33), (16, 65), (4, 200), (64, 33), (128, 5), (3, 512), (16, 256)),
    # block RAM
    *((36, 512), (32, 600)),
)
"""Width, depth."""


@dataclass(frozen=True)
class Point:
    """A stage, or the FIFO in a stream; ``name`` says everything about it but its random numbers."""

    name: str
    part: Stage | Stream

    @property
    def kind(self) -> str:
        return "fifo" if isinstance(self.part, Stream) else self.part.unit.kind

    def cost(self) -> Resources:
        """Its estimate."""
        return fifo_cost(self.part) if isinstance(self.part, Stream) else self.part.unit.cost()


def points() -> Iterator[Point]:
    """The whole grid."""
    yield from starmap(dense, DENSE)
    yield from starmap(shift, SHIFT)
    yield from starmap(multiply_shift, MULTIPLY_SHIFT)
    yield from (threshold(ComparatorsUnit, *spec) for spec in COMPARATORS)
    yield from (threshold(ThresholdMemoryUnit, *spec) for spec in THRESHOLD_MEMORY)
    yield from starmap(table, TABLE)
    yield from starmap(parallel_window, PARALLEL_WINDOW)
    for lanes_in, lanes_out, bits in ADAPTER:
        unit = WidthAdapterUnit(max(lanes_in, lanes_out), lanes_in, lanes_out, unsigned(bits))
        yield _point(f"width_adapter {lanes_in}->{lanes_out} u{bits}", unit, unit.format, unit.format, unit.elements)
    yield from starmap(depthwise, DEPTHWISE)
    yield from starmap(pool, POOL)
    yield from starmap(global_pool, GLOBAL_POOL)
    yield from starmap(fork, FORK)
    yield from starmap(concat, CONCAT)
    yield from starmap(weighted_sum, JOIN)
    yield from starmap(product, PRODUCT)
    yield from starmap(reorder, REORDER)
    for width, depth in FIFO:
        yield Point(f"fifo {width}x{depth}", Stream("x", depth, 1, unsigned(width), depth))


def dense(
    outputs: int, inputs: int, pe: int, simd: int, formats: str, multiplier: Multiplier, storage: WeightStorage
) -> Point:
    source, weight = (_format(text) for text in formats.split())
    codes = _random().randint(0, 1 << weight.width, (outputs, inputs))
    weights = np.maximum(weight.decode(codes), -1) if formats.endswith(" t") else weight.decode(codes)
    reach = int(np.abs(weights).sum(axis=1).max()) * max(-source.min, source.max)
    accumulator = format_for_range(-reach, reach)
    unit = DenseUnit(weights, 1, simd, pe, source, weight, accumulator, multiplier, storage)
    name = f"dense {outputs}x{inputs} pe{pe} simd{simd} {formats} {multiplier.value} {storage.value}"
    return _point(name, unit, source, accumulator, inputs, outputs)


def shift(width: int, output: str, lanes: int, folds: int, right_shift: int, rounding: Rounding) -> Point:
    channels, target = lanes * folds, _format(output)
    bias = _random().randint(-(1 << (width - 3)), 1 << (width - 3), channels)
    common = (channels, channels, lanes, signed(width), target)
    unit = ShiftUnit(*common, 0, right_shift, rounding, bias, target.min, target.max)
    name = f"shift s{width}->{output} lanes{lanes} folds{folds} {rounding.value}"
    return _point(name, unit, signed(width), target, channels)


def multiply_shift(width: int, bits: int, output: str, lanes: int, folds: int) -> Point:
    channels, target, random = lanes * folds, _format(output), _random()
    multiplier = random.randint(1 << (bits - 2), 1 << (bits - 1), channels)
    bias = random.randint(-(1 << (width + bits - 4)), 1 << (width + bits - 4), channels)
    common = (channels, channels, lanes, signed(width), target)
    right_shift = width + bits - 2 - target.width
    unit = MultiplyShiftUnit(*common, right_shift, multiplier, bias, target.min, target.max)
    name = f"multiply_shift s{width}*{bits}->{output} lanes{lanes} folds{folds}"
    return _point(name, unit, signed(width), target, channels)


def threshold(
    kind: type[ComparatorsUnit | ThresholdMemoryUnit], width: int, levels: int, lanes: int, folds: int
) -> Point:
    channels, random = lanes * folds, _random()
    limit = 1 << (width - 1)
    thresholds = np.sort(random.randint(-limit + 1, limit, (channels, levels)), axis=1)
    decreasing = random.randint(0, 2, channels) if width % 4 == 0 else np.zeros(channels, np.int64)
    target = unsigned(levels.bit_length())
    unit = kind(channels, channels, lanes, signed(width), target, 0, thresholds, decreasing)
    name = f"{kind.kind.removeprefix('requantize_')} s{width} levels{levels} lanes{lanes} folds{folds}"
    return _point(name, unit, signed(width), target, channels)


def table(width: int, output: str, lanes: int, folds: int) -> Point:
    channels, target, source = lanes * max(1, folds), _format(output), signed(width)
    codes = _random().randint(0, 1 << target.width, (channels if folds else 1, 1 << width))
    unit = TableUnit(channels, channels, lanes, source, target, source.min, target.decode(np.sort(codes, axis=1)))
    return _point(f"table s{width}->{output} lanes{lanes} folds{folds}", unit, source, target, channels)


def depthwise(channels: int, outputs: int, taps: int, lanes: int, formats: str, multiplier: Multiplier) -> Point:
    source, weight = (_format(text) for text in formats.split())
    weights = weight.decode(_random().randint(0, 1 << weight.width, (channels, outputs, taps)))
    reach = int(np.abs(weights).sum(axis=2).max()) * max(-source.min, source.max)
    accumulator = format_for_range(-reach, reach)
    unit = DepthwiseUnit(weights, 1, lanes, source, weight, accumulator, multiplier)
    name = f"depthwise {channels}x{outputs} taps{taps} lanes{lanes} {formats} {multiplier.value}"
    return _point(name, unit, source, accumulator, channels * taps, channels * outputs)


def pool(reduction: Reduction, taps: int, lanes: int, source: str) -> Point:
    format = _format(source)
    target = _reduced(reduction, taps, format)
    unit = PoolUnit(reduction, taps, 1, lanes, lanes, format, target)
    return _point(f"pool {reduction.value} taps{taps} lanes{lanes} {source}", unit, format, target, taps * lanes, lanes)


def global_pool(reduction: Reduction, pixels: int, lanes: int, groups: int, source: str) -> Point:
    format, channels = _format(source), lanes * groups
    target = _reduced(reduction, pixels, format)
    unit = GlobalPoolUnit(reduction, pixels, channels, lanes, format, target)
    name = f"global_pool {reduction.value} pixels{pixels} lanes{lanes} groups{groups} {source}"
    return _point(name, unit, format, target, pixels * channels, channels)


def fork(copies: int, lanes: int, text: str) -> Point:
    unit = ForkUnit(copies, 4 * lanes, lanes, _format(text))
    streams = [(unit.elements, unit.format)] * (1 + copies)
    return _streams_point(f"fork x{copies} lanes{lanes} {text}", unit, streams[:1], streams[1:])


def concat(beats: tuple[int, ...], lanes: int, texts: tuple[str, ...]) -> Point:
    formats, channels = tuple(map(_format, texts)), tuple(lanes * count for count in beats)
    target = format_for_range(min(format.min for format in formats), max(format.max for format in formats))
    unit = ConcatUnit(channels, 2, lanes, formats, target)
    inputs = [(2 * count, format) for count, format in zip(channels, formats, strict=True)]
    name = f"concat {'+'.join(map(str, beats))} lanes{lanes} {' '.join(texts)}"
    return _streams_point(name, unit, inputs, [(2 * sum(channels), target)])


def weighted_sum(multipliers: tuple[int, ...], constant: int, lanes: int, texts: tuple[str, ...]) -> Point:
    formats = tuple(map(_format, texts))
    ends = [sorted((m * format.min, m * format.max)) for m, format in zip(multipliers, formats, strict=True)]
    low, high = (constant + sum(ends) for ends in zip(*ends, strict=True))
    unit = JoinUnit(Operation.ADD, multipliers, constant, lanes, lanes, formats, format_for_range(low, high))
    name = f"join {' '.join(map(str, multipliers))} constant{constant} lanes{lanes} {' '.join(texts)}"
    return _streams_point(name, unit, [(lanes, format) for format in formats], [(lanes, unit.output_format)])


def product(lanes: int, texts: tuple[str, ...]) -> Point:
    formats, corners = tuple(map(_format, texts)), [1]
    for format in formats:
        corners = [corner * end for corner in corners for end in (format.min, format.max)]
    target = format_for_range(min(corners), max(corners))
    unit = JoinUnit(Operation.MULTIPLY, (1,) * len(formats), 0, lanes, lanes, formats, target)
    name = f"join product lanes{lanes} {' '.join(texts)}"
    return _streams_point(name, unit, [(lanes, format) for format in formats], [(lanes, target)])


def _reduced(reduction: Reduction, count: int, format: Format) -> Format:
    return format if reduction is Reduction.MAX else format_for_range(count * format.min, count * format.max)


def reorder(change: str, shape: tuple[int, int, int], bits: int, lanes: int) -> Point:
    frame = np.arange(np.prod(shape)).reshape(shape)
    match change:
        case "upsample":
            frame = frame.repeat(2, axis=0).repeat(2, axis=1)
        case "transpose":
            frame = frame.transpose(1, 0, 2) if lanes > 1 else frame.transpose(2, 0, 1)
        case "border":
            frame = np.pad(frame, ((1, 1), (1, 1), (0, 0)), constant_values=-1)
        case "crop":
            frame = frame[2:-2, 2:-2]
        case "channels":
            frame = frame[:, :, 4:12]
    units = reorder_units(frame.ravel(), int(np.prod(shape)), unsigned(bits), 0)
    unit = next(unit for unit in units if unit.input_lanes == lanes)
    name = f"reorder {change} {'x'.join(map(str, shape))} u{bits} lanes{lanes}"
    return _point(name, unit, unit.format, unit.format, unit.input_elements, unit.output_elements)


def parallel_window(
    shape: tuple[int, int, int], kernel: tuple[int, int], stride: int, border: int, lanes: int, format: str
) -> Point:
    source, strides = _format(format), (stride, stride)
    pads = (border if shape[0] > 1 else 0, border) * 2
    unit = ParallelWindowUnit(*shape, kernel, strides, (1, 1), pads, source.max, lanes, source)
    size, taps = "x".join(map(str, shape)), "x".join(map(str, kernel))
    name = f"parallel_window {size} {taps} stride{stride} border{border} lanes{lanes} {format}"
    return _point(name, unit, source, source, unit.input_elements, unit.output_elements)


def signed(width: int) -> FixedFormat:
    return FixedFormat(width, 0, True)


def unsigned(width: int) -> FixedFormat:
    return FixedFormat(width, 0, False)


def _format(text: str) -> Format:
    """``bipolar``, ``t`` (ternary: two signed bits), ``u4``, ``s4``."""
    if text == "bipolar":
        return BipolarFormat()
    return signed(2) if text == "t" else FixedFormat(int(text[1:]), 0, text[0] == "s")


def _random() -> np.random.RandomState:
    """This generator's numbers are the same in every version of NumPy."""
    return np.random.RandomState(0)


def _point(name: str, unit: Unit, source: Format, target: Format, inputs: int, outputs: int | None = None) -> Point:
    return _streams_point(name, unit, [(inputs, source)], [(outputs or inputs, target)])


def _streams_point(
    name: str, unit: Unit, inputs: Sequence[tuple[int, Format]], outputs: Sequence[tuple[int, Format]]
) -> Point:
    """Elements and format of each input and output."""
    sources = tuple(Stream("x", elements, unit.input_lanes, format) for elements, format in inputs)
    targets = tuple(Stream("y", elements, unit.output_lanes, format) for elements, format in outputs)
    return Point(name, Stage("stage", name, unit, sources, targets))
