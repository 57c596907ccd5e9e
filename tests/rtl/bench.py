"""Simulates many stages in one Verilated model and compares each with its unit.

A ``Bench`` puts several devices side by side: stages, emitted from their units, or modules from templates of this folder.
``run`` feeds every one with frames, with or without random pauses at both ends, and gives for each the frames that came
out and the cycles in which beats moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fpgaflow.backends.rtl import add_library, emit_stage
from fpgaflow.fixed import Format, IntArray
from fpgaflow.simulate.framing import beat_bytes, pack_beats, unpack_beats
from fpgaflow.toolchain.run import run
from fpgaflow.toolchain.verilator import verilate
from fpgaflow.units.base import Stage, Stream, Unit

HERE = Path(__file__).parent
ALWAYS = 256
WIDE = 3
"""Words of the narrowest port that Verilator makes an array of words of, as the harness takes all of them for."""
Words = npt.NDArray[np.uint32]


class Device(Protocol):
    """What can stand on the bench: a module with a stage's ports and streams."""

    @property
    def name(self) -> str: ...

    @property
    def input(self) -> Stream: ...

    @property
    def output(self) -> Stream: ...

    def emit(self, folder: Path) -> list[Path]:
        """Write the module; returns its files, which may use the library."""
        ...


@dataclass(frozen=True)
class Case:
    """A unit with the formats and elements of its two streams; ``skid``: see ``emit_stage``."""

    name: str
    unit: Unit
    input_elements: int
    input_format: Format
    output_elements: int
    output_format: Format
    skid: bool = True

    @property
    def input(self) -> Stream:
        return Stream("x", self.input_elements, self.unit.input_lanes, self.input_format)

    @property
    def output(self) -> Stream:
        return Stream("y", self.output_elements, self.unit.output_lanes, self.output_format)

    def emit(self, folder: Path) -> list[Path]:
        stage = Stage(self.name, self.name, self.unit, (self.input,), (self.output,))
        return emit_stage(stage, folder, skid=self.skid)


@dataclass(frozen=True)
class MultiCase:
    """A unit with several inputs or outputs; its streams lie on as many channels of the bench."""

    name: str
    unit: Unit
    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]

    def emit(self, folder: Path) -> list[Path]:
        return emit_stage(Stage(self.name, self.name, self.unit, self.inputs, self.outputs), folder)


@dataclass(frozen=True)
class Channel:
    """An input and an output of a device, which the bench drives as if they were all of it; one of them may lack."""

    name: str
    input: Stream | None
    output: Stream | None


def channels_of(device: Device | MultiCase) -> list[Channel]:
    if not isinstance(device, MultiCase):
        return [Channel(device.name, device.input, device.output)]
    return [Channel(f"{device.name}[{n}]", *ends) for n, ends in enumerate(zip_longest(device.inputs, device.outputs))]


@dataclass(frozen=True)
class Trace:
    """What a channel did: the output frames, the cycle of each input and each output beat."""

    frames: IntArray
    taken: IntArray
    seen: IntArray


