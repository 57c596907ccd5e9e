"""The weights of a layer in one form, whatever the operator: which input and which output each of them belongs to."""

from __future__ import annotations

import math

import numpy as np

from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Op
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.conv_transpose import ConvTranspose
from fpgaflow.ops.mat_mul import MatMul

# Axes of the common form: groups, inputs of a group, outputs of a group, taps.
OUTPUT_AXES = (0, 2)


def grouped(op: Op, weights: Array) -> Array:
    """(groups, inputs of a group, outputs of a group, taps): a view where NumPy can."""
    if isinstance(op, MatMul):
        return np.asarray(weights[None, :, :, None])
    if isinstance(op, Conv):
        outputs, inputs, *kernel = weights.shape
        split = weights.reshape(op.groups, outputs // op.groups, inputs, math.prod(kernel))
        return np.asarray(split.transpose(0, 2, 1, 3))
    assert isinstance(op, ConvTranspose)
    inputs, outputs, *kernel = weights.shape
    return weights.reshape(op.groups, inputs // op.groups, outputs, math.prod(kernel))


def ungrouped(op: Op, array: Array, shape: tuple[int, ...]) -> Array:
    """Back to the operator's own form; ``shape`` is that of its weights."""
    if isinstance(op, MatMul):
        return array[0, :, :, 0]
    if isinstance(op, Conv):
        array = array.transpose(0, 2, 1, 3)
    return np.asarray(array.reshape(shape))


def times_outputs(op: Op, weights: Array, factors: Array) -> Array:
    """Weights with those of every output (outputs,) multiplied, in float64."""
    common = grouped(op, weights).astype(np.float64)
    return ungrouped(op, common * factors.reshape(common.shape[0], 1, -1, 1), weights.shape)


def times_inputs(op: Op, weights: Array, factors: Array) -> Array:
    """Weights with those of every input (inputs,) multiplied, in float64."""
    common = grouped(op, weights).astype(np.float64)
    return ungrouped(op, common * factors.reshape(common.shape[0], -1, 1, 1), weights.shape)
