"""ff_pool and ff_global_pool, bit for bit and cycle for cycle."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.pool import PoolUnit
from fpgaflow.units.schedule import Steps
from tests.rtl.bench import Bench, Case, check_values, random_frames
from tests.units.pools import GLOBAL_POOLS, POOLS

FRAMES = 10


def case(name: str, unit: PoolUnit | GlobalPoolUnit) -> Case:
    outputs = unit.channels * (unit.pixels if isinstance(unit, PoolUnit) else 1)
    return Case(name, unit, unit.cycles * unit.input_lanes, unit.input_format, outputs, unit.output_format)


CASES = [case(f"pool_{name}", unit) for name, unit in POOLS.items()]
CASES += [case(f"global_pool_{name}", unit) for name, unit in GLOBAL_POOLS.items()]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("pool"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def test_full_speed_values_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    """A beat a cycle, without a bubble between frames; results come when the schedule says, ``latency`` later."""
    for case, frames, trace in zip(CASES, inputs, bench.run(inputs), strict=True):
        unit = case.unit
        assert np.array_equal(trace.frames, unit.evaluate(frames)), case.name
        assert np.array_equal(np.diff(trace.taken), np.ones(len(trace.taken) - 1)), case.name
        schedule = unit.schedule()
        assert isinstance(schedule, Steps) and schedule.count == unit.cycles and schedule.takes.all()
        giving = trace.taken.reshape(FRAMES, -1)[:, schedule.gives]
        assert np.array_equal(trace.seen - giving.ravel(), np.full(giving.size, unit.latency)), case.name


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 100), (100, 256), (140, 140), (30, 200)])
def test_random_pauses(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=valid_rate, ready_rate=ready_rate, seed=valid_rate)


@pytest.mark.parametrize("cycle", [3, 11, 40])
def test_reset_in_the_middle_of_a_frame(bench: Bench, inputs: list[IntArray], cycle: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=200, ready_rate=200, reset_cycle=cycle, seed=cycle)
