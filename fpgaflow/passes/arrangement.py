"""Where the elements of a frame lie in a stream."""

from __future__ import annotations

from math import prod

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array

PADDING = -1
"""Place of an element that is in no stream: a constant border."""


def row_major(shape: tuple[int, ...]) -> IntArray:
    """Positions of a frame whose elements lie in the model's own order."""
    positions: IntArray = np.arange(prod(shape), dtype=np.int64).reshape(shape)
    return positions


def channels_last(shape: tuple[int, ...]) -> IntArray:
    """Positions of a frame (channels, *space) whose elements lie in the order (*space, channels)."""
    return np.ascontiguousarray(np.moveaxis(row_major((*shape[1:], *shape[:1])), -1, 0))


def feature_map(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape (height, width, channels) in the stream of a frame (channels, *space) of one or two spatial axes."""
    channels, *space = shape
    return (*((1,) * (2 - len(space))), *space, channels)


def natural(shape: tuple[int, ...]) -> tuple[IntArray, tuple[int, ...]]:
    """Positions and shape of a frame's own stream: channels last for feature maps, else the model's order."""
    if len(shape) in (2, 3):
        return channels_last(shape), feature_map(shape)
    return row_major(shape), shape


def one_period(*arrays: Array, of: tuple[int, ...]) -> list[Array]:
    """Arrays (elements, …) cut to the first of the periods ``of`` with which all of them repeat; whole if there is none."""
    length = next((period for period in of if all(_repeats(array, period) for array in arrays)), None)
    return [np.ascontiguousarray(array[:length]) for array in arrays]


def _repeats(array: Array, period: int) -> bool:
    periods = array.reshape(-1, period, *array.shape[1:])
    return bool(np.all(periods == periods[:1]))


def in_stream(constant: Array, positions: IntArray, channels: int) -> Array:
    """A constant that broadcasts to a frame, as one number or as (period,) along the stream."""
    if constant.size == 1:
        return constant.reshape(())
    stream = np.empty(positions.size, dtype=constant.dtype)
    stream[positions.ravel()] = np.broadcast_to(constant, positions.shape).ravel()
    (period,) = one_period(stream, of=(channels,))
    return period


def order_between(source: IntArray, target: IntArray) -> IntArray:
    """(elements,): which element of the source stream, or ``PADDING``, goes to each place of the target stream."""
    order = np.empty(target.size, dtype=np.int64)
    order[target.ravel()] = source.ravel()
    return order
