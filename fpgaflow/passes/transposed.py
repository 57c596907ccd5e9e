"""Lowering of transposed convolutions: each phase of the stride is an ordinary convolution of the small frame.

Along an axis, element y of the result sums ``x[i] * w[k]`` over all i and k with ``i * stride + k = y + begin``. So all
elements with the same remainder of ``y + begin`` by the stride see the same taps: every ``stride``-th one of the kernel. The
phases become outputs of one convolution; that they lie side by side in the result is only a matter of positions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Node, Quantization
from fpgaflow.ops.window import Window, WindowAxis
from fpgaflow.passes.lowering_values import Lowering, Value
from fpgaflow.passes.products import lower_convolution


@dataclass(frozen=True)
class _Phases:
    """One axis: the window of the convolution, and where each element of the result comes from."""

    window: WindowAxis
    taps: IntArray  # (phases, kernel of the convolution): tap of the dilated kernel, or its length where there is none
    place: IntArray  # (result extent,)
    phase: IntArray  # (result extent,)

    @staticmethod
    def of(axis: WindowAxis, extent: int, result: int) -> _Phases:
        kernel = -(-axis.reach // axis.stride)
        moved = np.arange(result) + axis.begin
        places, phase = np.divmod(moved, axis.stride)
        first, count = int(places[0]), int(places[-1] - places[0]) + 1
        begin = kernel - 1 - first
        # the kernel is reversed: its last tap stands first
        taps = np.arange(axis.stride)[:, None] + axis.stride * np.arange(kernel)[::-1]
        window = WindowAxis(kernel, begin=begin, end=count + kernel - 1 - extent - begin)
        return _Phases(window, np.minimum(taps, axis.reach), places - first, phase)


def lower_transposed(
    lowering: Lowering, node: Node, value: Value, weights: Constant, window: Window, groups: int
) -> Value:
    """Weights (channels, outputs / groups, *kernel), frames (channels, *space)."""
    rank = len(window)
    extents = zip(window, value.shape[1:], node.type.shape[1:], strict=True)
    phases = [_Phases.of(axis, extent, result) for axis, extent, result in extents]
    outputs = weights.values.shape[1]
    strides = [axis.stride for axis in window]

    def move(array: Array) -> Array:
        """To (groups * phases * outputs, channels / groups, *kernel)."""
        grouped = array.reshape(groups, -1, *array.shape[1:])
        for axis, phase in enumerate(phases):
            dimension = 3 + 2 * axis
            dilated = np.zeros(
                (*grouped.shape[:dimension], window[axis].reach + 1, *grouped.shape[dimension + 1 :]), array.dtype
            )
            spots = (slice(None),) * dimension + (slice(0, window[axis].reach, window[axis].dilation),)
            dilated[spots] = grouped
            # (…, phases, kernel, …)
            grouped = np.take(dilated, phase.taps, axis=dimension)
        # groups, channels, outputs, phase, kernel, phase, kernel
        order = (0, *(3 + 2 * axis for axis in range(rank)), 2, 1, *(4 + 2 * axis for axis in range(rank)))
        return np.ascontiguousarray(grouped.transpose(order)).reshape(
            groups * int(np.prod(strides)) * outputs, -1, *(phase.window.kernel for phase in phases)
        )

    quantization = weights.quantization
    if quantization is not None:
        shape = weights.values.shape
        codes = np.broadcast_to(quantization.codes - np.asarray(quantization.zero_point).astype(np.int64), shape)
        scale = np.broadcast_to(quantization.scale, shape)
        moved = move(scale)
        # where there is no tap, the weight is 0 in any scale: that of the output's other weights, or any
        filled = np.where(moved == 0, moved.max(axis=tuple(range(1, moved.ndim)), keepdims=True), moved)
        quantization = Quantization(move(codes), np.where(filled == 0, filled.max(), filled), np.zeros(()))
    constant = Constant(move(weights.values), quantization)
    result = lower_convolution(lowering, node, value, constant, tuple(phase.window for phase in phases), groups)

    # positions of (groups, outputs, *result): place of the pixel, then group, phase and output among its channels
    columns = result.channels
    pixel, phase = np.zeros((), dtype=np.int64), np.zeros((), dtype=np.int64)
    for stride, axis, extent in zip(strides, phases, result.integer.shape[2 - rank : 2], strict=True):
        pixel = pixel[..., None] * extent + axis.place
        phase = phase[..., None] * stride + axis.phase
    channel = np.arange(outputs).reshape(-1, *(1,) * rank) + phase * outputs
    group = np.arange(groups).reshape(-1, *(1,) * (rank + 1)) * (columns // groups)
    positions = (pixel * columns + group + channel).reshape(node.type.shape)
    return replace(result, positions=positions)
