"""The compiled loops. Frames are C-contiguous (frames, height, width, channels), or flat where their shape is no matter.

What belongs to a channel comes as a row that repeats along the flat data: element i takes entry ``i % len(row)``. Rows are
long, so that the inner loops are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[Any]
unsigned = np.uint64
"""Places in flat data are unsigned: negative ones would count from the end, and a test for that in every access keeps the
loops from becoming vector instructions."""


@njit(cache=True)
def gather_windows(
    data: Numbers,
    first: int,
    rows: int,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    corner: tuple[int, int],
    pad_value: int,
    windows: Numbers,
) -> None:
    """Rows ``first`` and following of results, counted through all frames, each of which has ``rows`` of them.

    ``windows`` (rows of results, columns of results, kernel rows, kernel columns, channels) receives what the kernel sees
    there; ``corner`` is the padding (top, left).
    """
    count, columns, kernel_rows, kernel_columns, channels = windows.shape
    height, width = data.shape[1:3]
    source, target = data.reshape(-1), windows.reshape(-1)
    run = kernel_columns * channels
    # Columns from `begin` to `end` lie on the data with all of the kernel, which there is one run of numbers.
    begin = min(-(-corner[1] // stride[1]), columns)
    end = max(begin, (width + corner[1] - kernel_columns) // stride[1] + 1) if dilation[1] == 1 else begin
    for index in range(count):
        frame = (first + index) // rows
        top = (first + index) % rows * stride[0] - corner[0]
        for kernel_row in range(kernel_rows):
            y = top + kernel_row * dilation[0]
            in_frame = 0 <= y < height
            for column in range(columns):
                to = unsigned(((index * columns + column) * kernel_rows + kernel_row) * run)
                left = column * stride[1] - corner[1]
                if in_frame and begin <= column < end:
                    at = unsigned(((frame * height + y) * width + left) * channels)
                    for i in range(unsigned(run)):
                        target[to + i] = source[at + i]
                    continue
                for kernel_column in range(kernel_columns):
                    x = left + kernel_column * dilation[1]
                    if in_frame and 0 <= x < width:
                        at = unsigned(((frame * height + y) * width + x) * channels)
                        for i in range(unsigned(channels)):
                            target[to + i] = source[at + i]
                    else:
                        for i in range(unsigned(channels)):
                            target[to + i] = pad_value
                    to += unsigned(channels)


@njit(cache=True)
def pad_and_split(data: Numbers, corner: tuple[int, int], pad_value: int, result: Numbers) -> None:
    """Padding around each frame, and columns sorted by their remainder: ``result`` is (frames, padded height, phases,
    columns of a phase, channels), and has in phase p the padded columns p, p + phases, p + 2 * phases, …
    """
    frames, rows, phases, columns, channels = result.shape
    height, width = data.shape[1:3]
    source, target = data.reshape(-1), result.reshape(-1)
    run = unsigned(channels)
    for line in range(frames * rows):
        frame, y = line // rows, line % rows - corner[0]
        in_frame = 0 <= y < height
        if in_frame and phases == 1:
            at, to = (
                unsigned((frame * height + y) * width * channels),
                unsigned((line * columns + corner[1]) * channels),
            )
            for i in range(unsigned(width * channels)):
                target[to + i] = source[at + i]
        for phase in range(phases):
            for column in range(columns):
                x = column * phases + phase - corner[1]
                to = unsigned(((line * phases + phase) * columns + column) * channels)
                if in_frame and 0 <= x < width:
                    if phases > 1:
                        at = unsigned(((frame * height + y) * width + x) * channels)
                        for i in range(run):
                            target[to + i] = source[at + i]
                else:
                    for i in range(run):
                        target[to + i] = pad_value


@njit(cache=True)
def add_products(
    data: Numbers, rows: int, height: int, step: int, taps: Numbers, weights: Numbers, result: Numbers
) -> None:
    """``result[row] = sum_t weights[t] * data[line of the row + taps[t] …]``, element by element of a row.

    ``result`` is (all rows, elements of a row); frames have ``rows`` of them, and ``height`` lines of ``data`` (all lines,
    elements of a line). Rows are ``step`` lines apart; ``taps`` are offsets in elements.
    """
    run, line = result.shape[1], data.shape[1]
    source, w, target = data.reshape(-1), weights.reshape(-1), result.reshape(-1)
    for row in range(len(result)):
        to = unsigned(row * run)
        first = (row // rows * height + row % rows * step) * line
        if len(taps) == 9:
            # The kernel of most networks, without a visit to the result for every tap.
            a, b, c = unsigned(first + taps[0]), unsigned(first + taps[1]), unsigned(first + taps[2])
            d, e, f = unsigned(first + taps[3]), unsigned(first + taps[4]), unsigned(first + taps[5])
            g, h, k = unsigned(first + taps[6]), unsigned(first + taps[7]), unsigned(first + taps[8])
            n = unsigned(run)
            n3, n6 = n * unsigned(3), n * unsigned(6)
            for i in range(n):
                above = source[a + i] * w[i] + source[b + i] * w[n + i] + source[c + i] * w[n + n + i]
                level = source[d + i] * w[n3 + i] + source[e + i] * w[n3 + n + i] + source[f + i] * w[n3 + n + n + i]
                below = source[g + i] * w[n6 + i] + source[h + i] * w[n6 + n + i] + source[k + i] * w[n6 + n + n + i]
                target[to + i] = above + level + below
            continue
        for i in range(unsigned(run)):
            target[to + i] = 0
        for tap in range(len(taps)):
            at, by = unsigned(first + taps[tap]), unsigned(tap * run)
            for i in range(unsigned(run)):
                target[to + i] += source[at + i] * w[by + i]


@njit(cache=True)
def pool(data: Numbers, rows: int, height: int, step: int, taps: Numbers, largest: bool, result: Numbers) -> None:
    """The largest or the sum of the taps, element by element of a row; the rest as for ``add_products``."""
    run, line = result.shape[1], data.shape[1]
    source, target = data.reshape(-1), result.reshape(-1)
    for row in range(len(result)):
        to = unsigned(row * run)
        first = (row // rows * height + row % rows * step) * line
        at = unsigned(first + taps[0])
        for i in range(unsigned(run)):
            target[to + i] = source[at + i]
        for tap in range(1, len(taps)):
            at = unsigned(first + taps[tap])
            if largest:
                for i in range(unsigned(run)):
                    target[to + i] = max(target[to + i], source[at + i])
            else:
                for i in range(unsigned(run)):
                    target[to + i] += source[at + i]


@njit(cache=True)
def round_affine(
    data: Numbers, scale: Numbers, bias: Numbers, nearest: bool, low: Any, high: Any, result: Numbers
) -> None:
    """``clip(round(data * scale + bias), low, high)`` in the type of ``scale``; to nearest even, or down."""
    for start in range(0, len(data), len(scale)):
        count = min(len(scale), len(data) - start)
        source, target = data[start : start + count], result[start : start + count]
        if nearest:
            for i in range(count):
                target[i] = max(min(np.rint(source[i] * scale[i] + bias[i]), high), low)
        else:
            for i in range(count):
                target[i] = max(min(np.floor(source[i] * scale[i] + bias[i]), high), low)


@njit(cache=True)
def look_up(data: Numbers, table: Numbers, offset: Numbers, result: Numbers) -> None:
    """``table[data + offset]``: ``offset`` finds a channel's part of the flat table. Nothing is read beside the table."""
    for start in range(0, len(data), len(offset)):
        count = min(len(offset), len(data) - start)
        source, target = data[start : start + count], result[start : start + count]
        for i in range(count):
            target[i] = table[min(max(int(source[i]) + offset[i], 0), len(table) - 1)]


@njit(cache=True)
def count_reached(data: Numbers, thresholds: Numbers, result: Numbers) -> None:
    """How many of its channel's ascending thresholds (channels, levels) each integer has reached."""
    channels, levels = thresholds.shape
    for i in range(len(data)):
        value, steps = np.int64(data[i]), thresholds[i % channels]
        below, above = 0, levels
        while below < above:
            middle = (below + above) // 2
            if steps[middle] <= value:
                below = middle + 1
            else:
                above = middle
        result[i] = below


@njit(cache=True)
def rearrange(data: Numbers, order: Numbers, pad_value: int, result: Numbers) -> None:
    """Elements (frames, groups, elements of a group) of ``data`` in the order of groups; -1 is for ``pad_value``."""
    for frame in range(len(data)):
        for place in range(len(order)):
            for i in range(data.shape[2]):
                result[frame, place, i] = data[frame, order[place], i] if order[place] >= 0 else pad_value
