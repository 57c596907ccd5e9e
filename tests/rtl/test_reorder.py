"""ff_reorder and wired reorderings, bit for bit and cycle for cycle."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.reorder import ReorderUnit
from fpgaflow.units.schedule import Buffered
from tests.rtl.bench import Bench, Case, check_values, random_frames
from tests.units.reorders import FEW, random_reorders

FRAMES = 8


def case(name: str, unit: ReorderUnit) -> Case:
    return Case(f"reorder_{name}", unit, unit.input_elements, unit.format, unit.output_elements, unit.format)


UNITS = {**FEW, **random_reorders(1, 16)}
CASES = [case(name, unit) for name, unit in UNITS.items()]
NAMED_CASES = CASES[: len(FEW)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("reorder"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def test_full_speed_values_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    """Output beats follow each other, unless one waits for its input beat."""
    for unit, frames, trace in zip(UNITS.values(), inputs, bench.run(inputs), strict=True):
        assert np.array_equal(trace.frames, unit.evaluate(frames)), unit
        taken, seen = trace.taken.reshape(FRAMES, -1), trace.seen.reshape(FRAMES, -1)
        schedule = unit.schedule()
        needs = schedule.needs if isinstance(schedule, Buffered) else np.arange(1, unit.blocks + 1)
        ready = (taken[:, needs - 1] + unit.latency).ravel()
        order = np.arange(ready.size)
        assert np.array_equal(seen.ravel(), order + np.maximum.accumulate(ready - order)), unit
        assert np.array_equal(np.diff(seen[-5:, -1]), np.full(4, unit.cycles)), unit


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 100), (100, 256), (140, 140), (30, 200)])
def test_random_pauses(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=valid_rate, ready_rate=ready_rate, seed=valid_rate)


@pytest.mark.parametrize("cycle", [3, 11, 40, 173])
def test_reset_in_the_middle_of_a_frame(bench: Bench, inputs: list[IntArray], cycle: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=200, ready_rate=200, reset_cycle=cycle, seed=cycle)


def test_both_kinds_of_memory_and_address_are_tried() -> None:
    memories = [unit for unit in UNITS.values() if not unit.wired]
    kinds = {(unit.in_block_ram, unit.words & (unit.words - 1) == 0) for unit in memories}
    assert kinds == {(False, True), (False, False), (True, True), (True, False)}
