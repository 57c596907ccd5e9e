"""ff_fork, ff_join and ff_concat: every input and output pauses on its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.base import Stream
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.join import JoinUnit
from fpgaflow.units.schedule import Steps
from tests.joins import joins
from tests.rtl.bench import ALWAYS, Bench, MultiCase, Trace, channels_of, stream_frames
from tests.rtl.units import BIPOLAR, signed, unsigned

FRAMES = 30


def fork_case(copies: int, elements: int, lanes: int, format: Format) -> MultiCase:
    unit, stream = ForkUnit(copies, elements, lanes, format), Stream("x", elements, lanes, format)
    return MultiCase(f"fork_{copies}_{elements}", unit, (stream,), (stream,) * copies)


def join_case(name: str, unit: JoinUnit) -> MultiCase:
    inputs = tuple(Stream("x", unit.elements, unit.lanes, format) for format in unit.input_formats)
    return MultiCase(f"join_{name}", unit, inputs, (Stream("y", unit.elements, unit.lanes, unit.output_format),))


def concat_case(name: str, unit: ConcatUnit) -> MultiCase:
    sources = zip(unit.channels, unit.input_formats, strict=True)
    inputs = tuple(Stream("x", unit.pixels * channels, unit.lanes, format) for channels, format in sources)
    output = Stream("y", unit.pixels * sum(unit.channels), unit.lanes, unit.format)
    return MultiCase(f"concat_{name}", unit, inputs, (output,))


CASES = [
    fork_case(2, 8, 2, signed(5)),
    fork_case(3, 4, 4, unsigned(11)),
    fork_case(4, 5, 1, BIPOLAR),
    *(join_case(name, unit) for name, unit in joins().items()),
    concat_case("two", ConcatUnit((4, 2), 3, 2, (signed(5), unsigned(3)), signed(5))),
    concat_case("alternating", ConcatUnit((1, 1, 1), 2, 1, (BIPOLAR, unsigned(3), signed(9)), signed(9))),
    concat_case("bipolar", ConcatUnit((3, 6), 2, 3, (BIPOLAR, BIPOLAR), BIPOLAR)),
    concat_case("uneven", ConcatUnit((2, 10, 6), 2, 2, (unsigned(3), unsigned(3), unsigned(3)), unsigned(3))),
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench([], tmp_path_factory.mktemp("joins"), more=CASES)


@pytest.fixture(scope="module")
def inputs() -> dict[str, list[IntArray]]:
    """Frames of each input of each case."""
    return {
        case.name: [stream_frames(stream, FRAMES, seed) for seed, stream in enumerate(case.inputs)] for case in CASES
    }


def run(
    bench: Bench,
    cases: Sequence[MultiCase],
    inputs: dict[str, list[IntArray]],
    *,
    valid_rate: int = ALWAYS,
    ready_rate: int = ALWAYS,
    reset_cycle: int = 0,
) -> dict[str, list[Trace]]:
    """The traces of each case's channels."""
    each = [(case, len(channels_of(case))) for case in cases]
    frames = []
    for case, count in each:
        given = inputs[case.name]
        frames += [*given, *(np.zeros((len(given[0]), 0), dtype=np.int64) for _ in range(count - len(given)))]
    traces = iter(bench.run(frames, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle))
    return {case.name: [next(traces) for _ in range(count)] for case, count in each}


@pytest.mark.parametrize(
    ("valid_rate", "ready_rate", "reset_cycle"), [(256, 70, 0), (70, 256, 0), (150, 150, 25), (256, 256, 0)]
)
def test_values(
    bench: Bench, inputs: dict[str, list[IntArray]], valid_rate: int, ready_rate: int, reset_cycle: int
) -> None:
    found = run(bench, CASES, inputs, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle)
    for case in CASES:
        expected = case.unit.evaluate(*inputs[case.name])
        for trace in found[case.name][: len(case.outputs)]:
            assert np.array_equal(trace.frames, expected), case.name


def test_full_speed(bench: Bench, inputs: dict[str, list[IntArray]]) -> None:
    """Without a pause between frames, each beat ``latency`` behind the beats it is made of."""
    found = run(bench, CASES, inputs)
    for case in CASES:
        unit, traces = case.unit, found[case.name]
        schedule = unit.schedule()
        assert isinstance(schedule, Steps), case.name
        taken = [trace.taken.reshape(FRAMES, -1) for trace in traces[: len(case.inputs)]]
        for trace in traces[: len(case.outputs)]:
            seen = trace.seen.reshape(FRAMES, -1)
            assert np.array_equal(np.diff(seen[:, -1]), np.full(FRAMES - 1, unit.cycles)), case.name
            for takes, cycles in zip(schedule.takes, taken, strict=True):
                assert np.array_equal(seen[:, takes], cycles + unit.latency), case.name


def test_a_copy_does_not_wait_for_the_others(bench: Bench, inputs: dict[str, list[IntArray]]) -> None:
    """With readers that pause, the copies of a beat leave in different cycles, at most one beat apart."""
    found = run(bench, CASES, inputs, ready_rate=90)
    for case in CASES[:2]:
        traces = found[case.name]
        first, second = traces[0].seen, traces[1].seen
        assert (first != second).any(), case.name
        assert (first[1:] > second[:-1]).all() and (second[1:] > first[:-1]).all(), case.name
