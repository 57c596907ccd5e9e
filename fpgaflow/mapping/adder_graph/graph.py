"""The adder graph under construction: values with their exact bounds, and terms that refer to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fpgaflow.fixed import IntArray, format_for_range
from fpgaflow.units.adder_graph import AdderNode


class Term(NamedTuple):
    """``±(value << shift)``."""

    value: int
    shift: int
    negative: bool


class GraphBuilder:
    """Values 0 .. inputs-1 are the inputs, each added node is the next value.

    ``coefficients[v]`` says what value ``v`` is as a weighted sum of the inputs, which makes its bounds exact even
    where its operands share inputs. ``spans`` are high - low, ``widths`` bits, ``levels`` adder depths.
    """

    def __init__(self, low: IntArray, high: IntArray) -> None:
        self.nodes: list[AdderNode] = []
        self.coefficients: list[IntArray] = list(np.eye(len(low), dtype=np.int64))
        self.spans = (high - low).tolist()
        self.widths = [format_for_range(a, b).width for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        self.levels = [0] * len(low)
        self._low, self._high = low, high

    def add(self, left: int, left_shift: int, right: int, right_shift: int, subtract: bool) -> int:
        """Append ``(left << left_shift) ± (right << right_shift)``, both shifts lowered by their minimum."""
        common = min(left_shift, right_shift)
        left_shift, right_shift = left_shift - common, right_shift - common
        addend = self.coefficients[right] << right_shift
        coefficients = (self.coefficients[left] << left_shift) + (-addend if subtract else addend)
        at_low, at_high = coefficients * self._low, coefficients * self._high
        low, high = int(np.minimum(at_low, at_high).sum()), int(np.maximum(at_low, at_high).sum())
        level = 1 + max(self.levels[left], self.levels[right])
        self.nodes.append(AdderNode(left, left_shift, right, right_shift, subtract, low, high, level))
        self.coefficients.append(coefficients)
        self.spans.append(high - low)
        self.widths.append(format_for_range(low, high).width)
        self.levels.append(level)
        return len(self.levels) - 1
