"""Integers mapped to others of a small range, by table: scales and offsets that differ from channel to channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import format_for_range
from fpgaflow.ir.graph import Array, Node
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.passes.arrangement import one_period
from fpgaflow.passes.chain import MAX_TABLE
from fpgaflow.passes.lowering_values import Lowering, Value


def mapped(lowering: Lowering, node: Node, value: Value, factor: Array, shift: Array, scale: Array) -> Value:
    """``factor * x + shift`` by table, for integers of a small range. Raises FF305."""
    low, high = int(value.low.min()), int(value.high.max())
    points = np.arange(low, high + 1).astype(object) if high - low < MAX_TABLE else None
    table = None if points is None else factor[:, None] * points + shift[:, None]
    if table is None or max(abs(int(table.min())), abs(int(table.max()))) >= 1 << 40:
        raise FlowError(
            "FF305",
            f"the inputs of '{node.loc.node}' have scales that don't fit together",
            node=node.loc,
            reason="the ratio of their scales differs from channel to channel, and is no ratio of small integers",
            hint="quantize both branches in front of it, with one scale each or with powers of two",
        )
    table = table.astype(np.int64)
    (rows,) = one_period(table, of=(1, value.channels))
    format = format_for_range(int(table.min()), int(table.max()))
    added = lowering.emit(node, LookupTable(low, format), (value.source,), {"table": rows})
    ends = np.sort(np.stack([factor * value.low + shift, factor * value.high + shift]).astype(np.int64), axis=0)
    return replace(value, source=added.name, integer=added.type, low=ends[0], high=ends[1], scale=scale)
