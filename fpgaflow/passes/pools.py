"""Lowering of pools: the largest integer under a window, or their sum; the division goes into the scale."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Node
from fpgaflow.ops.base import Quantizer
from fpgaflow.ops.pooling import Pooling
from fpgaflow.ops.sliding import geometry
from fpgaflow.ops.window import Window
from fpgaflow.passes.arrangement import one_period
from fpgaflow.passes.lowering_values import Lowering, Value
from fpgaflow.passes.products import accumulator, channels_times, feature_map_positions, lower_feature_map
from fpgaflow.passes.weight_product import float32_holds, grain, reach
from fpgaflow.units.pool import Reduction


def lower_max(lowering: Lowering, node: Node, value: Value, window: Window) -> Value:
    """The largest value under the window; padding never counts. Pending functions that rise or fall are left for later."""
    if value.pending and any(isinstance(pending.op, Quantizer) for pending in value.pending):
        value = lowering.materialise(value)
    value, axes, _ = lower_feature_map(lowering, node, value, window, zeros=False)
    if value.period != value.channels or not all(pending.op.monotone for pending in value.pending):
        value = lowering.materialise(value, reader=node)
    if value.period != value.channels:
        value = _uniform(node, value)
    value = _rising(lowering, node, value)
    format = value.integer.format
    assert format is not None
    op = Pooling(*geometry(axes), format.min, Reduction.MAX, format)
    added = lowering.emit(node, op, (value.source,), {})
    return replace(value, source=added.name, integer=added.type, positions=feature_map_positions(added, value))


def _rising(lowering: Lowering, node: Node, value: Value) -> Value:
    """The value with its integers negated in the channels where it falls while they rise: each channel times -1 or +1."""
    real = np.stack([value.low, value.high]) * value.scale + value.offset
    if not all(pending.op.rational for pending in value.pending):
        real = real.astype(np.float64)
    for pending in value.pending:
        real = pending(real)
    signs = np.where(real[0] <= real[1], 1, -1)
    return value if np.all(signs > 0) else channels_times(lowering, node, value, signs)


def lower_mean(lowering: Lowering, node: Node, value: Value, window: Window, divisors: IntArray) -> Value:
    """The sum under the window divided by ``divisors`` (*positions): an exact integer sum with the divided scale."""
    value, axes, pad = lower_feature_map(lowering, node, lowering.materialise(value, reader=node), window)
    rows, columns = axes
    height, width, channels = value.integer.shape
    inside = np.multiply.outer(rows.count(height), columns.count(width)).ravel()
    taps = rows.kernel * columns.kernel
    assert value.integer.format is not None
    # of any numbers of the input's format, also of those that do not occur
    low, high = min(value.integer.format.min, 0) * taps, max(value.integer.format.max, 0) * taps
    format = accumulator(node, low, high)
    op = Pooling(*geometry(axes), pad, Reduction.SUM, format)
    added = lowering.emit(node, op, (value.source,), {})

    # Where all positions have the same divisor and as many taps inside, one row of channels tells all.
    if value.period != channels:
        value = _uniform(node, value)
    inside, divided = one_period(inside, divisors.ravel(), of=(1,))
    share = np.array([Fraction(1, int(d)) for d in divided], dtype=object)
    outside = taps - inside
    scale = np.outer(share, value.scale).ravel()
    # the padding adds its code, which stands for zero, to the sum
    offset = (np.outer(inside * share, value.offset) - np.outer(outside * share, pad * value.scale)).ravel()
    least = (np.outer(inside, value.low) + (outside * pad)[:, None]).ravel()
    most = (np.outer(inside, value.high) + (outside * pad)[:, None]).ravel()
    sums = reach(least, most, scale, offset) * int(divided.max())
    power = all(int(d) & (int(d) - 1) == 0 for d in set(divided.tolist()))
    exact = value.exact and power and float32_holds(sums, grain(value.scale, value.offset))
    shape = feature_map_positions(added, value)
    return Value(added.name, added.type, least, most, scale, offset, exact, shape)


def _uniform(node: Node, value: Value) -> Value:
    """A value whose scale and offset are the same at every position, with one row of channels. Raises FF305."""
    rows = [part.reshape(-1, value.channels) for part in (value.low, value.high, value.scale, value.offset)]
    low, high, scale, offset = rows
    if not (np.all(scale == scale[:1]) and np.all(offset == offset[:1])):
        raise FlowError(
            "FF305",
            f"the inputs of '{node.loc.node}' have scales that differ between pixels",
            node=node.loc,
            reason="a window slides over all pixels, so their scales must be the same",
            hint="quantize the layer's input with one scale, or one scale a channel",
        )
    return replace(value, low=low.min(axis=0), high=high.max(axis=0), scale=scale[0], offset=offset[0])
