"""What a quantized network may cost, or must be worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fpgaflow.errors import FlowError


@dataclass(frozen=True)
class Budget:
    """At most so many ``bits`` a weight on average, or ``luts``; or at least ``error`` dB of the outputs over their error.

    ``luts`` are those of all products and sums of a network that takes a pixel of its input in each cycle (a whole frame, if
    frames have one axis), as ``DenseUnit`` estimates them.
    """

    bits: float | None = None
    luts: float | None = None
    error: float | None = None

    def __post_init__(self) -> None:
        """FF503 unless exactly one is given, a positive number."""
        given = [limit for limit in (self.bits, self.luts, self.error) if limit is not None]
        if len(given) != 1 or not (math.isfinite(given[0]) and given[0] > 0):
            raise FlowError(
                "FF503",
                f"a budget of {' and '.join(f'{limit:g}' for limit in given) or 'nothing'} is not possible",
                reason="it is one positive number: of bits, of LUTs or of decibels",
                hint="give one of --budget-bits, --budget-luts and --budget-error",
            )
