"""Lowering of borders: they stay a matter of positions, so that a window behind them takes them up as its own padding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.fixed import BipolarFormat
from fpgaflow.ir.graph import Node
from fpgaflow.ops.window import WindowAxis, cropped, padded
from fpgaflow.passes.arrangement import PADDING, natural
from fpgaflow.passes.lowering_values import Lowering, Value
from fpgaflow.passes.products import widened, zero_code


def lower_pad(
    lowering: Lowering, node: Node, value: Value, begin: tuple[int, ...], end: tuple[int, ...], number: float
) -> Value:
    """``number`` must be one of the value's, the same integer in all channels; FF305 else."""
    value = lowering.materialise(value, reader=node)
    sides = tuple(WindowAxis(1, begin=first, end=last) for first, last in zip(begin, end, strict=True))
    positions, border = cropped(value.positions, sides)
    value = replace(value, positions=positions)
    if not any(axis.begin or axis.end for axis in border):
        return value
    code = zero_code(node, value, number)
    if np.any(positions == PADDING) and code != value.pad:
        value = lowering.arranged(node, value, *natural(value.shape))
    if isinstance(value.integer.format, BipolarFormat) and abs(code) != 1:
        value = widened(lowering, node, value)
    return replace(value, positions=padded(value.positions, border, PADDING), pad=code)