class Bench:
    """The model of several devices, compiled in ``folder``; Verilator must have no warning, unless ``lint`` is false.

    What ``run`` takes and gives is by channel, which is by device if all of them are plain.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        folder: Path,
        *,
        more: Sequence[MultiCase] = (),
        lint: bool = True,
        compile_flags: Sequence[str] = (),
    ) -> None:
        self.devices, self.folder = devices, folder
        everything: list[Device | MultiCase] = [*devices, *more]
        self.channels = [channel for device in everything for channel in channels_of(device)]
        write_bench(everything, folder)
        self.model = verilate(
            folder,
            top="bench",
            sources=["-f", "files.f"],
            main=HERE / "harness.cpp",
            build=folder / "build",
            # loops that stay loops look like latches to it; test_tools.py lints for these without
            options=["-Wall", "-Wno-LATCH"] if lint else [],
            compile_flags=compile_flags,
        )
        said = (folder / "build" / "verilator.log").read_text()
        assert not lint or "%Warning" not in said, said

    def run(
        self,
        inputs: Sequence[IntArray],
        *,
        valid_rate: int = ALWAYS,
        ready_rate: int = ALWAYS,
        reset_cycle: int = 0,
        seed: int = 1,
        output_frames: Sequence[int] | None = None,
        pause: int = 0,
    ) -> list[Trace]:
        """Feed each device its (frames, elements); the rates are of 256, ``pause`` cycles lie behind each frame.

        Fails if not exactly all output frames come out, as many as input frames if ``output_frames`` doesn't say else.
        """
        counts = [len(frames) for frames in inputs] if output_frames is None else output_frames
        header = [seed, valid_rate, ready_rate, reset_cycle, 1_000_000, pause, len(self.channels)]
        data: list[Words] = []
        for channel, frames, count in zip(self.channels, inputs, counts, strict=True):
            words = _words(frames, channel.input) if channel.input else np.zeros((0, 0), dtype=np.uint32)
            beats = count * channel.output.beats if channel.output else 0
            header += [words.shape[1], _word_count(channel.output), len(words), beats]
            header.append(channel.input.beats if channel.input else 0)
            data.append(words.ravel())
        stimulus, result = self.folder / "stimulus.bin", self.folder / "result.bin"
        stimulus.write_bytes(np.concatenate([np.array(header, dtype=np.uint32), *data]).tobytes())
        run([self.model, stimulus, result], tool="the model", cwd=self.folder, log=self.folder / "run.log")
        return self._traces(np.frombuffer(result.read_bytes(), dtype=np.uint32), inputs, counts)

    def _traces(self, words: Words, inputs: Sequence[IntArray], counts: Sequence[int]) -> list[Trace]:
        traces, position = [], 0

        def take(count: int) -> Words:
            nonlocal position
            position += count
            return words[position - count : position]

        for channel, frames, expected in zip(self.channels, inputs, counts, strict=True):
            source, target = channel.input, channel.output
            beats = int(take(1)[0])
            taken = take(len(frames) * source.beats if source else 0).astype(np.int64)
            seen = take(beats).astype(np.int64)
            if target is None:
                traces.append(Trace(np.zeros((0, 0), dtype=np.int64), taken, seen))
                continue
            output = take(beats * _word_count(target)).reshape(beats, -1)
            assert beats == expected * target.beats, f"{channel.name}: {beats} beats for {expected} frames"
            traces.append(Trace(_frames(output, expected, target), taken, seen))
        return traces


def check_values(
    bench: Bench,
    cases: Sequence[Case],
    inputs: Sequence[IntArray],
    *,
    valid_rate: int = ALWAYS,
    ready_rate: int = ALWAYS,
    reset_cycle: int = 0,
    seed: int = 1,
) -> None:
    """Assert that what comes out of every one of the bench's ``cases`` is what its unit makes of ``inputs``."""
    traces = bench.run(inputs, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle, seed=seed)
    wrong = [
        case.name
        for case, frames, trace in zip(cases, inputs, traces, strict=True)
        if not np.array_equal(trace.frames, case.unit.evaluate(frames))
    ]
    assert wrong == []


def write_bench(devices: Sequence[Device | MultiCase], folder: Path) -> None:
    """Write the devices, the module ``bench`` around them, the library and ``files.f``."""
    modules = [module for device in devices for module in device.emit(folder)]
    ports, in_word, out_word, first = [], 0, 0, 0
    for device in devices:
        channels = channels_of(device)
        inputs, outputs = [], []
        for channel in channels:
            if channel.input:
                inputs.append({"word": in_word, "bits": channel.input.width})
            if channel.output:
                outputs.append({"word": out_word, "bits": channel.output.width})
            in_word += _word_count(channel.input)
            out_word += _word_count(channel.output)
        ports.append({"name": device.name, "first": first, "inputs": inputs, "outputs": outputs})
        first += len(channels)
    bench = folder / "bench.sv"
    words = {"in_words": max(in_word, WIDE), "out_words": max(out_word, WIDE), "channels": max(first, 32 * WIDE)}
    render("bench.sv.j2", bench, devices=ports, **words)
    add_library([*modules, bench], folder)


def render(template: str, path: Path, **values: object) -> None:
    """Render a template of this folder."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    path.write_text(environment.get_template(template).render(**values))


def random_frames(device: Device, count: int, seed: int = 0) -> IntArray:
    """Random frames of a device's input format, with its extremes."""
    return stream_frames(device.input, count, seed)


def stream_frames(stream: Stream, count: int, seed: int = 0) -> IntArray:
    """Random frames of a stream's format, with its extremes."""
    random = np.random.default_rng(seed)
    format = stream.format
    codes = random.integers(0, 1 << format.width, (count, stream.elements))
    frames = format.decode(codes)
    frames[0], frames[-1] = format.min, format.max
    return frames


def _word_count(stream: Stream | None) -> int:
    return -(-stream.width // 32) if stream else 0


def _words(frames: IntArray, stream: Stream) -> Words:
    """(frames, elements) -> (beats, 32-bit words)."""
    beats = pack_beats(frames, stream).reshape(-1, beat_bytes(stream))
    padded = np.zeros((len(beats), 4 * _word_count(stream)), dtype=np.uint8)
    padded[:, : beats.shape[1]] = beats
    return padded.view(np.uint32)


def _frames(words: Words, count: int, stream: Stream) -> IntArray:
    beats = np.ascontiguousarray(words).view(np.uint8)[:, : beat_bytes(stream)]
    return unpack_beats(beats.reshape(count, stream.beats, beat_bytes(stream)), stream)
