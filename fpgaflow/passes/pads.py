"""Lowering of borders: they stay a matter of positions, so that a window behind them takes them up as its own padding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.fixed import BipolarFormat
from fpgaflow.ir.graph import Node
from fpgaflow.passes.arrangement import PADDING, natural
from fpgaflow.passes.lowering_values import Lowering, Value
from fpgaflow.passes.products import widened, zero_code


def lower_pad(
    lowering: Lowering, node: Node, value: Value, begin: tuple[int, ...], end: tuple[int, ...], number: float
) -> Value:
    """``number`` must be one of the value's, the same integer in all channels; FF305 else."""
    value = lowering.materialise(value, reader=node)
    crops = tuple(
        slice(max(-first, 0), extent - max(-last, 0))
        for first, last, extent in zip(begin, end, value.shape, strict=True)
    )
    borders = [(max(first, 0), max(last, 0)) for first, last in zip(begin, end, strict=True)]
    cropped = value.positions[crops]
    if not any(map(any, borders)):
        return replace(value, positions=cropped)
    code = zero_code(node, value, number)
    if np.any(value.positions == PADDING) and code != value.pad:
        value = lowering.arranged(node, value, *natural(value.shape))
        cropped = value.positions[crops]
    if isinstance(value.integer.format, BipolarFormat) and abs(code) != 1:
        value = widened(lowering, node, value)
    return replace(value, positions=np.pad(cropped, borders, constant_values=PADDING), pad=code)
