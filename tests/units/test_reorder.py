"""Reorderings: their values, the smallest block and every number of lanes, and a memory as large as they need."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.units.reorder import WIDEST_BEAT, ReorderUnit, reorder_units
from fpgaflow.units.schedule import Buffered, Steps
from tests.units.reorders import FEW, NIBBLE, WANTED, memories, numbered, random_reorders, upsampled, wires

MEMORIES = {name: unit for name, unit in {**FEW, **random_reorders(0, 200)}.items() if not unit.wired}


@pytest.mark.parametrize("name", WANTED)
def test_values_of_every_unit(name: str) -> None:
    """What the frame's order says, from every candidate."""
    wanted = WANTED[name]
    codes = np.random.default_rng(0).integers(0, 1 << wanted.format.width, (3, wanted.inputs))
    frames = wanted.format.decode(codes)
    order = wanted.order.ravel()
    expected = np.where(order < 0, wanted.pad_value, frames[:, order])
    for unit in wanted.units:
        assert np.array_equal(unit.evaluate(frames), expected)
        assert (unit.input_elements, unit.output_elements) == (wanted.inputs, len(order))


@pytest.mark.parametrize("name", WANTED)
def test_smallest_block_and_lanes(name: str) -> None:
    wanted = WANTED[name]
    assert [unit.lanes for unit in memories(name)] == list(wanted.lanes)
    assert {unit.blocks for unit in memories(name)} <= {wanted.blocks}
    bits = max(wanted.inputs, wanted.order.size) * wanted.format.width
    divisors = [n for n in range(wanted.blocks, 0, -1) if wanted.blocks % n == 0]
    assert [unit.blocks for unit in wires(name)] == [n for n in divisors if bits // n <= WIDEST_BEAT]


def test_cycles() -> None:
    assert [unit.cycles for unit in memories("upsample")] == [3 * 24 * 6 // lanes for lanes in (1, 2, 3, 6)]
    assert [unit.cycles for unit in memories("crop")] == [60, 30]
    assert [unit.cycles for unit in wires("channels")] == [9, 3, 1]


def test_beats_that_no_one_could_wire_are_left_out() -> None:
    units = list(reorder_units(numbered(64, 64, 8).transpose(1, 0, 2).ravel(), 64 * 64 * 8, FixedFormat(8), 0))
    assert [(unit.lanes, unit.wired) for unit in units] == [(lanes, False) for lanes in (1, 2, 4, 8)]


def test_a_frame_of_a_million_elements_is_quick() -> None:
    order = upsampled(numbered(128, 128, 64), 2, 2).ravel()
    start = time.process_time()
    units = list(reorder_units(order, 1 << 20, FixedFormat(8), 0))
    assert time.process_time() - start < 2
    assert [(unit.lanes, unit.blocks) for unit in units] == [(1 << n, 128) for n in range(7)]


def steady_cycles(unit: ReorderUnit, limit: int, frames: int = 12) -> list[int]:
    """Cycles between the last outputs of frames, with ``limit`` beats of memory; none if nothing moves any more."""
    order, blocks = unit.beat_order.tolist(), frames * unit.blocks
    ends, written, block, beat = [0] * blocks, 0, 0, 0
    for cycle in range(2 * frames * unit.cycles + 100):
        ahead = written - block * unit.input_beats
        padding = order[beat] < 0 and beat > 0
        if padding or max(order[beat], 0) < ahead:
            beat += 1
            if beat == len(order):
                ends[block], beat, block = cycle, 0, block + 1
        if ahead < limit:
            written += 1
        if block == blocks:
            last: list[int] = np.diff(ends[unit.blocks - 1 :: unit.blocks])[-4:].tolist()
            return last
    return []


@pytest.mark.parametrize("name", MEMORIES)
def test_the_memory_is_large_enough(name: str) -> None:
    unit = MEMORIES[name]
    assert steady_cycles(unit, unit.limit - unit.read_delay + 1) == [unit.cycles] * 4
    assert unit.limit <= unit.words


@pytest.mark.parametrize("name", ["upsample_6", "swap_axes_2", "depth_to_space_dcr_8", "crop_2", "backwards_3"])
def test_the_memory_is_not_too_large(name: str) -> None:
    unit = MEMORIES[name]
    assert steady_cycles(unit, unit.limit - unit.read_delay) != [unit.cycles] * 4


def test_rows_in_the_memory() -> None:
    """A row and a few beats for upsampling; less than two frames for a transpose."""
    row = list(reorder_units(upsampled(numbered(16, 32, 8), 2, 2).ravel(), 16 * 32 * 8, NIBBLE, 0))[3]
    assert (row.lanes, row.blocks) == (8, 16) and row.limit == 32 + 1 + 3
    turned = next(reorder_units(numbered(8, 8).T.ravel(), 64, NIBBLE, 0))
    assert turned.limit == 64 + 50 + 3


def by_rules(unit: ReorderUnit) -> tuple[list[int], list[int]]:
    """``needs`` and ``frees``, beat by beat."""
    needs, least = [], 0
    for block in range(unit.blocks):
        for beat, source in enumerate(unit.beat_order.tolist()):
            if source >= 0 or beat == 0:
                least = max(least, block * unit.input_beats + max(source, 0) + 1)
            needs.append(least)
    frees = []
    for written in range(unit.blocks * unit.input_beats):
        left = next(b for b in range(-2 * unit.blocks - 9, 99) if written - b * unit.input_beats < unit.limit)
        frees.append(left * unit.output_beats)
    return needs, frees


@pytest.mark.parametrize("name", FEW)
def test_schedule(name: str) -> None:
    unit, schedule = FEW[name], FEW[name].schedule()
    if unit.wired:
        assert isinstance(schedule, Steps) and schedule.takes.all() and schedule.gives.all()
        assert schedule.count == unit.cycles
    else:
        assert isinstance(schedule, Buffered)
        assert (schedule.needs.tolist(), schedule.frees.tolist()) == by_rules(unit)


def words(unit: ReorderUnit) -> list[tuple[bool, int]]:
    (memory,) = unit.memories()
    mask = (1 << unit.beat_bits) - 1
    assert [word >> (unit.beat_bits + 1) for word in memory.words] == [0] * (unit.output_beats - 1) + [1]
    return [(bool(word >> unit.beat_bits & 1), word & mask) for word in memory.words]


def test_order_in_the_memory() -> None:
    for unit in MEMORIES.values():
        found: IntArray = np.array([-1 if padding else beat for padding, beat in words(unit)])
        assert np.array_equal(found, unit.beat_order)
