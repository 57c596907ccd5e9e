"""ff_window, bit for bit and cycle for cycle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.fixed import FixedFormat, IntArray, Rounding
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.window import WindowUnit
from tests.backends.test_rtl import Packets, random_packets
from tests.rtl.bench import Bench, Case, check_values, random_frames
from tests.rtl.units import dense, requantize, signed, unsigned
from tests.units.windows import NAMED, random_windows, window

FRAMES = 8


def case(name: str, unit: WindowUnit) -> Case:
    return Case(f"window_{name}", unit, unit.input_elements, unit.format, unit.output_elements, unit.format)


UNITS = {**NAMED, **random_windows(1, 30)}
CASES = [case(name, unit) for name, unit in UNITS.items()]
NAMED_CASES = CASES[: len(NAMED)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("window"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def tap_beats(unit: WindowUnit) -> IntArray:
    """(output beats,): the input beat that each shows, -1 for padding."""
    numbered = replace(unit, format=FixedFormat(40, 0, True), pad_value=-1)
    beats = np.repeat(np.arange(unit.buffer.input_beats), unit.lanes)
    return numbered.evaluate(beats[None])[0, :: unit.lanes]


def first_stored(unit: WindowUnit) -> int:
    """The input beat with which a frame begins for the reader."""
    rows, columns = unit.buffer.unsampled_rows.sampled()[0], unit.buffer.unsampled_columns.sampled()[0]
    return (rows[0] * unit.width + columns[0]) * unit.buffer.groups


def test_full_speed_values_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    """Output beats follow each other, unless one waits for its input beat (or, with padding only, for its frame)."""
    for unit, frames, trace in zip(UNITS.values(), inputs, bench.run(inputs), strict=True):
        assert np.array_equal(trace.frames, unit.evaluate(frames)), unit
        taken, seen = trace.taken.reshape(FRAMES, -1), trace.seen.reshape(FRAMES, -1)
        taps = tap_beats(unit)
        ready = np.where(taps >= 0, taken[:, taps] + unit.latency, 0)
        ready[:, 0] = np.maximum(ready[:, 0], taken[:, first_stored(unit)] + unit.latency)
        order = np.arange(ready.size)
        expected = order + np.maximum.accumulate(ready.ravel() - order)
        assert np.array_equal(seen.ravel(), expected), unit
        assert np.array_equal(np.diff(seen[-4:, -1]), np.full(3, unit.cycles)), unit


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 100), (100, 256), (140, 140), (30, 200)])
def test_random_pauses(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=valid_rate, ready_rate=ready_rate, seed=valid_rate)


@pytest.mark.parametrize("cycle", [3, 11, 40, 173])
def test_reset_in_the_middle_of_a_frame(bench: Bench, inputs: list[IntArray], cycle: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=200, ready_rate=200, reset_cycle=cycle, seed=cycle)


def test_both_kinds_of_memory_and_address_are_tried() -> None:
    kinds = {(unit.in_block_ram, unit.words & (unit.words - 1) == 0) for unit in UNITS.values()}
    assert kinds == {(False, True), (False, False), (True, True), (True, False)}


def convolutions() -> Accelerator:
    """Two convolutions: 3x3 with a border of padding, and 2x2 with stride 2."""
    wide = case("", window((6, 7, 4), (3, 3), pads=(1, 1, 1, 1), lanes=2, format=unsigned(3), pad_value=5))
    first = dense("", (6, 36), (2, 2), unsigned(3), signed(3), vectors=42)
    formats, limits = (first.output_format, unsigned(4)), (0, 15)
    shift = requantize("", ShiftUnit(6, 252, 2, *formats, 0, 4, Rounding.HALF_UP, np.arange(6) * 9, *limits))
    halved = case("", window((6, 7, 6), (2, 2), stride=(2, 2), lanes=2, format=unsigned(4)))
    second = dense("", (4, 24), (1, 2), unsigned(4), signed(2), vectors=9)
    streams, stages = [Stream("x0", 168, 2, unsigned(3))], []
    for number, link in enumerate([wide, first, shift, halved, second]):
        target = Stream(f"x{number + 1}", link.output_elements, link.unit.output_lanes, link.output_format)
        stages.append(Stage(f"s{number}", f"node {number}", link.unit, (streams[-1],), (target,)))
        streams.append(target)
    return Accelerator("convolutions", tuple(stages), streams[0], streams[-1])


def test_convolutions_from_port_to_port(tmp_path: Path) -> None:
    """Values with pauses; without, the slowest unit sets the pace."""
    device = Packets(convolutions())
    stream = device.accelerator.input
    bench = Bench([device], tmp_path)
    packets = random_packets(stream, [stream.beats] * FRAMES)
    beats, count = device.beats(packets), FRAMES * device.accelerator.output.beats
    for rate in (256, 120):
        (trace,) = bench.run([beats], valid_rate=rate, ready_rate=rate, output_frames=[count])
        device.check(trace.frames, np.stack(packets), np.zeros(FRAMES, dtype=np.int64))
        if rate == 256:
            ends = trace.seen.reshape(FRAMES, -1)[:, -1]
            slowest = max(stage.unit.cycles for stage in device.accelerator.stages)
            assert np.array_equal(np.diff(ends)[-3:], np.full(3, slowest))
