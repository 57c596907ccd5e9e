"""The rounding modes of QONNX quantizers."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from fractions import Fraction

import numpy as np

from fpgaflow.ir.graph import Array

HALF = Fraction(1, 2)


class QonnxRounding(Enum):
    """Names as in QONNX's ``rounding_mode``; UP and the HALF modes are symmetric around zero."""

    ROUND = "ROUND"  # nearest, ties to even
    CEIL = "CEIL"
    FLOOR = "FLOOR"
    UP = "UP"  # away from zero
    DOWN = "DOWN"  # towards zero
    HALF_UP = "HALF_UP"  # nearest, ties away from zero
    HALF_DOWN = "HALF_DOWN"  # nearest, ties towards zero

    def apply(self, values: Array) -> Array:
        """Integers in the type of ``values``: floats by QONNX's own formulas in that precision, Fractions exactly."""
        if values.dtype == object:
            return np.asarray(np.frompyfunc(_EXACT[self], 1, 1)(values), dtype=object)
        return np.asarray(_FLOAT[self](values))


# ROUND_TO_ZERO is Brevitas's name of DOWN.
ROUNDING_NAMES = {mode.value: mode for mode in QonnxRounding} | {
    "HALF_EVEN": QonnxRounding.ROUND,
    "ROUND_TO_ZERO": QonnxRounding.DOWN,
}

_FLOAT: dict[QonnxRounding, Callable[[Array], Array]] = {
    QonnxRounding.ROUND: np.rint,
    QonnxRounding.CEIL: np.ceil,
    QonnxRounding.FLOOR: np.floor,
    QonnxRounding.UP: lambda x: np.sign(x) * np.ceil(np.abs(x)),
    QonnxRounding.DOWN: np.trunc,
    QonnxRounding.HALF_UP: lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    QonnxRounding.HALF_DOWN: lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
}

_EXACT: dict[QonnxRounding, Callable[[Fraction], int]] = {
    QonnxRounding.ROUND: round,
    QonnxRounding.CEIL: math.ceil,
    QonnxRounding.FLOOR: math.floor,
    QonnxRounding.UP: lambda x: math.ceil(x) if x > 0 else math.floor(x),
    QonnxRounding.DOWN: math.trunc,
    QonnxRounding.HALF_UP: lambda x: math.floor(x + HALF) if x > 0 else math.ceil(x - HALF),
    QonnxRounding.HALF_DOWN: lambda x: math.ceil(x - HALF) if x > 0 else math.floor(x + HALF),
}
