"""ff_depthwise, bit for bit and cycle for cycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.depthwise import DepthwiseUnit
from tests.rtl.bench import Bench, Case, check_values, random_frames
from tests.units.depthwise_units import DEPTHWISE

FRAMES = 8


def case(name: str, unit: DepthwiseUnit) -> Case:
    elements = unit.cycles * unit.input_lanes, unit.cycles * unit.output_lanes
    return Case(f"depthwise_{name}", unit, elements[0], unit.input_format, elements[1], unit.accumulator)


CASES = [case(name, unit) for name, unit in DEPTHWISE.items()]
CASES += [replace(case, name=f"{case.name}_no_skid", skid=False) for case in CASES[::5]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("depthwise"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def test_full_speed_values_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    """A beat a cycle, without a bubble between frames; each result comes ``latency`` cycles after its window."""
    for case, frames, trace in zip(CASES, inputs, bench.run(inputs), strict=True):
        assert np.array_equal(trace.frames, case.unit.evaluate(frames)), case.name
        assert len(trace.taken) == FRAMES * case.unit.cycles
        assert np.array_equal(np.diff(trace.taken), np.ones(len(trace.taken) - 1)), case.name
        assert np.array_equal(trace.seen, trace.taken + case.unit.latency), case.name


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 100), (100, 256), (140, 140), (30, 200)])
def test_random_pauses(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=valid_rate, ready_rate=ready_rate, seed=valid_rate)


@pytest.mark.parametrize("cycle", [3, 11, 40])
def test_reset_in_the_middle_of_a_frame(bench: Bench, inputs: list[IntArray], cycle: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=200, ready_rate=200, reset_cycle=cycle, seed=cycle)


def test_constants_have_no_memory(bench: Bench) -> None:
    files = {path.parent.name for path in (bench.folder / "weights").glob("*/*.mem")}
    units = {case.name: case.unit for case in CASES}
    constant = {name for name, unit in units.items() if isinstance(unit, DepthwiseUnit) and unit.is_constant}
    assert files == set(units) - constant
