"""The sliding window's values and order, and its line buffer: large enough, and not larger than it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.backends.rtl import stage_sources
from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.toolchain.yosys import SynthesisJob, synthesize
from fpgaflow.units.base import Stage
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.window import WindowUnit
from tests.rtl.bench import Case, write_bench
from tests.units.windows import NAMED, random_windows, window

UNITS = {**NAMED, **random_windows(0, 60)}


def frames_for(unit: WindowUnit, count: int) -> IntArray:
    codes = np.random.default_rng(1).integers(0, 1 << unit.format.width, (count, unit.input_elements))
    return unit.format.decode(codes)


def by_loops(unit: WindowUnit, frame: IntArray) -> list[int]:
    """The definition, element by element."""
    image = frame.reshape(unit.height, unit.width, unit.channels)
    top, left = unit.pads[:2]
    values = []
    for y in range(unit.output_height):
        for x in range(unit.output_width):
            for i in range(unit.kernel[0]):
                for j in range(unit.kernel[1]):
                    row = y * unit.stride[0] - top + i * unit.dilation[0]
                    column = x * unit.stride[1] - left + j * unit.dilation[1]
                    inside = 0 <= row < unit.height and 0 <= column < unit.width
                    values += image[row, column].tolist() if inside else [unit.pad_value] * unit.channels
    return values


@pytest.mark.parametrize("name", UNITS)
def test_values_and_order(name: str) -> None:
    unit = UNITS[name]
    frames = frames_for(unit, 2)
    assert unit.evaluate(frames).tolist() == [by_loops(unit, frame) for frame in frames]


def test_output_shape() -> None:
    """ONNX's formula: floor((size + pads - ((kernel - 1) * dilation + 1)) / stride) + 1."""
    unit = window((10, 11, 1), (3, 2), stride=(2, 3), dilation=(2, 1), pads=(1, 0, 2, 1))
    assert (unit.output_height, unit.output_width, unit.vectors) == (5, 4, 20)
    assert unit.output_elements == 20 * 6


def test_a_dense_unit_behind_it_convolves() -> None:
    unit = window((5, 6, 4), (3, 2), stride=(2, 1), pads=(1, 0, 1, 1), lanes=2, format=FixedFormat(4, 0, True))
    random = np.random.default_rng(2)
    weights = random.integers(-4, 4, (3, 3, 2, 4))  # outputs, kernel rows, kernel columns, channels
    matrix = weights.reshape(3, -1)
    formats = (unit.format, FixedFormat(3, 0, True), FixedFormat(16, 0, True))
    dense = DenseUnit(matrix, unit.vectors, unit.lanes, 1, *formats, Multiplier.LUT, WeightStorage.LUTRAM)
    frames = frames_for(unit, 3)
    images = np.pad(frames.reshape(3, 5, 6, 4), ((0, 0), (1, 1), (0, 1), (0, 0)))
    expected = np.zeros((3, 3, 6, 3), dtype=np.int64)
    for i in range(3):
        for j in range(2):
            expected += images[:, i : i + 5 : 2, j : j + 6] @ weights[:, i, j].T
    assert np.array_equal(dense.evaluate(unit.evaluate(frames)), expected.reshape(3, -1))
    assert dense.simd == unit.output_lanes and dense.inputs * dense.vectors == unit.output_elements


