"""Pooling behind a parallel window: the largest or the sum of the values under it, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.rom import clog2
from fpgaflow.units.schedule import Schedule, every_step


class Reduction(Enum):
    """What makes one value of several."""

    MAX = "max"
    SUM = "sum"

    def over(self, values: IntArray, axis: int) -> IntArray:
        """``values`` without ``axis``."""
        reduced: IntArray = np.max(values, axis) if self is Reduction.MAX else np.sum(values, axis, dtype=np.int64)
        return reduced


def is_reducible(reduction: Reduction, source: Format, target: Format) -> bool:
    """Whether ``target`` can hold results of ``source``: those of signs need a sign, sums are no bipolar values."""
    if isinstance(target, BipolarFormat):
        return reduction is Reduction.MAX and isinstance(source, BipolarFormat)
    least = FixedFormat(2, 0, True) if isinstance(source, BipolarFormat) else source
    return target.min <= least.min and target.max >= least.max


def value_bits(source: Format, target: Format) -> int:
    """Bits of an input value in the unit: bipolar ones are single bits only if the results are."""
    return 2 if isinstance(source, BipolarFormat) and not isinstance(target, BipolarFormat) else source.width


def max_luts(bits: int) -> float:
    """LUTs that choose the larger of two numbers: a comparator and a choice, or functions of at most six bits."""
    return bits * {1: 0.2, 2: 0.6, 3: 1.1}.get(bits, 1.6)


@dataclass(frozen=True)
class PoolUnit:
    """``output[p, c] = reduction over t of input[p, t, c]`` for each of ``pixels`` pixels, ``taps`` values each.

    It reads what a ``ParallelWindowUnit`` writes: for each pixel and each group of ``lanes`` channels (a divisor of
    ``channels``) one beat of taps * lanes elements, the lane fastest; it writes a beat of ``lanes`` elements for each.
    ``output_format`` holds every result, a bipolar one those of bipolar values only.
    """

    kind: ClassVar[str] = "pool"
    reduction: Reduction
    taps: int
    pixels: int
    channels: int
    lanes: int
    input_format: Format
    output_format: Format

    def __post_init__(self) -> None:
        assert self.channels % self.lanes == 0, self
        assert is_reducible(self.reduction, self.input_format, self.output_format), self

    @property
    def input_lanes(self) -> int:
        return self.taps * self.lanes

    @property
    def output_lanes(self) -> int:
        return self.lanes

    @property
    def cycles(self) -> int:
        return self.pixels * self.channels // self.lanes

    @property
    def latency(self) -> int:
        """A register behind every second level of the tree, the last at the output."""
        return max(1, -(-clog2(self.taps) // 2))

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        beats = frames.reshape(len(frames), self.cycles, self.taps, self.lanes)
        return self.reduction.over(beats, 2).reshape(len(frames), -1)

    def schedule(self) -> Schedule:
        return every_step(self.cycles)

    def cost(self) -> Resources:
        """The lanes' trees, a two-entry output, control; ``docs/estimates.md`` has the errors."""
        output, tree = self.lanes * self.output_format.width, self._tree_cost()
        control = Resources(lut=8, ff=1 + self.latency)
        return control + Resources(self.lanes * tree.lut + output, self.lanes * tree.ff + 2 * output)

    def _tree_cost(self) -> Resources:
        """A lane's comparators or adders, and the registers behind every second level but the last."""
        widths = [value_bits(self.input_format, self.output_format)] * self.taps
        lut, ff, levels = 0.0, 0, clog2(self.taps)
        for level in range(1, levels + 1):
            joined = []
            for left, _ in zip(widths[::2], widths[1::2], strict=False):
                width = left if self.reduction is Reduction.MAX else min(left + 1, self.output_format.width)
                lut += max_luts(left) if self.reduction is Reduction.MAX else self._adder_luts(width, level)
                joined.append(width)
            # an odd one goes on as it is
            widths = joined + widths[len(joined) * 2 :]
            if level % 2 == 0 and level < levels:
                ff += sum(widths)
        return Resources(lut=lut, ff=ff)

    def _adder_luts(self, width: int, level: int) -> int:
        """A LUT for each bit but an unsigned sum's carry; adders of four take in the sums of two single bits."""
        bipolar = isinstance(self.input_format, BipolarFormat)
        if level == 1 and self.taps > 2 and self.input_format.width == 1:
            return 0
        return width - (bipolar or not self.input_format.signed)

    def memories(self) -> tuple[Memory, ...]:
        return ()
