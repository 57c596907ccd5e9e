"""ff_fifo, ff_skid and ff_width_adapter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Stream
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.rtl.bench import Bench, Case, Device, random_frames, render
from tests.rtl.units import BIPOLAR, signed, unsigned

FRAMES = 40


@dataclass(frozen=True)
class Fifo:
    """A queue; a frame is a beat."""

    name: str
    width: int
    depth: int
    block: bool = False

    @property
    def input(self) -> Stream:
        return Stream("x", 1, 1, unsigned(self.width))

    @property
    def output(self) -> Stream:
        return self.input

    def emit(self, folder: Path) -> list[Path]:
        path = folder / f"{self.name}.sv"
        render("fifo.sv.j2", path, name=self.name, width=self.width, depth=self.depth, block=int(self.block))
        return [path]


def adapter(elements: int, input_lanes: int, output_lanes: int, width: int) -> Case:
    format = BIPOLAR if width == 1 else signed(width)
    unit = WidthAdapterUnit(elements, input_lanes, output_lanes, format)
    return Case(f"adapter_{elements}_{input_lanes}_{output_lanes}", unit, elements, format, elements, format)


FIFOS = [Fifo(f"fifo_{width}_{depth}", width, depth) for width, depth in ((1, 2), (9, 3), (40, 4), (1, 5), (8, 37))]
FIFOS += [Fifo(f"fifo_{width}_{depth}_block", width, depth, block=True) for width, depth in ((7, 3), (20, 33))]
ADAPTERS = [
    adapter(12, 4, 4, 3),
    adapter(12, 1, 2, 5),
    adapter(12, 2, 1, 5),
    adapter(12, 2, 12, 4),
    adapter(12, 12, 2, 4),
    adapter(30, 15, 3, 1),
    adapter(30, 3, 15, 1),
    adapter(1, 1, 1, 7),
    adapter(49, 7, 49, 2),
    adapter(49, 49, 1, 2),
]
DEVICES: list[Device] = [*FIFOS, *ADAPTERS]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(DEVICES, tmp_path_factory.mktemp("streams"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(device, FRAMES) for device in DEVICES]


@pytest.mark.parametrize(("valid_rate", "ready_rate", "reset_cycle"), [(256, 70, 0), (70, 256, 0), (150, 150, 25)])
def test_random_pauses(
    bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int, reset_cycle: int
) -> None:
    traces = bench.run(inputs, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle)
    for device, frames, trace in zip(bench.devices, inputs, traces, strict=True):
        assert np.array_equal(trace.frames, frames), device.name


def test_full_speed(bench: Bench, inputs: list[IntArray]) -> None:
    traces = bench.run(inputs)
    for fifo, frames, trace in zip(FIFOS, inputs, traces, strict=False):
        assert np.array_equal(trace.frames, frames), fifo.name
        assert np.array_equal(trace.taken, trace.taken[0] + np.arange(FRAMES)), fifo.name
        assert np.array_equal(trace.seen, trace.taken + (1 if fifo.depth == 2 else 2)), fifo.name
    for case, frames, trace in zip(ADAPTERS, inputs[len(FIFOS) :], traces[len(FIFOS) :], strict=True):
        unit = case.unit
        assert isinstance(unit, WidthAdapterUnit)
        assert np.array_equal(trace.frames, frames), case.name
        wide = max(unit.input_lanes, unit.output_lanes)
        ratio = wide // min(unit.input_lanes, unit.output_lanes)
        taken, seen = trace.taken, trace.seen
        if unit.output_lanes < unit.input_lanes:
            assert np.array_equal(seen.reshape(-1, ratio), taken[:, None] + unit.latency + np.arange(ratio)), case.name
        else:
            assert np.array_equal(seen, taken.reshape(-1, ratio)[:, -1] + unit.latency), case.name
        starts = taken.reshape(FRAMES, -1)[:, 0]
        assert np.array_equal(np.diff(starts), np.full(FRAMES - 1, unit.cycles)), case.name


def test_a_queue_holds_its_depth(bench: Bench, inputs: list[IntArray]) -> None:
    """While the output hardly ever moves, a queue of n beats lets at least n beats in ahead of those that left."""
    traces = bench.run(inputs, ready_rate=4)
    for fifo, trace in zip(FIFOS, traces, strict=False):
        ahead = [index + 1 - np.count_nonzero(trace.seen < cycle) for index, cycle in enumerate(trace.taken)]
        assert max(ahead) >= fifo.depth, fifo.name
