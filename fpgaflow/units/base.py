"""What a hardware unit is: a streaming module that both backends know under the same name and parameters.

A *stream* carries frames as beats of ``lanes`` elements; lane 0 is in the least significant bits, element
``beat * lanes + lane`` is in that lane of that beat. A *unit* reads one or more streams and writes one or more; a
*stage* is a unit with a name, in its place in the accelerator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from fpgaflow.fixed import Format, IntArray
from fpgaflow.units.schedule import Schedule

WIDEST_BEAT = 4096
"""Bits; the integers of Vitis HLS end there."""


@dataclass(frozen=True)
class Resources:
    """Amounts of the four resources that fill up; ``bram`` counts BRAM36 blocks and may be a multiple of 0.5."""

    lut: float = 0
    ff: float = 0
    bram: float = 0
    dsp: float = 0

    def __add__(self, other: Resources) -> Resources:
        return Resources(self.lut + other.lut, self.ff + other.ff, self.bram + other.bram, self.dsp + other.dsp)

    def fits(self, limit: Resources) -> bool:
        return self.lut <= limit.lut and self.ff <= limit.ff and self.bram <= limit.bram and self.dsp <= limit.dsp


@dataclass(frozen=True)
class Memory:
    """A read-only memory: ``words[address]`` is a non-negative Python integer of ``width`` bits."""

    name: str
    width: int
    words: tuple[int, ...]


@dataclass(frozen=True)
class Stream:
    """Frames of ``elements`` values of ``format``, ``lanes`` a beat; the FIFO in it holds ``fifo_depth`` beats."""

    name: str
    elements: int
    lanes: int
    format: Format
    fifo_depth: int = 2

    def __post_init__(self) -> None:
        assert self.elements % self.lanes == 0, self

    @property
    def beats(self) -> int:
        return self.elements // self.lanes

    @property
    def width(self) -> int:
        """Bits of one beat."""
        return self.lanes * self.format.width


class Unit(Protocol):
    """The faces of a hardware unit. Implementations are frozen dataclasses, one a file in ``fpgaflow/units/``.

    ``kind`` names the unit in reports and its two templates, ``templates/hls/units/<kind>.hpp.j2`` and
    ``templates/rtl/units/<kind>.sv.j2``, which instantiate ``hls_lib/fpgaflow/<…>.hpp`` and ``rtl_lib/<…>.sv``.
    """

    kind: ClassVar[str]

    def __hash__(self) -> int: ...

    @property
    def input_lanes(self) -> int:
        """Elements a beat of each stream it reads."""
        ...

    @property
    def output_lanes(self) -> int:
        """Elements a beat of each stream it writes."""
        ...

    @property
    def cycles(self) -> int:
        """Clock cycles between two frames in steady state, with neighbours that never stall it."""
        ...

    @property
    def latency(self) -> int:
        """Clock cycles from the last beat needed for an output beat to that output beat (RTL pipeline depth)."""
        ...

    def evaluate(self, *inputs: IntArray) -> IntArray:
        """(frames, elements) stored integers of each input -> those of every output, which all carry the same."""
        ...

    def schedule(self) -> Schedule:
        """The order of a frame's beats in and out, as ``cycles`` counts them."""
        ...

    def cost(self) -> Resources:
        """Estimated resources on UltraScale+."""
        ...

    def memories(self) -> tuple[Memory, ...]:
        """Read-only memories that the RTL loads with $readmemh, in the order its template names them."""
        ...


@dataclass(frozen=True)
class Stage:
    """A unit in its place: ``name`` is an identifier unique in the accelerator, ``node`` the graph node it computes."""

    name: str
    node: str
    unit: Unit
    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]


@dataclass(frozen=True)
class Accelerator:
    """All stages in topological order: a stage's inputs are ``input`` and outputs of stages before it.

    ``input`` and ``output`` are the streams at the AXI4-Stream ports (after the frame check, before TLAST is made). A
    stream has one reader, or none: then its beats are thrown away.
    """

    name: str
    stages: tuple[Stage, ...]
    input: Stream
    output: Stream
    flag_depth: int = field(default=64)

    def __post_init__(self) -> None:
        waiting = {self.input.name}
        for stage in self.stages:
            sources, targets = ({stream.name for stream in streams} for streams in (stage.inputs, stage.outputs))
            assert sources <= waiting, f"{stage.name} reads what is not there, or what another stage has read"
            waiting = (waiting - sources) | targets
        assert self.output.name in waiting, f"the output {self.output.name} is not there, or a stage has read it"

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream once, the input first."""
        seen: dict[str, Stream] = {self.input.name: self.input}
        for stage in self.stages:
            seen.update({stream.name: stream for stream in stage.outputs})
        return tuple(seen.values())

    @property
    def unread(self) -> tuple[Stream, ...]:
        """Streams that no stage reads and that are not the output."""
        read = {self.output.name, *(stream.name for stage in self.stages for stream in stage.inputs)}
        return tuple(stream for stream in self.streams if stream.name not in read)

    def evaluate_streams(self, frames: IntArray) -> dict[str, IntArray]:
        """Input frames (frames, elements) -> the frames of every stream by its name."""
        values = {self.input.name: frames}
        for stage in self.stages:
            result = stage.unit.evaluate(*(values[stream.name] for stream in stage.inputs))
            values.update({stream.name: result for stream in stage.outputs})
        return values

    def evaluate(self, frames: IntArray) -> IntArray:
        """Input frames (frames, elements) -> output frames."""
        return self.evaluate_streams(frames)[self.output.name]


def pack(codes: npt.NDArray[np.int64], width: int) -> int:
    """Non-negative integers of ``width`` bits -> one word, the first in the least significant bits."""
    word = 0
    for code in reversed(codes.ravel().tolist()):
        word = (word << width) | code
    return word
