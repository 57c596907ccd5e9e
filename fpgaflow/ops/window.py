"""Windows that slide over the spatial axes of a frame (channels, *space): what convolutions and pools share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import ModelBuilder, OnnxNode, ShapeError, constant_like
from fpgaflow.ops.reading import integer, integers, text, unsupported
from fpgaflow.units.axis import Axis

LONGEST_AXIS = 1 << 24


@dataclass(frozen=True)
class WindowAxis:
    """A window along one axis: ``kernel`` taps that lie ``dilation`` apart, moved on by ``stride`` elements.

    ``begin`` and ``end`` elements of padding lie before and behind the data; negative ones leave out data.
    """

    kernel: int
    stride: int = 1
    dilation: int = 1
    begin: int = 0
    end: int = 0

    @property
    def reach(self) -> int:
        """Elements from the first tap to the last one."""
        return self.over(0).extent

    def positions(self, extent: int) -> int:
        """Number of places that the window takes over ``extent`` elements; 0 or less if it does not fit."""
        return self.over(extent).outputs

    def over(self, extent: int) -> Axis:
        """The window on so many elements."""
        return Axis(extent, self.kernel, self.stride, self.dilation, self.begin, self.end)

    def count(self, extent: int, begin: int = 0, end: int = 0) -> IntArray:
        """(positions,): how many taps lie on the data, or on ``begin`` elements before and ``end`` elements behind."""
        taps = self.over(extent).taps
        inside: IntArray = np.sum((taps >= -begin) & (taps < extent + end), axis=1, dtype=np.int64)
        return inside


Window = tuple[WindowAxis, ...]


def positions(window: Window, extents: tuple[int, ...]) -> tuple[int, ...]:
    """Spatial shape of the result; ShapeError if the window does not fit."""
    if len(window) != len(extents):
        raise ShapeError(f"a window of {len(window)} axes can't slide over {len(extents)}")
    found = tuple(axis.positions(extent) for axis, extent in zip(window, extents, strict=True))
    space = [extent + axis.begin + axis.end for axis, extent in zip(window, extents, strict=True)]
    check_size(space)
    if min(found) < 1:
        reach = [axis.reach for axis in window]
        raise ShapeError(f"a window of {reach} elements does not fit into {space} elements, padding included")
    return found


def check_size(extents: Sequence[int]) -> None:
    """ShapeError if an axis is too long to be looked at element by element."""
    if max(extents) > LONGEST_AXIS:
        raise ShapeError(f"an axis of {max(extents):,} elements is longer than {LONGEST_AXIS:,}")


def pooled_shape(window: Window, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Frame shape of a pool's result; ShapeError if the window does not fit, or lies in the padding alone somewhere."""
    found = positions(window, shape[1:])
    if any(_misses(axis, extent) for axis, extent in zip(window, shape[1:], strict=True)):
        raise ShapeError("the window lies in the padding alone at a border of the frame")
    return (*shape[:1], *found)


def _misses(axis: WindowAxis, extent: int) -> bool:
    """True if at some position no tap of the window lies on the data."""
    last = (axis.positions(extent) - 1) * axis.stride - axis.begin
    # A window that starts in front of the data has its first tap on or behind the first element at start % dilation.
    early = np.arange(-axis.begin, min(last + 1, 0), axis.stride)
    return last >= extent or axis.begin >= axis.reach or bool(np.any(early % axis.dilation >= extent))


def padded(data: Array, window: Window, fill: float, *, behind: int = 0) -> Array:
    """Data (…, *extents) with the window's padding around the last axes but ``behind``; negative padding is cut off."""
    data, window = cropped(data, window, behind=behind)
    widths = [(0, 0)] * data.ndim
    for dimension, axis in _dimensions(data, window, behind):
        widths[dimension] = (axis.begin, axis.end)
    value = fill if math.isinf(fill) else constant_like(np.asarray(fill), data)[()]
    return np.pad(data, widths, constant_values=value) if np.any(widths) else data


def cropped(data: Array, window: Window, *, behind: int = 0) -> tuple[Array, Window]:
    """A view of data (…, *extents) without what the window's negative padding cuts off, and the window with the rest."""
    for dimension, axis in _dimensions(data, window, behind):
        data = section(data, dimension, slice(max(-axis.begin, 0), data.shape[dimension] - max(-axis.end, 0)))
    return data, tuple(replace(axis, begin=max(axis.begin, 0), end=max(axis.end, 0)) for axis in window)


def taps(data: Array, window: Window, *, behind: int = 0) -> list[Array]:
    """Views (…, *positions) of padded data (…, *padded extents), one a tap, the last axis of the kernel fastest; with
    ``behind`` more axes.
    """
    views = [data]
    for dimension, axis in _dimensions(data, window, behind):
        views = [tap for view in views for tap in _axis_taps(view, dimension, axis)]
    return views


