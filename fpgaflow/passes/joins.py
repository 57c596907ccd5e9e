"""Lowering of operators on two or more streams: sums and products with exact alignment, concatenation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import format_for_range
from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.concatenate import Concatenate
from fpgaflow.ops.join import Join
from fpgaflow.passes.arrangement import natural
from fpgaflow.passes.lowering_values import Lowering, Value
from fpgaflow.passes.maps import mapped
from fpgaflow.passes.products import accumulator, channels_times
from fpgaflow.passes.weight_product import MAX_WEIGHT_BITS, common_divisor, float32_holds, grain, reach
from fpgaflow.units.join import Operation


def lower_sum(lowering: Lowering, node: Node, values: Sequence[Value], signs: Sequence[int]) -> Value:
    """``sum_i signs[i] * values[i]``: integers weighted so that all count in the same unit."""
    values = _side_by_side(lowering, node, values)
    unit = _common_unit(values)
    values = [_rescaled(lowering, node, value, unit) for value in values]
    factors = [sign * int(value.scale[0] / unit[0]) for sign, value in zip(signs, values, strict=True)]
    ends = [np.sort(np.stack([f * v.low, f * v.high]), axis=0) for f, v in zip(factors, values, strict=True)]
    low, high = np.sum(ends, axis=0)
    # any sum of some of them, too
    least = sum(int(min(end.min(), 0)) for end in ends)
    most = sum(int(max(end.max(), 0)) for end in ends)
    format = accumulator(node, least, most)
    op = Join(Operation.ADD, tuple(factors), 0, format)
    added = lowering.emit(node, op, tuple(value.source for value in values), {})
    offset = np.sum([sign * value.offset for sign, value in zip(signs, values, strict=True)], axis=0)
    grid = grain(unit, *(value.offset for value in values))
    exact = all(value.exact for value in values) and float32_holds(reach(low, high, unit, offset), grid)
    return Value(added.name, added.type, low, high, unit, offset, exact, values[0].positions)


def lower_product(lowering: Lowering, node: Node, values: Sequence[Value]) -> Value:
    """The product of two values; integers are moved so that zero stands for zero first."""
    first, second = (_centred(lowering, node, value) for value in _side_by_side(lowering, node, values))
    corners = np.stack([a * b for a in (first.low, first.high) for b in (second.low, second.high)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    op = Join(Operation.MULTIPLY, (1, 1), 0, accumulator(node, int(low.min()), int(high.max())))
    added = lowering.emit(node, op, (first.source, second.source), {})
    scale = first.scale * second.scale
    zero = np.array([Fraction(0)] * len(scale), dtype=object)
    exact = first.exact and second.exact and float32_holds(reach(low, high, scale, zero), grain(scale))
    return Value(added.name, added.type, low, high, scale, zero, exact, first.positions)


def lower_concat(lowering: Lowering, node: Node, values: Sequence[Value], axis: int) -> Value:
    """Values one behind the other along the frame's axis ``axis``, which must be the channels."""
    values = [lowering.materialise(value, reader=node) for value in values]
    rank = len(values[0].shape)
    if (axis != 0 and rank in (2, 3)) or rank not in (1, 2, 3):
        raise FlowError(
            "FF205",
            f"{node.loc.op_type} along axis {axis + 1} of {rank + 1}",
            node=node.loc,
            reason="streams are put side by side along the channels only",
            hint="concatenate along axis 1",
        )
    values = [lowering.arranged(node, value, *natural(value.shape)) for value in values]
    pixels = values[0].integer.elements // values[0].channels
    period = 1 if all(value.period == value.channels for value in values) else pixels
    spread = [value.spread(period * value.channels) for value in values]
    formats = [value.integer.format for value in values if value.integer.format is not None]
    same = all(format == formats[0] for format in formats)
    format = formats[0] if same else format_for_range(min(f.min for f in formats), max(f.max for f in formats))
    added = lowering.emit(node, Concatenate(format), tuple(value.source for value in values), {})

    def joined(name: str) -> Array:
        return np.concatenate([getattr(value, name).reshape(period, -1) for value in spread], axis=1).ravel()

    positions, _ = natural(node.type.shape)
    exact = all(value.exact for value in values)
    low, high, scale, offset = map(joined, ("low", "high", "scale", "offset"))
    return Value(added.name, added.type, low, high, scale, offset, exact, positions)


def _side_by_side(lowering: Lowering, node: Node, values: Sequence[Value]) -> list[Value]:
    """Values with nothing pending, broadcast to the node's shape, in the same order of elements."""
    shape = node.type.shape
    broadcast = []
    for value in (lowering.materialise(value, reader=node) for value in values):
        aligned = value.positions.reshape((1,) * (len(shape) - len(value.shape)) + value.shape)
        broadcast.append(replace(value, positions=np.broadcast_to(aligned, shape)))
    model = next((value for value in broadcast if value.is_whole), None)
    if model is None:
        return [lowering.arranged(node, value, *natural(shape)) for value in broadcast]
    arranged = [lowering.arranged(node, value, model.positions, model.integer.shape) for value in broadcast]
    period = max(value.period for value in arranged)
    return [value.spread(period) for value in arranged]


def _common_unit(values: Sequence[Value]) -> Array:
    """(period,) of which every value's scale is a multiple, in each channel."""
    scales = np.stack([value.scale for value in values])
    divisors = np.array([common_divisor(channel) for channel in scales.T], dtype=object)
    return np.where(scales[0] > 0, divisors, -divisors)


def _rescaled(lowering: Lowering, node: Node, value: Value, unit: Array) -> Value:
    """The value with the scale ``unit``, or the same multiple of it in each channel. Raises FF305."""
    multiples = value.scale / unit
    if np.all(multiples == multiples[0]):
        return value
    multiples = np.array([int(multiple) for multiple in multiples], dtype=object)
    feature_map = len(value.integer.shape) == 3 and value.period == value.channels
    if feature_map and int(abs(multiples).max()).bit_length() < MAX_WEIGHT_BITS:
        return channels_times(lowering, node, value, multiples.astype(np.int64))
    return mapped(lowering, node, value, multiples, multiples * 0, unit)


def _centred(lowering: Lowering, node: Node, value: Value) -> Value:
    """The value with offset zero: its integers moved by the offset in units of the scale. Raises FF305."""
    shift = value.offset / value.scale
    if not np.any(shift):
        return value
    if any(s.denominator != 1 for s in shift.tolist()):
        raise FlowError(
            "FF305",
            f"'{node.loc.node}' multiplies a value that has no integer for zero",
            node=node.loc,
            reason="the product's integers would not stand for the product of the values",
            hint="quantize both factors with integer zero points",
        )
    ones = np.ones(len(shift), dtype=object)
    moved = np.array([int(s) for s in shift.tolist()], dtype=object)
    return replace(mapped(lowering, node, value, ones, moved, value.scale), offset=value.offset * 0)
