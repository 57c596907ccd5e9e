"""Lowering of products by constant weights: fully connected layers and convolutions, with proven accumulators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from operator import itemgetter

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.ir.graph import Array, Constant, Node, Quantization
from fpgaflow.ops.convolution import Convolution
from fpgaflow.ops.dense import Dense
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.sliding import geometry
from fpgaflow.ops.window import Window, WindowAxis, cropped
from fpgaflow.passes.arrangement import PADDING, channels_last, natural, row_major
from fpgaflow.passes.lowering_values import Lowering, Value
from fpgaflow.passes.weight_product import Operand, WeightProduct

MAX_ACCUMULATOR_BITS = 52


def lower_dense(lowering: Lowering, node: Node, value: Value, weights: Constant) -> Value:
    """``value @ weights`` along the last axis, weights (inputs, outputs)."""
    value = lowering.materialise(value, reader=node)
    inputs, outputs = weights.values.shape
    vectors = value.positions.reshape(-1, inputs)
    first = vectors[0] - vectors.min() if len(vectors) else vectors
    in_place = value.is_whole and bool(np.all(vectors == first + np.arange(len(vectors))[:, None] * inputs))
    if not in_place:
        value = lowering.arranged(node, value, row_major(value.shape), value.shape)
    else:
        # element k of a vector comes at first[k]: its weights go there too
        weights = _moved(weights, lambda array: array[np.argsort(first)])
    product = WeightProduct.of(node, Operand.of(node, value, inputs), weights)
    op = Dense(_weight_format(product.matrix), _accumulator(node, [product]))
    added = lowering.emit(node, op, (value.source,), {"weights": product.matrix})
    shape = (*value.shape[:-1], outputs)
    return _result(added, value, [product], row_major(shape))


def lower_convolution(
    lowering: Lowering, node: Node, value: Value, weights: Constant, window: Window, groups: int
) -> Value:
    """Convolution by weights (outputs, channels / groups, *kernel) of frames (channels, *space), padded with zeros."""
    value, window, pad = lower_feature_map(lowering, node, lowering.materialise(value, reader=node), window)
    outputs, channels = weights.values.shape[:2]
    kernel = tuple(axis.kernel for axis in window)

    def order(array: Array) -> Array:
        """(outputs, channels, *kernel) -> (taps * channels, outputs)."""
        return np.asarray(array.reshape(outputs, channels, -1).transpose(2, 1, 0).reshape(-1, outputs))

    matrix = _moved(weights, order)
    operand = Operand.of(node, value, value.channels).with_padding(pad)
    taps = int(np.prod(kernel))
    products = []
    for group in range(groups):
        columns = slice(group * (outputs // groups), (group + 1) * (outputs // groups))
        of_group = operand.section(slice(group * channels, (group + 1) * channels)).repeated(taps)
        products.append(WeightProduct.of(node, of_group, _moved(matrix, itemgetter((slice(None), columns)))))
    joined = np.concatenate([product.matrix for product in products])
    op = Convolution(*geometry(window), pad, groups, _weight_format(joined), _accumulator(node, products))
    arranged = joined.reshape(outputs, *kernel, channels)
    added = lowering.emit(node, op, (value.source,), {"weights": arranged})
    return _result(added, value, products, feature_map_positions(added, value))


def feature_map_positions(added: Node, value: Value) -> IntArray:
    """Positions of a new feature map in the model, which has as many spatial axes as ``value``."""
    height, width, channels = added.type.shape
    return channels_last((channels, height, width) if len(value.shape) == 3 else (channels, width))


def _result(added: Node, value: Value, products: list[WeightProduct], positions: IntArray) -> Value:
    """The accumulators of products side by side."""
    low, high = (np.concatenate([p.low for p in products]), np.concatenate([p.high for p in products]))
    scale, offset = (np.concatenate([p.scale for p in products]), np.concatenate([p.offset for p in products]))
    exact = value.exact and all(product.exact for product in products)
    return Value(added.name, added.type, low, high, scale, offset, exact, positions)


def _accumulator(node: Node, products: list[WeightProduct]) -> FixedFormat:
    """The narrowest format of every partial sum. Raises FF305."""
    return accumulator(node, min(p.partial_low for p in products), max(p.partial_high for p in products))


def accumulator(node: Node, low: int, high: int) -> FixedFormat:
    """The narrowest format of integers from ``low`` to ``high`` that a node computes. Raises FF305."""
    format = format_for_range(low, high)
    if format.width > MAX_ACCUMULATOR_BITS:
        raise FlowError(
            "FF305",
            f"an accumulator of {format.width} bits is needed",
            node=node.loc,
            reason=f"fpgaflow computes with at most {MAX_ACCUMULATOR_BITS} bits",
            hint="use fewer bits for the layer's input or weights",
        )
    return format


def _weight_format(matrix: IntArray) -> Format:
    """Bipolar if every weight is -1 or +1, else the narrowest fixed-point format."""
    if np.all(np.abs(matrix) == 1) and matrix.min() < 0:
        return BipolarFormat()
    return format_for_range(int(matrix.min()), int(matrix.max()))


def _moved(weights: Constant, move: Callable[[Array], Array]) -> Constant:
    """A constant with its elements rearranged, its integers and scales too."""
    quantization = weights.quantization
    if quantization is not None:
        shape = weights.values.shape
        codes, scale, zero_point = (
            move(np.broadcast_to(part, shape))
            for part in (quantization.codes, quantization.scale, quantization.zero_point)
        )
        quantization = Quantization(codes, scale, zero_point)
    return Constant(move(weights.values), quantization)


def lower_feature_map(
    lowering: Lowering, node: Node, value: Value, window: Window, *, zeros: bool = True
) -> tuple[Value, tuple[WindowAxis, WindowAxis], int]:
    """A value as stream (height, width, channels), a window of two axes, and the integer that stands for zero on the
    window's padding (with ``zeros``, where the value must have nothing pending). Raises FF205, FF305.
    """
    rank = len(value.shape) - 1
    if rank not in (1, 2):
        raise FlowError(
            "FF205",
            f"{node.loc.op_type} over {rank} spatial axes",
            node=node.loc,
            reason="hardware stages slide over one or two axes",
            hint="use 1D or 2D layers",
        )
    value, window = _without_border(node, value, window) if zeros else (value, window)
    positions, window = cropped(value.positions, window)
    value = lowering.arranged(node, replace(value, positions=positions), *natural(positions.shape))
    rows, columns = (*(WindowAxis(1),) * (2 - rank), *window)
    format = value.integer.format
    assert format is not None
    if not zeros or not any((rows.begin, rows.end, columns.begin, columns.end)):
        return value, (rows, columns), format.min
    pad = zero_code(node, value)
    if isinstance(format, BipolarFormat):
        value = widened(lowering, node, value)
    return value, (rows, columns), pad


def _without_border(node: Node, value: Value, window: Window) -> tuple[Value, Window]:
    """A border of zeros around the frame becomes padding of the window."""
    if not np.any(value.positions == PADDING) or value.pad != zero_code(node, value):
        return value, window
    inside = value.positions != PADDING
    box: list[slice] = [slice(None)]
    axes = []
    for number, axis in enumerate(window, start=1):
        filled = np.flatnonzero(inside.any(axis=tuple(a for a in range(inside.ndim) if a != number)))
        first, last = int(filled[0]), int(filled[-1]) + 1
        box.append(slice(first, last))
        axes.append(replace(axis, begin=axis.begin + first, end=axis.end + inside.shape[number] - last))
    kept = value.positions[tuple(box)]
    if min(min(axis.begin, axis.end) for axis in axes) < 0 or np.any(kept == PADDING):
        return value, window
    return replace(value, positions=kept), tuple(axes)


def channels_times(lowering: Lowering, node: Node, value: Value, factors: IntArray) -> Value:
    """A feature map's numbers in other integers: those of each channel times a factor of its own, not 0. Raises FF305."""
    format = value.integer.format
    assert format is not None and value.period == value.channels
    low, high = np.sort(factors.astype(object) * np.stack([value.low, value.high]), axis=0)
    result = accumulator(node, min(0, *low), max(0, *high))
    op = Convolution(*geometry((WindowAxis(1),) * 2), format.min, len(factors), _weight_format(factors), result)
    added = lowering.emit(node, op, (value.source,), {"weights": factors.reshape(-1, 1, 1, 1)})
    ends = {"low": low.astype(np.int64), "high": high.astype(np.int64)}
    return replace(value, source=added.name, integer=added.type, scale=value.scale / factors, **ends)


def zero_code(node: Node, value: Value, real: float = 0.0) -> int:
    """The stored integer that stands for a real number in every channel. Raises FF305 if there is none."""
    codes = {(Fraction(real) - offset) / scale for scale, offset in set(zip(value.scale, value.offset, strict=True))}
    format = value.integer.format
    assert format is not None
    code = min(codes)
    if len(codes) > 1 or code.denominator != 1 or not format.min <= code <= format.max:
        raise FlowError(
            "FF305",
            f"'{node.loc.node}' pads with {real:g}, which the input's numbers don't have",
            node=node.loc,
            reason=f"{real:g} lies between two of them, or beyond them, or is another code in each channel",
            hint="quantize the layer's input symmetrically (zero point 0), or with one integer zero point for all channels",
        )
    return int(code)


def widened(lowering: Lowering, node: Node, value: Value) -> Value:
    """A bipolar value as integers of two bits, which have a zero."""
    table = np.array([[-1, 0, 1]], dtype=np.int64)
    added = lowering.emit(node, LookupTable(-1, FixedFormat(2, 0, True)), (value.source,), {"table": table})
    return replace(value, source=added.name, integer=added.type)
