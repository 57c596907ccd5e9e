"""The hardware forms of a requantization: what stands between an accumulator and the next layer's integers.

All of them map element ``e`` of a frame, which belongs to channel ``e % channels``, one element to one element,
``lanes`` elements a cycle (``lanes`` divides ``channels``). Parameters are per channel; a *fold* is one beat's group of
channels: beat ``b`` has fold ``b % folds`` with ``folds = channels / lanes``, lane ``p`` of fold ``f`` is channel
``f * lanes + p``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources, pack
from fpgaflow.units.lanewise import Lanewise
from fpgaflow.units.rom import parameter_cost


@dataclass(frozen=True, eq=False)
class RequantizeUnit(Lanewise):
    """What every form has: its channels, elements a frame, lanes, and the formats of input and output."""

    channels: int
    elements: int
    lanes: int
    input_format: Format
    output_format: Format

    @property
    def folds(self) -> int:
        return self.channels // self.lanes

    @property
    def latency(self) -> int:
        raise AssertionError("every form has its own")

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        spread = frames.reshape(len(frames), -1, self.channels)
        return self.apply(spread).reshape(frames.shape)

    def apply(self, values: IntArray) -> IntArray:
        """(…, channels) stored integers -> (…, channels) stored integers."""
        raise AssertionError("every form has its own")

    def cost(self) -> Resources:
        """Lanes, parameter memories, control and a two-entry output; ``docs/estimates.md`` has the errors."""
        lane = self.lane_cost()
        lanes = Resources(*(amount * self.lanes for amount in (lane.lut, lane.ff, lane.bram, lane.dsp)))
        return lanes + self.control_cost() + self.parameters_cost()

    def parameters_cost(self) -> Resources:
        """Memories that all lanes share."""
        return reduce(add, map(parameter_cost, self.memories()), Resources())

    def control_cost(self) -> Resources:
        """Handshake and the output's second entry; a bit that goes along with each register before."""
        return Resources(lut=10, ff=1 + self.latency + 2 * self.output_format.width * self.lanes)

    def lane_cost(self) -> Resources:
        """Datapath of one lane, memories and output registers not counted."""
        raise AssertionError("every form has its own")

    def varies(self, parameters: IntArray) -> bool:
        """True if a lane's parameter changes from fold to fold."""
        folds = parameters.reshape(self.folds, self.lanes)
        return bool(np.any(folds != folds[0]))

    def clip_luts(self, width: int) -> float:
        """Bounds of a number of ``width`` bits, and each output bit's choice between them and the number."""
        return width / 4 + self.output_format.width

    def channel_memory(self, name: str, codes: IntArray, width: int) -> Memory:
        """``codes`` (channels, n) of ``width`` bits -> one word a fold: lane 0's n codes, then lane 1's, …"""
        per_fold = codes.reshape(self.folds, -1)
        return Memory(name, width * per_fold.shape[1], tuple(pack(word, width) for word in per_fold))
