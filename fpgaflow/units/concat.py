"""Puts the channels of several streams side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources
from fpgaflow.units.lanewise import SameLanes
from fpgaflow.units.rom import clog2
from fpgaflow.units.schedule import Schedule, Steps


@dataclass(frozen=True)
class ConcatUnit(SameLanes):
    """For each of ``pixels`` pixels ``channels[0]`` elements of the first input, then those of the second, and so on.

    ``lanes`` divides the channels of every input; ``format`` holds the integers of all ``input_formats``.
    """

    kind: ClassVar[str] = "concat"
    channels: tuple[int, ...]
    pixels: int
    lanes: int
    input_formats: tuple[Format, ...]
    format: Format

    def __post_init__(self) -> None:
        assert len(self.channels) == len(self.input_formats) >= 2, self
        assert all(channels % self.lanes == 0 for channels in self.channels), self
        assert all(self.format.min <= f.min and f.max <= self.format.max for f in self.input_formats), self

    @property
    def beats(self) -> tuple[int, ...]:
        """Beats of a pixel from each input."""
        return tuple(channels // self.lanes for channels in self.channels)

    @property
    def cycles(self) -> int:
        return self.pixels * sum(self.beats)

    @property
    def latency(self) -> int:
        return 1

    def evaluate(self, *inputs: IntArray) -> IntArray:
        count = len(inputs[0])
        parts = [frames.reshape(count, self.pixels, -1) for frames in inputs]
        return np.concatenate(parts, axis=2).reshape(count, -1)

    def schedule(self) -> Schedule:
        """Each step takes a beat of the input whose turn it is."""
        turn = np.tile(np.repeat(np.arange(len(self.beats)), self.beats), self.pixels)
        return Steps(turn == np.arange(len(self.beats))[:, None], np.ones(self.cycles, dtype=bool))

    def cost(self) -> Resources:
        """A choice between inputs and two-entry register, that register, whose turn it is and for how many beats."""
        inputs, width, count = len(self.channels), self.lanes * self.format.width, clog2(max(self.beats))
        return Resources(lut=width * (inputs - 1) + 3 * inputs + 2 * count, ff=2 * width + inputs + count + 2)

    def memories(self) -> tuple[Memory, ...]:
        return ()
