"""Emitted accelerators, from AXI4-Stream to AXI4-Stream: values, frame check, throughput; and what is written where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.backends.rtl import emit, emit_modules, stage_sources
from fpgaflow.fixed import FixedFormat, IntArray, Rounding
from fpgaflow.simulate.framing import beat_bytes, expected_frames, pack_beats, unpack_beats
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.reorder import ReorderUnit
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.dags import inception, residual
from tests.rtl.bench import Bench, Case, render
from tests.rtl.units import BIPOLAR, adder_graph, dense, requantize, signed, unsigned

FRAMES = 20


def chain(name: str, cases: Sequence[Case], *, fifo_depth: int = 2, flag_depth: int = 64) -> Accelerator:
    """The accelerator of units one behind the other, width adapters where lanes differ."""
    units = [cases[0]]
    for case in cases[1:]:
        have, want = units[-1].output.lanes, case.input.lanes
        if have != want:
            elements, format = case.input_elements, case.input_format
            unit = WidthAdapterUnit(elements, have, want, format)
            units.append(Case("adapter", unit, elements, format, elements, format))
        units.append(case)
    streams = [Stream(f"{name}_x0", units[0].input_elements, units[0].input.lanes, units[0].input_format, fifo_depth)]
    stages = []
    for index, case in enumerate(units):
        target = Stream(
            f"{name}_x{index + 1}", case.output_elements, case.output.lanes, case.output_format, fifo_depth + index % 3
        )
        stages.append(Stage(f"{name}_s{index}", f"node {index}", case.unit, (streams[-1],), (target,)))
        streams.append(target)
    return Accelerator(name, tuple(stages), streams[0], streams[-1], flag_depth)


def comparators(case: Case, lanes: int, levels: int) -> Case:
    """Thresholds for the outputs of ``case``."""
    channels = case.output_elements
    low, high = case.output_format.min, case.output_format.max
    table = np.sort(np.random.default_rng(levels).integers(low // 2, high // 2 + 1, (channels, levels)), axis=1)
    output = BIPOLAR if levels == 1 else unsigned(levels.bit_length())
    base, decreasing = -1 if levels == 1 else 0, np.arange(channels) % 2
    formats = (case.output_format, output)
    return requantize("", ComparatorsUnit(channels, channels, lanes, *formats, base, table, decreasing))


def search(case: Case, lanes: int, levels: int) -> Case:
    """The same as binary search."""
    unit = comparators(case, lanes, levels).unit
    assert isinstance(unit, ComparatorsUnit)
    return requantize("", ThresholdMemoryUnit(*vars(unit).values()))


def shift(case: Case, lanes: int, output: FixedFormat) -> Case:
    channels, right = case.output_elements, case.output_format.width - output.width
    formats = (case.output_format, output)
    bias = np.arange(channels)
    limits = (output.min, output.max)
    return requantize("", ShiftUnit(channels, channels, lanes, *formats, 0, right, Rounding.HALF_EVEN, bias, *limits))


def multiply(case: Case, lanes: int, output: FixedFormat) -> Case:
    channels = case.output_elements
    formats = (case.output_format, output)
    multiplier = 40 + np.arange(channels)
    right = case.output_format.width - output.width + 6
    limits = (output.min, output.max)
    return requantize(
        "", MultiplyShiftUnit(channels, channels, lanes, *formats, right, multiplier, multiplier * 9, *limits)
    )


def folded() -> Accelerator:
    """Three dense layers, folded differently, with all kinds of requantization between them."""
    first = dense("", (12, 16), (3, 4), unsigned(8), signed(4), storage=WeightStorage.BRAM)
    second = multiply(first, 3, unsigned(4))
    third = dense("", (8, 12), (4, 6), unsigned(4), signed(4))
    fourth = search(third, 4, 5)
    fifth = dense("", (5, 8), (1, 8), unsigned(3), signed(8), multiplier=Multiplier.DSP)
    return chain("folded", [first, second, third, fourth, fifth, shift(fifth, 1, signed(9))], fifo_depth=3)


def unrolled() -> Accelerator:
    """A frame a beat."""
    random = np.random.default_rng(8)
    first = adder_graph("", random.integers(-7, 8, (8, 6)), signed(5))
    second = comparators(first, 8, 7)
    third = dense("", (6, 8), (6, 8), unsigned(3), signed(3))
    fourth = shift(third, 6, unsigned(4))
    fifth = adder_graph("", random.integers(-7, 8, (3, 6)), unsigned(4), levels_per_register=1)
    return chain("unrolled", [first, second, third, fourth, fifth])


def binary() -> Accelerator:
    first = dense("", (16, 24), (4, 8), BIPOLAR, BIPOLAR)
    second = comparators(first, 4, 1)
    third = dense("", (4, 16), (2, 16), BIPOLAR, BIPOLAR)
    return chain("binary", [first, second, third])


def elementwise() -> Accelerator:
    """Output leaves long before the input frame is complete."""
    random = np.random.default_rng(4)
    formats = (signed(6), unsigned(3))
    table = TableUnit(4, 48, 2, *formats, signed(6).min, random.integers(0, 8, (4, 64)))
    limits = ShiftUnit(4, 48, 2, unsigned(3), unsigned(3), 0, 0, Rounding.FLOOR, np.array([0, 1, 2, 3]), 1, 6)
    return chain("elementwise", [requantize("", table), requantize("", limits)])


def cropped() -> Accelerator:
    """The output is complete when a third of the input frame is."""
    crop = ReorderUnit(np.arange(8), 24, 1, 2, 0, unsigned(4))
    return chain(
        "cropped", [Case("", crop, 24, unsigned(4), 8, unsigned(4)), dense("", (6, 8), (2, 4), unsigned(4), signed(4))]
    )


def several() -> Accelerator:
    """Several vectors a frame, and flags of few frames."""
    first = dense("", (6, 4), (3, 2), signed(4), signed(4), vectors=5)
    return chain("several", [first], flag_depth=2)


ACCELERATORS = [folded(), unrolled(), binary(), elementwise(), cropped(), several(), residual(), inception()]


@dataclass(frozen=True)
class Packets:
    """An accelerator on the bench; a frame of the bench is one beat with TLAST (and TUSER)."""

    accelerator: Accelerator

    @property
    def name(self) -> str:
        return f"{self.accelerator.name}_axis"

    @property
    def input(self) -> Stream:
        return Stream("x", 1, 1, unsigned(8 * beat_bytes(self.accelerator.input) + 1))

    @property
    def output(self) -> Stream:
        return Stream("y", 1, 1, unsigned(8 * beat_bytes(self.accelerator.output) + 2))

    def emit(self, folder: Path) -> list[Path]:
        path = folder / f"{self.name}.sv"
        widths = {"input_width": self.input.width - 1, "output_width": self.output.width - 2}
        render("axis.sv.j2", path, name=self.name, accelerator=self.accelerator.name, **widths)
        return [*emit_modules(self.accelerator, folder), path]

    def beats(self, packets: Sequence[IntArray]) -> IntArray:
        """Packets of whole beats, each with TLAST at its end."""
        stream = self.accelerator.input
        size = beat_bytes(stream)
        found = []
        for packet in packets:
            beat = Stream("beat", stream.lanes, stream.lanes, stream.format)
            data = pack_beats(packet.reshape(-1, stream.lanes), beat).reshape(-1, size).astype(np.int64)
            words = (data << (8 * np.arange(size))).sum(axis=1)
            words[-1] |= 1 << (8 * size)
            found.append(words)
        return np.concatenate(found)[:, None]

    def check(self, beats: IntArray, frames: IntArray, flags: IntArray) -> None:
        """The output beats are those of the frames that were to go in, with these flags."""
        stream = self.accelerator.output
        size = beat_bytes(stream)
        words = beats.reshape(-1, stream.beats)
        data = (words[..., None] >> (8 * np.arange(size)) & 255).astype(np.uint8)
        assert np.array_equal(unpack_beats(data, stream), self.accelerator.evaluate(frames)), self.name
        last = np.arange(stream.beats) == stream.beats - 1
        assert np.array_equal(words >> (8 * size) & 1, np.tile(last, (len(words), 1))), self.name
        assert np.array_equal(words >> (8 * size + 1), flags[:, None] * last), self.name


DEVICES = [Packets(accelerator) for accelerator in ACCELERATORS]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(DEVICES, tmp_path_factory.mktemp("accelerators"))


def random_packets(stream: Stream, lengths: Sequence[int], seed: int = 0) -> list[IntArray]:
    """Packets of so many beats."""
    random = np.random.default_rng(seed)
    format = stream.format
    return [format.decode(random.integers(0, 1 << format.width, length * stream.lanes)) for length in lengths]


def whole(stream: Stream) -> list[int]:
    return [stream.beats] * FRAMES


def broken(stream: Stream) -> list[int]:
    """Lengths too short and too long between right ones."""
    beats = stream.beats
    wrong = [1, beats + 1, 2 * beats, beats - 1, 3 * beats + 1, beats // 2, 1, 1, 2 * beats - 1]
    return [length for short in wrong for length in (beats, short) if length > 0] + [beats]


@pytest.mark.parametrize("lengths", [whole, broken])
@pytest.mark.parametrize(
    ("valid_rate", "ready_rate", "reset_cycle"), [(256, 256, 0), (256, 60, 0), (60, 256, 0), (180, 180, 45)]
)
def test_values_and_flags(
    bench: Bench, lengths: Callable[[Stream], list[int]], valid_rate: int, ready_rate: int, reset_cycle: int
) -> None:
    packets = [random_packets(a.input, lengths(a.input)) for a in ACCELERATORS]
    expected = [expected_frames(each, a.input) for each, a in zip(packets, ACCELERATORS, strict=True)]
    traces = bench.run(
        [device.beats(each) for device, each in zip(DEVICES, packets, strict=True)],
        valid_rate=valid_rate,
        ready_rate=ready_rate,
        reset_cycle=reset_cycle,
        output_frames=[len(frames) * a.output.beats for (frames, _), a in zip(expected, ACCELERATORS, strict=True)],
    )
    for device, trace, (frames, flags) in zip(DEVICES, traces, expected, strict=True):
        device.check(trace.frames, frames, flags.astype(np.int64))


def test_full_speed(bench: Bench) -> None:
    """The slowest unit sets the pace of the whole; nothing else does."""
    packets = [random_packets(a.input, whole(a.input)) for a in ACCELERATORS]
    traces = bench.run(
        [device.beats(each) for device, each in zip(DEVICES, packets, strict=True)],
        output_frames=[FRAMES * a.output.beats for a in ACCELERATORS],
    )
    for accelerator, trace in zip(ACCELERATORS, traces, strict=True):
        ends = trace.seen.reshape(FRAMES, -1)[:, -1]
        slowest = max(stage.unit.cycles for stage in accelerator.stages)
        assert np.array_equal(np.diff(ends[FRAMES // 2 :]), np.full(FRAMES // 2 - 1, slowest)), accelerator.name


def test_unrolled_network_takes_a_frame_every_cycle(bench: Bench) -> None:
    """Its latency is its units', and a register at each end (its streams have up to four places in two more each)."""
    packets = [random_packets(a.input, whole(a.input)) for a in ACCELERATORS]
    traces = bench.run(
        [device.beats(each) for device, each in zip(DEVICES, packets, strict=True)],
        output_frames=[FRAMES * a.output.beats for a in ACCELERATORS],
    )
    accelerator, trace = ACCELERATORS[1], traces[1]
    assert np.array_equal(np.diff(trace.taken), np.ones(FRAMES - 1))
    assert np.array_equal(np.diff(trace.seen), np.ones(FRAMES - 1))
    queues = sum(stream.fifo_depth > 2 for stream in accelerator.streams)
    latency = 2 + sum(stage.unit.latency for stage in accelerator.stages) + 2 * queues
    assert np.array_equal(trace.seen - trace.taken, np.full(FRAMES, latency))


def test_files(tmp_path: Path) -> None:
    accelerator = folded()
    emit(accelerator, tmp_path)
    listed = (tmp_path / "files.f").read_text().split()
    assert listed[-1] == "folded.sv"
    assert sorted(listed) == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.sv"))
    for stage in accelerator.stages:
        sources = [str(path.relative_to(tmp_path)) for path in stage_sources(tmp_path, stage)]
        assert sources[-1] == f"{stage.name}.sv"
        assert set(sources) <= set(listed)
        assert isinstance(stage.unit, DenseUnit) == ("lib/ff_dense.sv" in sources)
    weights = (tmp_path / "weights" / "folded_s0" / "weights.mem").read_text().split()
    (memory,) = accelerator.stages[0].unit.memories()
    assert tuple(int(word, 16) for word in weights) == memory.words


def test_every_module_follows_those_it_uses(tmp_path: Path) -> None:
    emit(folded(), tmp_path)
    listed = (tmp_path / "files.f").read_text().split()
    for index, source in enumerate(listed):
        names = {Path(later).stem for later in listed[index + 1 :]}
        lines = (tmp_path / source).read_text().splitlines()
        assert names.isdisjoint(line.split()[0] for line in lines if line.strip().endswith("#("))
