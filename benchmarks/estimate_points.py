"""The stages and FIFOs of the grid on which resource estimates are calibrated, with random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap

import numpy as np

from benchmarks import estimate_grid as grid
from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, Rounding, format_for_range
from fpgaflow.units.base import Resources, Stage, Stream, Unit
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.copies import CopiesUnit
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
from fpgaflow.units.window import WindowUnit


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
    yield from starmap(dense, grid.DENSE)
    yield from starmap(copies, grid.COPIES)
    yield from starmap(shift, grid.REQUANTIZE_SHIFT)
    yield from starmap(multiply_shift, grid.MULTIPLY_SHIFT)
    yield from (threshold(ComparatorsUnit, *spec) for spec in grid.COMPARATORS)
    yield from (threshold(ThresholdMemoryUnit, *spec) for spec in grid.THRESHOLD_MEMORY)
    yield from starmap(table, grid.TABLE)
    yield from (window(ParallelWindowUnit, *spec) for spec in grid.PARALLEL_WINDOW)
    yield from (window(WindowUnit, *spec) for spec in grid.WINDOW)
    for lanes_in, lanes_out, bits in grid.ADAPTER:
        unit = WidthAdapterUnit(max(lanes_in, lanes_out), lanes_in, lanes_out, unsigned(bits))
        yield _point(f"width_adapter {lanes_in}->{lanes_out} u{bits}", unit, unit.format, unit.format, unit.elements)
    yield from starmap(depthwise, grid.DEPTHWISE)
    yield from starmap(pool, grid.POOL)
    yield from starmap(global_pool, grid.GLOBAL_POOL)
    yield from starmap(fork, grid.FORK)
    yield from starmap(concat, grid.CONCAT)
    yield from starmap(weighted_sum, grid.JOIN)
    yield from starmap(product, grid.PRODUCT)
    yield from starmap(reorder, grid.REORDER)
    for width, depth in grid.FIFO:
        yield Point(f"fifo {width}x{depth}", Stream("x", depth, 1, unsigned(width), depth))


def dense(
    outputs: int, inputs: int, pe: int, simd: int, formats: str, multiplier: Multiplier, storage: WeightStorage
) -> Point:
    first, second = formats.split()
    source, weights = _format(first), _weights(second, (outputs, inputs))
    own = multiplier is Multiplier.SHIFT
    weight = format_for_range(int(weights.min()), int(weights.max())) if own else _format(second)
    reach = int(np.abs(weights).sum(axis=1).max()) * max(-source.min, source.max)
    accumulator = format_for_range(-reach, reach)
    unit = DenseUnit(weights, 1, simd, pe, source, weight, accumulator, multiplier, storage)
    name = f"dense {outputs}x{inputs} pe{pe} simd{simd} {formats} {multiplier.value} {storage.value}"
    return _point(name, unit, source, accumulator, inputs, outputs)


def copies(count: int, outputs: int, inputs: int, formats: str, multiplier: Multiplier) -> Point:
    one = dense(outputs, inputs, outputs, inputs, formats, multiplier, WeightStorage.LUTRAM).part
    assert isinstance(one, Stage) and isinstance(one.unit, DenseUnit)
    (source,), (target,) = one.inputs, one.outputs
    name = f"copies {count} of {outputs}x{inputs} {formats} {multiplier.value}"
    unit = CopiesUnit(one.unit, count)
    return _point(name, unit, source.format, target.format, count * inputs, count * outputs)


def shift(width: int, output: str, lanes: int, folds: int, right_shift: int, rounding: Rounding) -> Point:
    channels, target = lanes * folds, _format(output)
    bias = _random().randint(-(1 << (width - 3)), 1 << (width - 3), channels)
    common = (channels, channels, lanes, signed(width), target)
    unit = ShiftUnit(*common, 0, right_shift, rounding, bias, target.min, target.max)
    name = f"shift s{width}->{output} lanes{lanes} folds{folds} {rounding.value}"
    return _point(name, unit, signed(width), target, channels)


def multiply_shift(width: int, bits: int, output: str, lanes: int, folds: int, product: Multiplier) -> Point:
    channels, target, random = lanes * folds, _format(output), _random()
    multiplier = random.randint(1 << (bits - 2), 1 << (bits - 1), channels)
    if product is Multiplier.SHIFT:
        multiplier = (1 << random.randint(bits - 1, size=channels)) + (1 << random.randint(bits - 1, size=channels))
    bias = random.randint(-(1 << (width + bits - 4)), 1 << (width + bits - 4), channels)
    common = (channels, channels, lanes, signed(width), target)
    right_shift = width + bits - 2 - target.width
    unit = MultiplyShiftUnit(*common, right_shift, multiplier, bias, target.min, target.max, product)
    name = f"multiply_shift s{width}*{bits}->{output} lanes{lanes} folds{folds} {product.value}"
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


def table(width: int, output: str, lanes: int, folds: int, entries: int = 0) -> Point:
    channels, target, source = lanes * max(1, folds), _format(output), signed(width)
    codes = _random().randint(0, 1 << target.width, (channels if folds else 1, entries or 1 << width))
    low = -(entries // 2) if entries else source.min
    unit = TableUnit(channels, channels, lanes, source, target, low, target.decode(np.sort(codes, axis=1)))
    name = f"table s{width}->{output} lanes{lanes} folds{folds}" + (f" entries{entries}" if entries else "")
    return _point(name, unit, source, target, channels)


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


def window(
    unit_type: type[ParallelWindowUnit | WindowUnit],
    shape: tuple[int, int, int],
    kernel: tuple[int, int],
    stride: int,
    border: int,
    lanes: int,
    format: str,
) -> Point:
    source, strides = _format(format), (stride, stride)
    pads = (border if shape[0] > 1 else 0, border) * 2
    unit = unit_type(*shape, kernel, strides, (1, 1), pads, source.max, lanes, source)
    size, taps = "x".join(map(str, shape)), "x".join(map(str, kernel))
    name = f"{unit.kind} {size} {taps} stride{stride} border{border} lanes{lanes} {format}"
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


def _weights(text: str, shape: tuple[int, int]) -> IntArray:
    """Random numbers of a format, or sums of digits that are 0 or plus or minus one of a few powers of two."""
    random = _random()
    if text.startswith("k"):
        slots = [[int(shift) for shift in digit] for digit in text[1:].split("+")]
        return sum(random.choice([0, *(sign << shift for shift in slot for sign in (1, -1))], shape) for slot in slots)
    format = _format(text)
    weights = format.decode(random.randint(0, 1 << format.width, shape))
    return np.maximum(weights, -1) if text == "t" else weights


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
