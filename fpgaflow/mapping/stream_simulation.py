"""Simulates the streams of an accelerator, cycle by cycle and without data: its speed, its latency, what its FIFOs hold.

A unit is known by its ``schedule()`` and its ``latency``; the registers are those of the RTL (``stream_kernel.py``), so
every beat moves in the same cycle. The source always sends, if it is not told to keep a pace, and the sink always takes.
Which beats a unit needs does not depend on time, so a network that does not deadlock here never does, however its ends stall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.fifo import REGISTERS
from fpgaflow.units.line_buffer import READ_DELAY
from fpgaflow.units.schedule import Buffered, Line, Steps
from fpgaflow.units.skid import without_skid
from fpgaflow.units.width_adapter import WidthAdapterUnit

MAX_INNER = 62
"""Pipeline registers that a number has bits for; a longer pipeline counts as one of these."""


@dataclass(frozen=True)
class Simulation:
    """What a simulation saw. ``ends`` has the cycle of each frame's last output beat, counted from the first input beat.

    ``occupancy`` is the most beats in each stream's FIFO, not counting its output register; ``frames_on_the_way`` the most
    frames that had come in and not yet left. ``waits`` is empty, or says of each stage what it waits for: a deadlock.
    ``gaps`` has the most cycles that each line of windows waited for the next frame.
    """

    ends: tuple[int, ...]
    occupancy: dict[str, int]
    frames_on_the_way: int
    waits: tuple[str, ...]
    gaps: dict[str, int]

    @property
    def latency(self) -> int:
        """Cycles from the first input beat to the last output beat of its frame, at the ports."""
        return self.ends[0]

    @property
    def cycles_per_frame(self) -> float:
        """In steady state: over the later half of the frames. 0 for less than two frames, infinite in a deadlock."""
        if self.waits:
            return float("inf")
        later = self.ends[(len(self.ends) - 1) // 2 :]
        return (later[-1] - later[0]) / (len(later) - 1) if len(later) > 1 else 0.0


class StreamModel:
    """An accelerator's stages as flat arrays, to be simulated with several depths of its FIFOs.

    With ``in_turn`` it is what Vitis HLS makes of the C++, as far as a deadlock is concerned: a unit with a memory waits for
    each beat that it has room for (``lockstep``), and a stream holds as many beats as it is deep, or more.
    """

    def __init__(self, accelerator: Accelerator, *, in_turn: bool = False) -> None:
        self.accelerator, self.in_turn = accelerator, in_turn
        self.numbers = {stream.name: number for number, stream in enumerate(accelerator.streams)}
        self.slowest = max(stage.unit.cycles for stage in accelerator.stages)
        """Cycles of a frame in the slowest stage."""
        self._flatten()

    def run(self, depths: Mapping[str, int] | None = None, *, period: int = 0, frames: int = 32) -> Simulation:
        """Simulate frames until they repeat, at most so many; stands in for the streams' own depths where given.

        A depth of two is no FIFO. With a ``period`` the source spreads each frame's beats evenly over as many cycles.
        """
        from fpgaflow.mapping.stream_kernel import DEADLOCK, OUT_OF_TIME, simulate  # noqa: PLC0415 - takes a second

        depths = depths or {}
        given = [depths.get(stream.name, stream.fifo_depth) for stream in self.accelerator.streams]
        # registers before and behind a FIFO hold a beat each
        sizes = np.array([depth - 2 * self.in_turn if depth > REGISTERS else 0 for depth in given], dtype=np.int64)
        status, ends, most, on_the_way, positions, held, gaps = simulate(*self._arrays, sizes, period, frames, 1 << 62)
        assert status != OUT_OF_TIME
        waits = tuple(self._waits(positions.tolist(), held.tolist())) if status == DEADLOCK else ()
        occupancy = {name: int(most[number]) for name, number in self.numbers.items()}
        names = [stage.name for stage in self.accelerator.stages]
        between = dict(zip(names, gaps[1:-1].tolist(), strict=True))
        return Simulation(tuple((ends + 1).tolist()), occupancy, int(on_the_way), waits, between)

    def _flatten(self) -> None:
        from fpgaflow.mapping.stream_kernel import PLAIN, SINK, SKID, SOURCE  # noqa: PLC0415

        source, sink, flag_depth = self.accelerator.input, self.accelerator.output, self.accelerator.flag_depth
        # nobody reads them, so they never hold anything up
        unread = {stream.name for stream in self.accelerator.unread}
        plain = without_skid(self.accelerator)
        flat = [
            _Flat(SOURCE, source.beats, (), (source,), PLAIN if self.in_turn else SKID),
            *(
                _in_turn(stage) if self.in_turn else _flat(stage, skid=stage.name not in plain)
                for stage in self.accelerator.stages
            ),
            _Flat(SINK, sink.beats, (sink,), (), PLAIN),
        ]
        self.slowest = max([self.slowest, *(len(each.program) for each in flat if self.in_turn)])
        self._arrays = (
            _array(each.kind for each in flat),
            _array(each.output for each in flat),
            _array(each.registers for each in flat),
            _array(each.patience for each in flat),
            *self._wires([each.inputs for each in flat]),
            *self._wires([tuple(to for to in each.outputs if to.name not in unread) for each in flat]),
            _starts(each.program for each in flat),
            _array(each.words for each in flat),
            np.concatenate([each.program for each in flat]),
            _starts(each.frees for each in flat),
            np.concatenate([each.frees for each in flat]),
            _array(len(each.frees) for each in flat),
            # behind the FIFO stands a register; two flags lie in registers alone
            flag_depth + 1 if flag_depth > REGISTERS else REGISTERS,
            2 if flag_depth > REGISTERS else 1,
        )

    def _wires(self, streams: list[tuple[Stream, ...]]) -> tuple[IntArray, IntArray]:
        """Where each stage's begin, and the numbers of all."""
        starts = [0, *accumulate(len(own) for own in streams)]
        return _array(starts), _array([self.numbers[stream.name] for own in streams for stream in own])

    def _waits(self, positions: list[int], held: list[int]) -> list[str]:
        """What keeps each stage from going on; the positions are those of the source, the stages and the sink."""
        beats = dict(zip(self.numbers, held, strict=True))
        found = []
        for stage, position in zip(self.accelerator.stages, positions[1:-1], strict=True):
            missing = [stream.name for stream in _wanted(stage, position) if not beats[stream.name]]
            full = [stream.name for stream in stage.outputs if beats[stream.name]]
            if missing:
                found.append(f"{stage.name} waits for a beat of {', '.join(missing)}")
            if full:
                found.append(f"{stage.name} waits for room in {', '.join(full)}")
        return found