def reduce_windows(data: Array, window: Window, function: Callable[[Array, Array], Array]) -> Array:
    """``function`` over all taps of padded data, axis by axis: (…, *positions)."""
    for dimension, axis in _dimensions(data, window, 0):
        data = reduce(function, _axis_taps(data, dimension, axis))
    return data


def _dimensions(data: Array, window: Window, behind: int) -> Iterable[tuple[int, WindowAxis]]:
    return enumerate(window, start=data.ndim - len(window) - behind)


def _axis_taps(data: Array, dimension: int, axis: WindowAxis) -> list[Array]:
    span = data.shape[dimension] - axis.reach + 1
    starts = range(0, axis.kernel * axis.dilation, axis.dilation)
    return [section(data, dimension, slice(start, start + span, axis.stride)) for start in starts]


def section(data: Array, dimension: int, wanted: slice) -> Array:
    """A view of part of one axis."""
    return data[(slice(None),) * dimension + (wanted,)]


# -- reading -----------------------------------------------------------------------------------------------------------


def spatial_extents(node: OnnxNode, builder: ModelBuilder) -> tuple[int, ...]:
    """Extents of the axes behind batch and channels of the node's data; ShapeError if there are none."""
    shape = builder.file_shape(node.inputs[0])
    if not shape.batched or len(shape.dims) < 3:
        raise ShapeError(f"values must be (batch, channels, *space), but '{node.inputs[0]}' has shape {shape}")
    return shape.dims[2:]


def kernel_shape(node: OnnxNode, rank: int) -> tuple[int, ...] | None:
    """The attribute ``kernel_shape`` for ``rank`` axes; None if it is missing."""
    return per_axis(node, "kernel_shape", rank, least=1) if "kernel_shape" in node.attributes else None


def per_axis(node: OnnxNode, name: str, rank: int, *, least: int, default: int = 1) -> tuple[int, ...]:
    """A list attribute with one number of at least ``least`` for each of ``rank`` axes."""
    found = integers(node, name)
    found = (default,) * rank if found is None else found
    if len(found) != rank or min(found) < least:
        raise ShapeError(f"attribute '{name}' is {list(found)}, it must be {rank} numbers of at least {least}")
    return found


def read_window(node: OnnxNode, extents: tuple[int, ...], kernel: tuple[int, ...]) -> Window:
    """The attributes strides, dilations, pads and auto_pad."""
    rank = len(extents)
    steps = zip(
        kernel, per_axis(node, "strides", rank, least=1), per_axis(node, "dilations", rank, least=1), strict=True
    )
    window = tuple(WindowAxis(*step) for step in steps)
    mode = auto_pad(node)
    if mode == "NOTSET":
        pads = per_axis(node, "pads", 2 * rank, least=0, default=0)
        return tuple(
            replace(axis, begin=begin, end=end)
            for axis, begin, end in zip(window, pads[:rank], pads[rank:], strict=True)
        )
    if mode == "VALID":
        return window
    return tuple(_same(axis, extent, mode) for axis, extent in zip(window, extents, strict=True))


def auto_pad(node: OnnxNode) -> str:
    """The attribute ``auto_pad``; FF202 if it is none of ONNX's."""
    mode = text(node, "auto_pad", "NOTSET") or "NOTSET"
    if mode not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise unsupported(
            node,
            f"auto_pad '{mode}' is not known",
            reason="known are NOTSET, VALID, SAME_UPPER and SAME_LOWER",
            hint="give the padding with the attribute pads",
        )
    return mode


def _same(axis: WindowAxis, extent: int, mode: str) -> WindowAxis:
    """Padding with which the window takes ceil(extent / stride) positions; an odd element goes to the named end."""
    wanted = -(-extent // axis.stride)
    total = max((wanted - 1) * axis.stride + axis.reach - extent, 0)
    begin = total // 2 if mode == "SAME_UPPER" else total - total // 2
    return replace(axis, begin=begin, end=total - begin)


def with_ceil_mode(node: OnnxNode, window: Window, extents: tuple[int, ...]) -> Window:
    """The window with more padding at the end where ``ceil_mode`` adds a last position; none starts in that padding."""
    if not integer(node, "ceil_mode", 0):
        return window
    return tuple(_ceiled(axis, extent) for axis, extent in zip(window, extents, strict=True))


def _ceiled(axis: WindowAxis, extent: int) -> WindowAxis:
    last = -(-(extent + axis.begin + axis.end - axis.reach) // axis.stride) * axis.stride
    if last >= extent + axis.begin:
        last -= axis.stride
    return replace(axis, end=max(axis.end, last + axis.reach - extent - axis.begin))


# -- writing -----------------------------------------------------------------------------------------------------------


def window_attributes(window: Window) -> dict[str, Any]:
    """The attributes that ``read_window`` reads, a list of numbers each; padding that leaves out data is written as none."""
    return {
        "kernel_shape": [axis.kernel for axis in window],
        "strides": [axis.stride for axis in window],
        "dilations": [axis.dilation for axis in window],
        "pads": [*(max(axis.begin, 0) for axis in window), *(max(axis.end, 0) for axis in window)],
    }
