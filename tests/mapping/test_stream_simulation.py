"""Simulation of the streams: cycle for cycle what the RTL does, and deadlocks where there are some."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from fpgaflow.backends.rtl import emit
from fpgaflow.board import load_board
from fpgaflow.fixed import IntArray
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.mapping.folding import fold
from fpgaflow.mapping.objective import Objective
from fpgaflow.mapping.pipeline import build_accelerator
from fpgaflow.mapping.stream_kernel import lockstep
from fpgaflow.mapping.stream_simulation import StreamModel
from fpgaflow.passes.lower import lower
from fpgaflow.simulate.rtl_sim import run, write_interface
from fpgaflow.units.base import Accelerator
from fpgaflow.units.parallel_window import ParallelWindowUnit
from fpgaflow.units.schedule import Buffered, Steps
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.backends.test_rtl import ACCELERATORS, Packets, random_packets
from tests.mapping.streams import (
    U4,
    Network,
    Scheduled,
    add,
    fork,
    gathering,
    mixed_network,
    residual_network,
    steps,
    wire,
)
from tests.random_cnn import random_cnn
from tests.rtl.bench import Bench

FRAMES = 10


@pytest.mark.parametrize("latency", [1, 2, 7])
def test_a_frame_takes_its_beats_and_latencies(latency: int) -> None:
    """A beat passes the two ports in a cycle each."""
    model = StreamModel(wire((steps("xxxx", "xxxx", latency), "x", "y"), (steps("xxxx", "---x"), "y", "z")))
    found = model.run()
    assert found.latency == 2 + latency + 1 + 3
    assert found.cycles_per_frame == 4


@pytest.mark.parametrize(
    "plans",
    [
        [steps("x---", "---x")],
        [steps("xx", "xx"), steps("xx------", "---x---x", 4), steps("xx", "xx", 3)],
        [steps("xxx", "--x"), steps("x", "x", 9), steps("x----", "-x-x-")],
        [gathering(6), steps("xxxxxx---", "xxx------")],
        [steps("x-x-x-", "xxxxxx"), gathering(6), gathering(6, 5)],
    ],
)
def test_the_slowest_stage_sets_the_pace(plans: list) -> None:
    """If there is room for what comes in bursts."""
    names = ["x", *(f"y{index}" for index in range(len(plans)))]
    stages = [(plan, names[index], names[index + 1]) for index, plan in enumerate(plans)]
    model = StreamModel(wire(*stages, depths=dict.fromkeys(names, 20)))
    assert model.run().cycles_per_frame == max(plan.cycles for plan in plans)


def test_a_paced_source_fills_no_fifo() -> None:
    model = StreamModel(
        wire((steps("xxxx", "xxxx"), "x", "y"), (steps("x---x---x---x---", "x---x---x---x---"), "y", "z"))
    )
    greedy, paced = model.run({"y": 1000}), model.run({"y": 1000}, period=16)
    assert greedy.occupancy["y"] > 50
    assert paced.occupancy["y"] == 1
    assert greedy.cycles_per_frame == paced.cycles_per_frame == 16


def skip(depth: int) -> StreamModel:
    """A branch that needs a whole frame of 12 beats first, beside one without a unit."""
    return StreamModel(
        wire(
            (fork(12), "x", "a b"),
            (gathering(12), "a", "c"),
            (add(12), "c b", "y"),
            depths={"b": depth},
        )
    )


def test_too_small_a_fifo_beside_a_branch_is_a_deadlock() -> None:
    found = skip(5).run()
    assert found.cycles_per_frame == float("inf")
    assert found.waits == (
        "s0 waits for room in b",
        "s1 waits for a beat of a",
        "s2 waits for a beat of c",
    )


def test_what_nobody_reads_holds_nothing_up() -> None:
    found = StreamModel(wire((fork(4), "x", "a b"), (steps("xxxx", "xxxx"), "a", "y")))
    assert [stream.name for stream in found.accelerator.unread] == ["b"]
    assert found.run().cycles_per_frame == 4


@pytest.mark.parametrize("latency", [1, 2, 5])
def test_what_a_stalled_stage_holds(latency: int) -> None:
    """A beat in each register, one in the second entry, one that the fork offers: room for a frame, or not."""

    def waits(beats: int) -> bool:
        branches = (
            (fork(beats), "x", "a b"),
            (gathering(beats), "a", "c"),
            (steps("x" * beats, "x" * beats, latency), "b", "d"),
        )
        return bool(StreamModel(wire(*branches, (add(beats), "c d", "y"))).run().waits)

    assert not waits(latency + 2)
    assert waits(latency + 3)


def test_bubbles_stay_in_a_pipeline_that_stalls() -> None:
    """A burst that is ready in the registers of an even flow is half bubbles; a FIFO holds beats alone."""
    stages = (
        (steps("x-" * 12, "x-" * 12), "x", "y"),
        (steps("x" * 12, "x" * 12, 3), "y", "z"),
        (steps("x" * 12 + "-" * 12, "-" * 23 + "x"), "z", "w"),
    )
    assert StreamModel(wire(*stages)).run().cycles_per_frame == 32
    assert StreamModel(wire(*stages, depths={"z": 7})).run().cycles_per_frame == 24


def test_a_widening_adapter_gives_to_an_empty_register() -> None:
    """With a second entry the last part of a wide beat need not wait for the one before to be taken."""
    pairs = Scheduled(Steps(np.array([[True, True, False, False]]), np.ones(4, dtype=bool)))
    for adapter, cycles in ((WidthAdapterUnit(4, 1, 2, U4), 5), (steps("xxxx", "-x-x"), 4)):
        assert StreamModel(wire((adapter, "x", "y"), (pairs, "y", "z"))).run().cycles_per_frame == cycles


@pytest.mark.parametrize("patience", [0, 1, 7])
def test_windows_wait_for_the_next_frame(patience: int) -> None:
    """The last ones need a row and a beat more than the frame has, or so many cycles."""
    size, period = (3, 3), 320
    window = ParallelWindowUnit(4, 4, 1, size, (1, 1), (1, 1), (1, 1, 1, 1), 0, 1, U4, patience)
    found = StreamModel(wire((window, "x", "y"), (steps("x" * 16, "-" * 15 + "x"), "y", "z"))).run(period=period)
    assert found.latency == 2 + period * 15 // 16 + patience + 5 + window.latency + 1
    assert found.cycles_per_frame == period
    assert found.gaps["s0"] == period // 16 - 1


def test_a_window_whose_patience_ends_can_be_in_a_deadlock() -> None:
    window = ParallelWindowUnit(4, 4, 1, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), 0, 1, U4, patience=3)
    stages = (window, "x", "y"), (fork(16), "y", "a b"), (gathering(16), "a", "c"), (add(16), "c b", "z")
    assert StreamModel(wire(*stages)).run().waits


def test_enough_room_beside_a_branch() -> None:
    found = skip(16).run()
    assert found.waits == ()
    assert found.cycles_per_frame == 12


def test_the_last_beat_waits_for_the_flag() -> None:
    """Which leaves with the last input beat; the FIFO of flags and the port take a cycle each."""
    found = StreamModel(wire((steps("x" * 9, "x" * 4 + "-" * 5), "x", "y"))).run()
    assert found.latency == 9 + 2
    assert found.cycles_per_frame == 9


def built(network: Network) -> Accelerator:
    return build_accelerator(network.graph(), network.units)


@pytest.mark.slow
@pytest.mark.parametrize("network", [residual_network(), mixed_network()])
def test_the_simulation_is_the_rtl(network: Network, tmp_path: Path) -> None:
    """The cycle of each frame's last beat at the output port; behind the last frame follows none, so it may end later."""
    accelerators = [*ACCELERATORS, built(network)]
    devices = [Packets(accelerator) for accelerator in accelerators]
    bench = Bench(devices, tmp_path)
    packets = [random_packets(each.input, [each.input.beats] * FRAMES) for each in accelerators]
    traces = bench.run(
        [device.beats(each) for device, each in zip(devices, packets, strict=True)],
        output_frames=[FRAMES * each.output.beats for each in accelerators],
    )
    for accelerator, trace in zip(accelerators, traces, strict=True):
        ends = trace.seen.reshape(FRAMES, -1)[:, -1] - trace.taken[0]
        found = StreamModel(accelerator).run(frames=FRAMES)
        known = min(len(found.ends), FRAMES - 1)
        assert np.array_equal(found.ends[:known], ends[:known]), accelerator.name
        assert found.cycles_per_frame == ends[-2] - ends[-3], accelerator.name


