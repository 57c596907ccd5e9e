"""Feature maps laid out so that each tap of a sliding window reads one run of memory for a whole row of results."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpgaflow.backends.emulate.kernels import pad_and_split
from fpgaflow.backends.emulate.number_types import NumberType
from fpgaflow.ir.graph import Array
from fpgaflow.ops.sliding import Sliding


class Lines:
    """The layout for one window over frames (height, width, channels).

    Padding stands around the frames, and columns that neighbouring results read under the same tap stand side by side.
    """

    def __init__(self, op: Sliding, shape: tuple[int, ...], dtype: NumberType) -> None:
        height, width, channels = shape
        top, left, bottom, right = op.pads
        phases = op.stride[1]
        self._op, self._dtype = op, dtype
        self.rows, self.columns = op.positions(shape)
        self._padded = (top + height + bottom, phases, -(-(left + width + right) // phases), channels)
        self._line = int(np.prod(self._padded[1:]))
        self.geometry = self.rows, self._padded[0], op.stride[0]
        """Rows of results and lines of a frame, and lines between rows."""
        down = np.arange(op.kernel[0]) * op.dilation[0] * self._line
        offset = np.arange(op.kernel[1]) * op.dilation[1]
        across = (offset % phases * self._padded[2] + offset // phases) * channels
        self.taps = (down[:, None] + across).ravel()
        """Where each tap of the first result reads, in elements."""

    def __call__(self, values: Array) -> tuple[Array, Array]:
        """(all lines, elements of a line) of frames, and an array for results (frames, rows, columns, channels)."""
        values = values.astype(self._dtype, copy=False)
        result = np.empty((len(values), self.rows, self.columns, values.shape[-1]), dtype=self._dtype)
        if self._padded[1] > 1 or any(self._op.pads):
            wide = np.empty((len(values), *self._padded), dtype=self._dtype)
            pad_and_split(values, self._op.pads[:2], self._op.pad_value, wide)
            values = wide
        return values.reshape(-1, self._line), result

    @staticmethod
    def flat(result: Array) -> NDArray[Any]:
        """(all rows, elements of a row)."""
        return result.reshape(result.shape[0] * result.shape[1], -1)