@dataclass(frozen=True, eq=False)
class _Flat:
    """A stage as ``simulate`` wants it."""

    kind: int
    words: int
    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]
    output: int
    program: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    frees: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    registers: int = 0
    patience: int = 0


def _flat(stage: Stage, *, skid: bool) -> _Flat:
    """As the RTL has it."""
    from fpgaflow.mapping.stream_kernel import BUFFERED, EMPTIED, LINE, PLAIN, SKID, STEPS  # noqa: PLC0415

    schedule, streams, unit = stage.unit.schedule(), (stage.inputs, stage.outputs), stage.unit
    registers = min(unit.latency - 1, MAX_INNER)
    if isinstance(schedule, Line):
        return _Flat(LINE, schedule.cycles, *streams, SKID, *_line(schedule), registers, schedule.patience)
    if isinstance(schedule, Buffered):
        # a beat is written before it can be read
        needs, frees = schedule.needs.astype(np.int64), schedule.frees.astype(np.int64)
        return _Flat(BUFFERED, len(needs), *streams, SKID, needs, frees, max(0, registers - 1))
    program = _shortest(_words(schedule))
    widens = isinstance(unit, WidthAdapterUnit) and unit.output_lanes > unit.input_lanes
    output = EMPTIED if widens else SKID if skid else PLAIN
    return _Flat(STEPS, len(program), *streams, output, program, registers=registers)


def _in_turn(stage: Stage) -> _Flat:
    """As the C++ has it: a call does not see the next frame, and goes on without its beats."""
    from fpgaflow.mapping.stream_kernel import PLAIN, STEPS, lockstep  # noqa: PLC0415

    schedule = stage.unit.schedule()
    if isinstance(schedule, Steps):
        program = _shortest(_words(schedule))
    else:
        program = lockstep(schedule.needs.astype(np.int64), schedule.frees.astype(np.int64), READ_DELAY)
    return _Flat(STEPS, len(program), stage.inputs, stage.outputs, PLAIN, program)


def _line(schedule: Line) -> tuple[IntArray, IntArray]:
    """Bit 0 of a place: a beat enters, bit 1: it completes the first window. From there on, whether a place has a window."""
    places = np.zeros(schedule.cycles, dtype=np.int64)
    places[schedule.arrivals] = 1
    places[schedule.completions[0]] |= 2
    behind_first = schedule.completions - schedule.completions[0]
    windows = np.zeros(behind_first[-1] + 1, dtype=np.int64)
    windows[behind_first] = 1
    return places, windows


def _words(schedule: Steps) -> IntArray:
    """Bit 0 of a step says that it gives, bit i + 1 that it takes input i."""
    found: IntArray = schedule.gives.astype(np.int64)
    for index, takes in enumerate(schedule.takes):
        found |= takes.astype(np.int64) << (index + 1)
    return found


def _shortest(program: IntArray) -> IntArray:
    """The shortest part that, repeated, is the program."""
    count = len(program)
    lengths = np.flatnonzero(count % np.arange(1, count + 1) == 0) + 1
    length = next(part for part in lengths if np.array_equal(program[part:], program[:-part]))
    return program[:length]


def _wanted(stage: Stage, position: int) -> tuple[Stream, ...]:
    """The streams of which a stage needs a beat to go on."""
    schedule = stage.unit.schedule()
    if isinstance(schedule, Buffered):
        return stage.inputs
    takes = schedule.takes[:, position]
    return tuple(stream for stream, needed in zip(stage.inputs, takes, strict=True) if needed)


def _starts(parts: Iterable[IntArray]) -> IntArray:
    """Where each begins when they lie one behind the other."""
    return _array([0, *accumulate(len(part) for part in parts)])


def _array(numbers: Iterable[int]) -> IntArray:
    return np.array(list(numbers), dtype=np.int64)
