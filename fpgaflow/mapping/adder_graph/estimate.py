"""About how large an adder graph will be, without building it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.mapping.adder_graph.digits import count_digits

WIDER = 3  # bits that adders are wider than the inputs, on average


@dataclass(frozen=True)
class AdderEstimate:
    """``adders`` two-operand adders of together ``luts`` LUTs, ``depth`` levels on the longest path."""

    adders: int
    luts: int
    depth: int


def estimate_adders(weights: IntArray, input_width: int) -> AdderEstimate:
    """A pessimistic estimate of what ``build_adder_graph`` makes of (outputs, inputs) weights, in milliseconds.

    The more adders there are without sharing the larger a part is shared; of random matrices of 1 to 64 rows, 2 to 8
    bits and 0 to 80 % zeros, more than nine in ten need fewer adders than this.
    """
    digits = count_digits(np.asarray(weights, dtype=np.int64)).sum(axis=1)
    unshared = int(np.maximum(digits - 1, 0).sum())
    part = min(1.0, 1.3 - 0.055 * log2(unshared)) if unshared else 0.0
    adders = ceil(max(part, 0.4) * unshared)
    depth = max(int(digits.max(initial=1)) - 1, 0).bit_length()
    return AdderEstimate(adders, adders * (input_width + WIDER), depth)
