"""Copies of matrix units side by side, bit for bit and cycle for cycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit, Multiplier
from tests.rtl.bench import Bench, Case, random_frames
from tests.rtl.units import BIPOLAR, dense, signed, unsigned

FRAMES = 12
DSP = Multiplier.DSP


def copies(case: Case, count: int) -> Case:
    assert isinstance(case.unit, DenseUnit)
    unit = CopiesUnit(case.unit, count)
    elements = count * case.input_elements, count * case.output_elements
    return replace(case, name=f"copies_{case.name}", unit=unit, input_elements=elements[0], output_elements=elements[1])


CASES = [
    copies(dense("two", (5, 7), (5, 7), unsigned(2), signed(4), vectors=3), 2),
    copies(dense("three_of_one_vector", (3, 4), (3, 4), signed(5), signed(3)), 3),
    copies(dense("dsp", (4, 6), (4, 6), unsigned(8), signed(8), multiplier=DSP, vectors=2), 4),
    copies(dense("bipolar", (4, 9), (4, 9), BIPOLAR, BIPOLAR, vectors=4), 2),
]
CASES += [replace(case, name=f"{case.name}_no_skid", skid=False) for case in CASES]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("copies"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def test_a_beat_a_cycle(bench: Bench, inputs: list[IntArray]) -> None:
    for case, frames, trace in zip(CASES, inputs, bench.run(inputs), strict=True):
        assert np.array_equal(trace.frames, case.unit.evaluate(frames)), case.name
        beats = FRAMES * case.unit.cycles
        assert np.array_equal(trace.taken, trace.taken[0] + np.arange(beats)), case.name
        assert np.array_equal(trace.seen, trace.taken + case.unit.latency), case.name


@pytest.mark.parametrize(("valid_rate", "ready_rate", "reset_cycle"), [(256, 90, 0), (90, 256, 0), (150, 150, 17)])
def test_random_pauses(
    bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int, reset_cycle: int
) -> None:
    traces = bench.run(inputs, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle)
    for case, frames, trace in zip(CASES, inputs, traces, strict=True):
        assert np.array_equal(trace.frames, case.unit.evaluate(frames)), case.name
