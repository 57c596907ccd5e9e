"""Emitted adder graphs: values, pipeline depth, one vector a cycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.adder_graph import AdderGraphUnit
from tests.rtl.bench import Bench, random_frames
from tests.rtl.units import BIPOLAR, adder_graph, signed, unsigned

FRAMES = 30


def weights(outputs: int, inputs: int, limit: int, seed: int = 0) -> IntArray:
    return np.random.default_rng(seed).integers(-limit, limit + 1, (outputs, inputs))


def identity(format: Format) -> IntArray:
    """Outputs that are inputs shifted, negated and nothing at all."""
    return np.array([[1, 0, 0], [0, 4, 0], [0, 0, -2], [0, 0, 0]])


CASES = [
    adder_graph("u4", weights(5, 7, 9), unsigned(4)),
    adder_graph("s8_vectors", weights(4, 6, 127), signed(8), vectors=3),
    adder_graph("s5_every_level", weights(3, 5, 20), signed(5), levels_per_register=1),
    adder_graph("s5_every_fifth_level", weights(3, 9, 20), signed(5), levels_per_register=5),
    adder_graph("one_register", weights(4, 4, 3), unsigned(3), levels_per_register=9),
    adder_graph("bipolar_ternary", weights(6, 16, 1), BIPOLAR),
    adder_graph("bits", weights(6, 16, 1), unsigned(1), levels_per_register=3),
    adder_graph("wires", identity(signed(6)), signed(6)),
    adder_graph("wires_unsigned", identity(unsigned(6)), unsigned(6), levels_per_register=1),
    adder_graph("single", np.array([[5]]), signed(4)),
    adder_graph("positive", np.abs(weights(5, 5, 15)), unsigned(4)),
    adder_graph("negative", -np.abs(weights(5, 5, 15)) - 1, unsigned(4)),
]
CASES += [replace(case, name=f"{case.name}_no_skid", skid=False) for case in CASES[::3]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("adder_graph"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


@pytest.mark.parametrize(
    ("valid_rate", "ready_rate", "reset_cycle"), [(256, 256, 0), (256, 90, 0), (90, 256, 0), (150, 150, 17)]
)
def test_values(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int, reset_cycle: int) -> None:
    traces = bench.run(inputs, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle)
    for case, frames, trace in zip(CASES, inputs, traces, strict=True):
        assert np.array_equal(trace.frames, case.unit.evaluate(frames)), case.name


def test_full_speed_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    for case, trace in zip(CASES, bench.run(inputs), strict=True):
        unit = case.unit
        assert isinstance(unit, AdderGraphUnit)
        assert np.array_equal(np.diff(trace.taken), np.ones(FRAMES * unit.vectors - 1)), case.name
        assert np.array_equal(trace.seen, trace.taken + unit.latency), case.name
        assert unit.latency == unit.pipeline


def test_negation_counts_as_a_level() -> None:
    (case,) = (case for case in CASES if case.name == "wires_unsigned")
    assert isinstance(case.unit, AdderGraphUnit)
    assert case.unit.depth == 1
