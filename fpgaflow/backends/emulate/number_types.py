"""Number types that hold integers exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fpgaflow.fixed import Format

NumberType = type[np.float32] | type[np.float64] | type[np.int64]
_BY_REACH: tuple[tuple[int, NumberType], ...] = ((1 << 24, np.float32), (1 << 53, np.float64))


@dataclass(frozen=True)
class Operand:
    """A value as a step sees it: the shape of a frame, the format of its integers, and the type they arrive in."""

    shape: tuple[int, ...]
    format: Format
    dtype: NumberType

    @property
    def magnitude(self) -> int:
        return magnitude(self.format)


def magnitude(format: Format) -> int:
    """The largest magnitude of a format's integers."""
    return max(abs(format.min), abs(format.max))


def type_for(magnitude: int) -> NumberType:
    """The narrowest type that holds all integers up to ``magnitude``."""
    return next((dtype for reach, dtype in _BY_REACH if magnitude <= reach), np.int64)


def widest(*magnitudes: int) -> NumberType:
    """The narrowest type that holds all integers up to each of ``magnitudes``."""
    return type_for(max(magnitudes))


def largest(integers: npt.NDArray[np.int64]) -> int:
    """The largest magnitude among ``integers``."""
    return max(abs(int(integers.max(initial=0))), abs(int(integers.min(initial=0))))
