"""ff_parallel_window, bit for bit and cycle for cycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.parallel_window import ParallelWindowUnit
from tests.rtl.bench import Bench, Case, check_values, random_frames
from tests.units.windows import NAMED, WIDE, parallel, random_wide_windows, random_windows

FRAMES = 8


def case(name: str, unit: ParallelWindowUnit) -> Case:
    return Case(f"parallel_{name}", unit, unit.input_elements, unit.format, unit.output_elements, unit.format)


UNITS = {name: parallel(unit) for name, unit in {**NAMED, **random_windows(4, 8)}.items()}
PATIENCE = 5
PATIENT = (
    "same",
    "valid",
    "strided",
    "dilated",
    "upright",
    "larger_than_frame",
    "bipolar_up",
    "random4_0",
    "random4_2",
)
UNITS |= {f"{name}_patient": replace(UNITS[name], patience=PATIENCE) for name in PATIENT}
UNITS |= {f"several_{name}": unit for name, unit in {**WIDE, **random_wide_windows(4, 8)}.items()}
WIDE_CASES = [case(f"several_{name}", unit) for name, unit in WIDE.items()]
CASES = [case(name, unit) for name, unit in UNITS.items()]
NAMED_CASES = CASES[: len(NAMED)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("parallel_window"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def cycles_of(unit: ParallelWindowUnit) -> tuple[IntArray, IntArray]:
    """The cycle of a frame in which each input beat enters, and in which the newest tap of each output beat does."""
    line = np.arange(unit.cycles).reshape(unit.rows.period, unit.columns.period, unit.groups)
    rows, columns = unit.rows, unit.columns
    entering = line[rows.lead : rows.lead + unit.height, columns.lead : columns.lead + columns.axis.size]
    first = line[rows.lag, columns.lag, 0]
    windows = line[:: unit.stride[0], :: columns.axis.stride]
    starts = windows[: unit.output_height, : unit.output_width // unit.coarse.windows]
    return entering.ravel(), first + starts.ravel()


@pytest.mark.parametrize("pause", [0, 1, PATIENCE, PATIENCE + 2, 40])
def test_full_speed_values_throughput_and_latency(bench: Bench, inputs: list[IntArray], pause: int) -> None:
    """A frame never waits; each window leaves two cycles behind its newest tap.

    If that is padding behind the frame, it enters with the next frame, or without it once the patience is over; so also
    behind the last frame, where nothing follows. A pause up to the patience moves everything behind it, no more.
    """
    for unit, frames, trace in zip(UNITS.values(), inputs, bench.run(inputs, pause=pause), strict=True):
        assert np.array_equal(trace.frames, unit.evaluate(frames)), unit
        entering, complete = cycles_of(unit)
        waiting = max(0, pause + 1 - (unit.cycles - entering[-1]))
        starts = np.arange(FRAMES)[:, None] * (unit.cycles + waiting) + trace.taken[0] - entering[0]
        assert np.array_equal(trace.taken, (starts + entering).ravel()), unit
        late = complete - unit.cycles
        alone = np.full((FRAMES, 1), max(0, waiting - unit.patience))  # cycles in which the line shifts without a frame
        alone[-1] = unit.cycles
        delay = np.where(late < 0, 0, np.where(late < alone, unit.patience, waiting - alone))
        assert np.array_equal(trace.seen, (starts + complete + delay + unit.latency).ravel()), unit


def test_patient_units_have_windows_that_wait() -> None:
    waiting = {name: (cycles_of(UNITS[name])[1] >= UNITS[name].cycles).any() for name in PATIENT}
    assert [name for name, waits in waiting.items() if not waits] == ["valid"]


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 256), (100, 256), (140, 140)])
def test_one_frame_leaves_without_another(
    bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int
) -> None:
    check_values(bench, CASES, [frames[1:2] for frames in inputs], valid_rate=valid_rate, ready_rate=ready_rate)


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 100), (100, 256), (140, 140), (30, 200), (10, 256)])
def test_random_pauses(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=valid_rate, ready_rate=ready_rate, seed=valid_rate)


@pytest.mark.parametrize("cycle", [3, 11, 40, 173])
def test_reset_in_the_middle_of_a_frame(bench: Bench, inputs: list[IntArray], cycle: int) -> None:
    check_values(bench, CASES, inputs, valid_rate=200, ready_rate=200, reset_cycle=cycle, seed=cycle)


def test_all_kinds_of_delays_are_tried() -> None:
    """Registers, LUTRAM, block RAM for rows; registers and LUTRAM for columns."""
    rows = {(unit.row_delay > 2, unit.rows_in_block_ram) for unit in UNITS.values() if unit.row_count > 1}
    columns = {unit.column_delay > 2 for unit in UNITS.values() if unit.column_count > 1}
    assert rows == {(False, False), (True, False), (True, True)} and columns == {False, True}
