"""Joins of several values, and elements in another order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import gcd, prod

import numpy as np

from fpgaflow.backends.emulate.kernels import rearrange as rearranged
from fpgaflow.backends.emulate.number_types import Operand, widest
from fpgaflow.backends.emulate.step import Step, compiles
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array
from fpgaflow.ops.concatenate import Concatenate
from fpgaflow.ops.dense import divisors
from fpgaflow.ops.join import Join
from fpgaflow.ops.rearrange import Rearrange
from fpgaflow.units.join import Operation


@compiles(Join)
def join(op: Join, data: Sequence[Operand], _constants: Sequence[Array]) -> Step:
    reaches = [operand.magnitude for operand in data]
    if op.operation is Operation.MULTIPLY:
        dtype = widest(prod(reaches), *reaches)
        return Step(lambda *values: reduce(np.multiply, [value.astype(dtype, copy=False) for value in values]), dtype)
    products = [abs(factor) * reach for factor, reach in zip(op.multipliers, reaches, strict=True)]
    dtype = widest(sum(products) + abs(op.constant), *reaches, *map(abs, op.multipliers))

    def run(*values: Array) -> Array:
        terms: list[Array] = [
            value.astype(dtype, copy=False) if factor == 1 else value.astype(dtype, copy=False) * dtype(factor)
            for value, factor in zip(values, op.multipliers, strict=True)
        ]
        total: Array = terms[0] + terms[1]
        for term in terms[2:]:
            total += term
        if op.constant:
            total += dtype(op.constant)
        return total

    return Step(run, dtype)


@compiles(Concatenate)
def concatenate(_op: Concatenate, data: Sequence[Operand], _constants: Sequence[Array]) -> Step:
    dtype = widest(*(operand.magnitude for operand in data))
    return Step(lambda *values: np.concatenate(values, axis=-1, dtype=dtype), dtype)


@compiles(Rearrange)
def rearrange(op: Rearrange, data: Sequence[Operand], constants: Sequence[Array]) -> Step:
    (operand,), (order,) = data, constants
    dtype = widest(operand.magnitude, abs(op.pad_value) if order.min(initial=0) < 0 else 0)
    elements = prod(operand.shape)
    group = _group(order, elements)
    first = order[::group]
    groups = np.where(first < 0, -1, first // group)
    if np.array_equal(order, np.arange(elements)):
        return Step(lambda values: values.reshape(len(values), *op.shape), operand.dtype)

    def run(values: Array) -> Array:
        result = np.empty((len(values), *op.shape), dtype=dtype)
        target = result.reshape(len(values), len(groups), group)
        rearranged(values.reshape(len(values), elements // group, group), groups, op.pad_value, target)
        return result

    return Step(run, dtype)


def _group(order: IntArray, elements: int) -> int:
    """The most elements that always move together, from and to multiples of their number."""
    return next(count for count in reversed(divisors(gcd(len(order), elements))) if _moves_together(order, count))


def _moves_together(order: IntArray, count: int) -> bool:
    groups = order.reshape(-1, count)
    first = groups[:, :1]
    return bool(
        np.all((first < 0) | (first % count == 0)) and np.all(groups == first + (first >= 0) * np.arange(count))
    )
