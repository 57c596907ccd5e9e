"""Reordering: elements of a frame in another order, some several times, some not at all, with padding between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import ClassVar, NamedTuple

import numpy as np

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Memory, Resources, pack
from fpgaflow.units.line_buffer import READ_DELAY
from fpgaflow.units.ram import memory_cost
from fpgaflow.units.rom import clog2, in_block_ram, rom_cost
from fpgaflow.units.schedule import Buffered, Schedule, every_step

WIDEST_BEAT = 1 << 14
"""Bits of the widest beat that is offered as wires."""


class Run(NamedTuple):
    """``lanes`` lanes of an output beat from ``target`` on: those of the input beat from ``source`` on, or padding (-1)."""

    target: int
    source: int
    lanes: int


@dataclass(frozen=True, eq=False)
class ReorderUnit:
    """A frame is ``blocks`` blocks of ``inputs`` elements, and each becomes a block of ``len(order)`` elements.

    Element k of the latter is element ``order[k]`` of the former, or ``pad_value`` if that is -1. Two forms:

    - ``wired``: a block is one beat in and one beat out, of ``inputs`` (= ``lanes``) and ``len(order)`` elements.
    - otherwise beats have ``lanes`` elements on both sides, and each output beat is a whole input beat or all padding. A
      circle of memory holds as many beats as steady state needs to flow without a bubble, at most two blocks and a few
      beats; a ROM has the order of the beats. An output beat waits for its own input beat only; the first one of a block,
      if it is padding, for the block's first input beat.

    The C++ computes one frame a call, which takes ``frame_cycles``: the input up to the first output beat more.
    """

    kind: ClassVar[str] = "reorder"
    read_delay: ClassVar[int] = READ_DELAY
    order: IntArray
    inputs: int
    blocks: int
    lanes: int
    pad_value: int
    format: Format
    wired: bool = False

    def __post_init__(self) -> None:
        assert len(self.order) and self.order.min() >= -1 and self.order.max() < self.inputs, self
        assert self.order.min() >= 0 or self.format.min <= self.pad_value <= self.format.max, self
        if self.wired:
            assert self.lanes == self.inputs, self
        else:
            assert _common_lanes(self.order, self.inputs) % self.lanes == 0, self

    @property
    def input_elements(self) -> int:
        return self.blocks * self.inputs

    @property
    def output_elements(self) -> int:
        return self.blocks * len(self.order)

    @property
    def input_lanes(self) -> int:
        return self.lanes

    @property
    def output_lanes(self) -> int:
        return len(self.order) if self.wired else self.lanes

    @property
    def input_beats(self) -> int:
        """Of a block."""
        return self.inputs // self.lanes

    @property
    def output_beats(self) -> int:
        """Of a block."""
        return len(self.order) // self.output_lanes

    @property
    def cycles(self) -> int:
        return self.blocks * max(self.input_beats, self.output_beats)

    @property
    def frame_cycles(self) -> int:
        """Cycles of a frame in C++: the beats in advance, the delay of the memory, then a beat a cycle."""
        if self.wired:
            return self.cycles
        last_block = self.cycles - max(self.input_beats, self.output_beats)
        start = self.advance + self.read_delay - 1
        return max(start + last_block + self.output_beats, self.blocks * self.input_beats)

    @property
    def latency(self) -> int:
        """A register; or into the memory, out of it, into the output register."""
        return 1 if self.wired else 3

    @cached_property
    def beat_order(self) -> IntArray:
        """(output beats of a block,): the input beat of the block that each one is; -1 for padding."""
        first = self.order[:: self.lanes]
        return np.where(first < 0, -1, first // self.lanes)

    @cached_property
    def advance(self) -> int:
        """Input beats that must be in before a block's first output beat, so that those behind it never wait."""
        return max(1, int((self.beat_order + 1 - np.arange(self.output_beats)).max()))

    @property
    def limit(self) -> int:
        """Beats that may be in from the block on that is read, whose place is free when it has left.

        The next block's ``advance`` comes in while this one leaves, or this one leaves while the rest of it comes in.
        """
        return self.advance + min(self.input_beats, self.output_beats) + self.read_delay - 1

    @cached_property
    def words(self) -> int:
        """Beats of memory: a power of two, whose addresses need no wrapping, if that costs no memory."""
        power, bits = 1 << clog2(self.limit), self.lanes * self.format.width
        return power if memory_cost(power, bits) == memory_cost(self.limit, bits) else self.limit

    @property
    def in_block_ram(self) -> bool:
        return memory_cost(self.words, self.lanes * self.format.width).bram > 0

    @property
    def ahead_bits(self) -> int:
        """Of the beats written behind the start of the block that is read: ``1 - input_beats`` to ``limit``."""
        return 1 + clog2(max(self.input_beats, self.limit + 1))

    @property
    def beat_bits(self) -> int:
        """Of the number of an input beat in its block."""
        return max(1, clog2(self.input_beats))

    @property
    def padding_code(self) -> int:
        """The bits of an element of padding."""
        return int(self.format.encode(np.array(self.pad_value)))

    @property
    def padding_beat(self) -> int:
        """The word of a beat that is all padding."""
        return pack(np.full(self.lanes, self.padding_code), self.format.width)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The wires of an output beat."""
        starts = _run_starts(self.order)
        lanes = np.diff(starts, append=len(self.order))
        return tuple(map(Run, starts.tolist(), self.order[starts].tolist(), lanes.tolist()))

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        blocks = frames.reshape(len(frames), self.blocks, self.inputs)
        values: IntArray = np.where(self.order < 0, self.pad_value, blocks[:, :, self.order])
        return values.reshape(len(frames), self.output_elements)

    def schedule(self) -> Schedule:
        if self.wired:
            return every_step(self.blocks)
        block = np.arange(self.blocks)[:, None] * self.input_beats
        # a beat that needs less, or nothing, waits for those before it
        needs = np.maximum.accumulate((block + self.beat_order.clip(0) + 1).ravel())
        written = np.arange(self.blocks * self.input_beats)
        frees = ((written - self.limit) // self.input_beats + 1) * self.output_beats
        return Buffered(needs, frees)

    def cost(self) -> Resources:
        """Two output registers, the memory and the ROM, and the counters by their bits."""
        bits = self.output_lanes * self.format.width
        if self.wired:
            moved = int((self.order >= 0).sum()) * self.format.width
            return Resources(lut=moved + 3, ff=2 * moved + 2)
        word, address = self.beat_bits + 2, clog2(self.words)
        block = in_block_ram(self.output_beats, word)
        state = clog2(self.output_beats) + 2 * address + self.ahead_bits
        order = rom_cost(self.output_beats, word, block=block)
        compared = self.beat_bits + self.ahead_bits
        control = Resources(lut=bits + 0.9 * state + address + compared / 2 + 4, ff=2 * bits + state + 6)
        return memory_cost(self.words, self.lanes * self.format.width) + order + control

    def memories(self) -> tuple[Memory, ...]:
        """A word for each output beat of a block: its input beat, whether it is padding, whether it is the last one."""
        if self.wired:
            return ()
        words = np.maximum(self.beat_order, 0) | ((self.beat_order < 0).astype(np.int64) << self.beat_bits)
        words[-1] |= 1 << (self.beat_bits + 1)
        return (Memory("order", self.beat_bits + 2, tuple(words.tolist())),)


def reorder_units(order: IntArray, frame_inputs: int, format: Format, pad_value: int) -> Iterator[ReorderUnit]:
    """Every unit that reorders a frame of ``frame_inputs`` elements; there is always one, of a lane.

    ``order`` (elements of the result,) has the element of the frame that goes there, or -1 for ``pad_value``. Those with a
    memory work on the smallest block whose order repeats throughout the frame; wired ones on it, or on several at once.
    """
    block, inputs, blocks = _smallest_block(order, frame_inputs)
    if max(inputs, len(block)) > 1:
        for lanes in _divisors(_common_lanes(block, inputs)):
            if max(inputs, len(block)) > lanes:
                yield ReorderUnit(block, inputs, blocks, lanes, pad_value, format)
    for merged in _divisors(blocks):
        if merged * max(inputs, len(block)) * format.width > WIDEST_BEAT:
            break
        starts = np.arange(merged)[:, None] * inputs
        together = np.where(block < 0, -1, block + starts).ravel()
        yield ReorderUnit(together, merged * inputs, blocks // merged, merged * inputs, pad_value, format, wired=True)


def _smallest_block(order: IntArray, inputs: int) -> tuple[IntArray, int, int]:
    """(order of a block, its inputs, blocks of a frame)."""
    for blocks in reversed(_divisors(gcd(inputs, len(order)))):
        rows, size = order.reshape(blocks, -1), inputs // blocks
        first = rows[0]
        if first.max() >= size:
            continue
        # the second block alone tells most wrong sizes apart
        if all(_repeats(rows[:count], size) for count in (min(2, blocks), blocks)):
            return first, size, blocks
    raise AssertionError("a frame is a block")


def _repeats(rows: IntArray, size: int) -> bool:
    """Whether each row is the first one, ``size`` further in each than in the one before."""
    further = rows[0] + np.arange(len(rows))[:, None] * size
    return np.array_equal(rows, np.where(rows[0] < 0, -1, further))


def _run_starts(order: IntArray) -> IntArray:
    """Where neither the next element follows, nor padding goes on."""
    before, after = order[:-1], order[1:]
    goes_on = np.where(before < 0, after < 0, after == before + 1)
    return np.concatenate([[0], np.flatnonzero(~goes_on) + 1])


def _common_lanes(order: IntArray, inputs: int) -> int:
    """The most lanes with which each output beat is a whole input beat or padding; their divisors are the others."""
    starts = _run_starts(order)
    sources = order[starts]
    return int(np.gcd.reduce([inputs, len(order), *np.gcd.reduce([starts, np.maximum(sources, 0)], axis=1)]))


def _divisors(number: int) -> list[int]:
    """In ascending order."""
    small = [divisor for divisor in range(1, int(number**0.5) + 1) if number % divisor == 0]
    return small + [number // divisor for divisor in reversed(small) if divisor * divisor != number]