def steady_cycles(unit: WindowUnit, limit: int, frames: int = 8) -> list[int]:
    """Cycles between the last outputs of frames, by the buffer's rules; none if nothing moves any more."""
    buffer = unit.buffer
    numbered = replace(unit, format=FixedFormat(40, 0, True), pad_value=-1)
    beats = np.arange(buffer.input_beats)
    taps = numbered.evaluate(np.repeat(beats, unit.lanes)[None])[0, :: unit.lanes].tolist()
    rows, columns = buffer.unsampled_rows.sampled()[0], buffer.unsampled_columns.sampled()[0]
    kept = [beat for beat in beats.tolist() if beat // buffer.groups // unit.width in rows]
    kept = [beat for beat in kept if beat // buffer.groups % unit.width in columns]
    position = {beat: index for index, beat in enumerate(kept)}
    bases = np.repeat(
        (buffer.rows.starts[:, None] * buffer.columns.size + buffer.columns.starts) * buffer.groups, buffer.taps
    )
    (least, most), memory = buffer.held_range, dict[int, int]()
    ends, taken, written, sent, waiting, cycle = [], 0, 0, 0, 0, 0
    while len(ends) < frames:
        frame, tap = divmod(sent, len(taps))
        start = frame * buffer.stored_beats
        at = 0 if tap == 0 else position.get(taps[tap], -1)
        held = written - (start + bases[tap])
        assert least <= held <= most
        step = start + at < written
        store = taken % len(beats) in position
        take = not store or held < limit
        if step and taps[tap] >= 0:
            assert memory[(start + at) % buffer.least_words] == start + at
        if take:
            if store:
                memory[written % buffer.least_words] = written
                written += 1
            taken += 1
        if step:
            sent += 1
            if tap == len(taps) - 1:
                ends.append(cycle)
        waiting = 0 if step or take else waiting + 1
        if waiting == 3:
            return []
        cycle += 1
    return np.diff(ends)[-3:].tolist()


@pytest.mark.parametrize("name", UNITS)
def test_the_line_buffer_is_large_enough(name: str) -> None:
    unit = UNITS[name]
    assert steady_cycles(unit, unit.buffer.limit) == [unit.cycles] * 3
    assert unit.words >= unit.buffer.least_words


@pytest.mark.parametrize("name", NAMED)
def test_the_line_buffer_is_not_too_large(name: str) -> None:
    """It counts whole output pixels: with one less, and without the reading delay, there is a bubble or an end."""
    buffer = UNITS[name].buffer
    less = buffer.limit - buffer.taps - buffer.groups - buffer.read_delay
    assert less <= 0 or steady_cycles(UNITS[name], less) != [UNITS[name].cycles] * 3


def test_rows_in_the_line_buffer() -> None:
    """One row less than the kernel has, and a few pixels, where padding makes up for the frame's border."""
    for size, pixels in ((3, 8), (5, 12), (7, 16)):
        border = size // 2
        unit = window((28, 28, 8), (size, size), pads=(border,) * 4, lanes=4)
        assert unit.buffer.least_words <= ((size - 1) * 28 + pixels) * 2
    assert window((56, 56, 64), (1, 1), stride=(2, 2), lanes=64).words <= 8


def test_cycles() -> None:
    """The larger of input and output; a frame alone takes the first rows more."""
    same = window((8, 8, 4), (3, 3), pads=(1, 1, 1, 1), lanes=2)
    assert same.cycles == 64 * 9 * 2 and same.cycles < same.frame_cycles < same.cycles + 2 * 16
    pool = window((8, 8, 4), (2, 2), stride=(2, 2), lanes=2)
    assert pool.cycles == 64 * 2
    sparse = window((8, 8, 4), (1, 1), stride=(2, 2), lanes=2)
    assert sparse.cycles == 64 * 2 and sparse.frame_cycles == sparse.cycles


def test_memory_of_the_estimate() -> None:
    """What the memory takes of the primitives' shapes; a power of two where that is free."""
    lutram = window((8, 8, 4), (3, 3), pads=(1, 1, 1, 1), lanes=2)
    assert (lutram.words, lutram.in_block_ram) == (64, False) and lutram.cost().bram == 0
    block = window((64, 64, 32), (3, 3), pads=(1, 1, 1, 1), lanes=8)
    assert (block.words, block.in_block_ram, block.cost().bram) == (1024, True, 1)
    odd = window((96, 96, 60), (3, 3), pads=(1, 1, 1, 1), lanes=4, format=FixedFormat(8))
    assert odd.words == odd.buffer.least_words and odd.cost().bram == 3


@pytest.mark.slow
def test_estimate_beside_yosys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Block RAM and output registers exactly; look-up tables within a sixth, other registers within a sixteenth."""
    border = (1, 1, 1, 1)
    units = {
        "lutram": window((32, 32, 16), (3, 3), pads=border, lanes=16),
        "block": window((32, 32, 16), (3, 3), stride=(2, 2), pads=border, lanes=2),
        "sampled": window((32, 32, 16), (1, 1), stride=(2, 2), lanes=8),
    }
    monkeypatch.setenv("FPGAFLOW_CACHE", str(tmp_path / "cache"))
    jobs = []
    for name, unit in units.items():
        case = Case(name, unit, unit.input_elements, unit.format, unit.output_elements, unit.format)
        folder = tmp_path / name
        folder.mkdir()
        write_bench([case], folder)
        sources = stage_sources(folder, Stage(name, name, unit, (case.input,), (case.output,)))
        jobs.append(SynthesisJob(name, name, sources, folder))
    for name, result in synthesize(jobs).items():
        assert result.counts is not None
        estimate, real = units[name].cost(), result.counts.resources
        assert estimate.bram == real.bram == (name == "block") / 2
        assert abs(estimate.lut - real.lut) < real.lut / 6, (name, estimate, real)
        assert abs(estimate.ff - real.ff) < real.ff / 16, (name, estimate, real)