def test_a_unit_that_waits_for_what_it_has_room_for_needs_more_beside_it() -> None:
    """The C++ reads the next beat before it gives one that it has: here half a frame more."""
    beats = 12
    window = Scheduled(Buffered(np.arange(beats) + 1, np.maximum(np.arange(beats) - 6, 0)))
    accelerator = wire((fork(beats), "x", "a b"), (window, "a", "c"), (add(beats), "c b", "y"))
    assert not StreamModel(accelerator).run({"b": 4}).waits
    in_turn = StreamModel(accelerator, in_turn=True)
    assert in_turn.run({"b": 4}).waits
    assert not in_turn.run({"b": 10}).waits


def test_the_steps_of_a_unit_that_waits() -> None:
    """Of two beats and one place; what comes can leave two steps later. Bit 0 says gives, bit 1 takes."""
    assert lockstep(np.array([1, 2]), np.array([0, 1]), 2).tolist() == [2, 0, 1, 2, 0, 1]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "objective"), [(0, "area"), (14, "throughput"), (16, "throughput"), (20, "area")])
def test_random_networks_keep_the_simulated_pace(seed: int, objective: str, tmp_path: Path) -> None:
    onnx.save(random_cnn(seed), tmp_path / "random.onnx")
    body = lower(read_model(tmp_path / "random.onnx"), {}).body
    accelerator = build_accelerator(body, fold(body, load_board("zcu104"), objective=Objective(objective)).units)
    (tmp_path / "rtl").mkdir()
    emit(accelerator, tmp_path / "rtl")
    write_interface(accelerator, tmp_path / "rtl")
    measured = run(tmp_path / "rtl", random_frames(accelerator, 2 * FRAMES))
    found = StreamModel(accelerator).run(frames=2 * FRAMES)
    assert found.cycles_per_frame == measured.cycles_per_frame
    assert found.latency + 1 == measured.latency_cycles


def random_frames(accelerator: Accelerator, count: int) -> IntArray:
    format = accelerator.input.format
    codes = np.random.default_rng(0).integers(0, 1 << format.width, (count, accelerator.input.elements))
    return format.decode(codes)
