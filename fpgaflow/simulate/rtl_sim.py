"""Runs generated SystemVerilog on frames, with Verilator and the C++ harness ``sim/verilator/harness.cpp``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.resources import data_path
from fpgaflow.simulate.framing import BoolArray, ByteArray, beat_bytes, expected_frames, pack_beats, unpack_beats
from fpgaflow.simulate.interface import Interface, read_interface, write_interface
from fpgaflow.toolchain.run import run as run_program
from fpgaflow.toolchain.verilator import verilate
from fpgaflow.units.base import Stream

__all__ = ["NO_PAUSES", "Pauses", "RtlResult", "build", "read_interface", "run", "run_packets", "write_interface"]

BUILD_FOLDER = "obj_dir"
HINT = "this is a bug in fpgaflow: please report it with the build folder"


@dataclass(frozen=True)
class Pauses:
    """Random pauses: the probabilities that the input offers no beat, and that the output takes none, in a cycle."""

    seed: int = 1
    input_probability: float = 0.0
    output_probability: float = 0.0

    def __post_init__(self) -> None:
        assert 0 <= self.input_probability < 1 and 0 <= self.output_probability < 1, self


NO_PAUSES = Pauses()


@dataclass(frozen=True)
class RtlResult:
    """What came out of a simulation.

    ``outputs`` are (frames, elements) stored integers, ``flags`` each frame's TUSER. ``cycles_per_frame`` is measured
    between the last output beats of frames, the later half of those behind which others come in, ``latency_cycles`` from the
    first input beat of frame 0 to its last output beat, both ends counted; a single frame has its latency for both.
    """

    outputs: IntArray
    flags: BoolArray
    cycles_per_frame: float
    latency_cycles: int
    total_cycles: int


def build(folder: Path) -> Path:
    """The simulation's executable for the hardware in ``folder`` (``files.f``, ``interface.json``), made if need be."""
    interface = read_interface(folder)
    return verilate(
        folder,
        top=interface.module,
        sources=("-f", "files.f"),
        main=data_path("sim") / "verilator" / "harness.cpp",
        build=folder / BUILD_FOLDER / "harness",
        compile_flags=(
            f"-DFPGAFLOW_INPUT_BYTES={beat_bytes(interface.input)}",
            f"-DFPGAFLOW_OUTPUT_BYTES={beat_bytes(interface.output)}",
        ),
    )


def run(folder: Path, frames: IntArray, *, pauses: Pauses = NO_PAUSES) -> RtlResult:
    """Simulate the hardware in ``folder`` on (frames, elements) stored integers, sent back to back.

    Raises FF701 if it hangs, breaks the AXI4-Stream protocol, misplaces TLAST or TUSER, sends too much, or flags a frame.
    """
    result = run_packets(folder, list(frames), pauses=pauses)
    if result.flags.any():
        raise FlowError(
            "FF701",
            f"the RTL flags frame {int(np.argmax(result.flags))}, which has the right length",
            reason="TUSER is set in its output",
            hint=HINT,
        )
    return result


def run_packets(folder: Path, packets: Sequence[IntArray], *, pauses: Pauses = NO_PAUSES) -> RtlResult:
    """Like ``run`` for packets of any length, each ended by TLAST; a packet is a 1-D array of whole beats.

    The outputs are those of the frames that ``framing.expected_frames`` lists. Whether the flags are right is left to
    the caller.
    """
    interface = read_interface(folder)
    program = build(folder)
    place = folder.resolve() / BUILD_FOLDER
    expected = len(expected_frames(packets, interface.input)[1])
    _write_input(packets, interface.input, place / "input.bin")
    run_program(
        [
            program,
            place / "input.bin",
            place / "output.bin",
            place / "summary.txt",
            str(expected * interface.output.beats),
            str(interface.silence_cycles),
            str(pauses.seed),
            str(pauses.input_probability),
            str(pauses.output_probability),
            "+verilator+rand+reset+2",
            f"+verilator+seed+{pauses.seed}",
        ],
        tool="the RTL simulation",
        cwd=folder,
        log=place / "simulation.log",
    )
    summary = dict(line.split() for line in (place / "summary.txt").read_text().splitlines())
    records = np.fromfile(place / "output.bin", dtype=_output_record(interface.output))
    _check(summary, records, interface, expected, sum(map(len, packets)) // interface.input.lanes)
    return _result(summary, records, interface.output, expected)


def _write_input(packets: Sequence[IntArray], stream: Stream, path: Path) -> None:
    """The harness's input file: for each beat a byte TLAST and the bytes of TDATA."""
    lengths = [len(packet) // stream.lanes for packet in packets]
    elements = np.concatenate(packets) if packets else np.zeros(0, dtype=np.int64)
    beat = Stream(stream.name, stream.lanes, stream.lanes, stream.format)
    data = pack_beats(elements.reshape(-1, stream.lanes), beat)[:, 0]
    records = np.zeros((len(data), 1 + beat_bytes(stream)), dtype=np.uint8)
    records[np.cumsum(lengths) - 1, 0] = 1
    records[:, 1:] = data
    records.tofile(path)


def _output_record(stream: Stream) -> np.dtype[np.void]:
    """One beat in the harness's output file."""
    return np.dtype([("cycle", "<u8"), ("last", "u1"), ("user", "u1"), ("data", "u1", (beat_bytes(stream),))])


def _check(
    summary: dict[str, str], records: npt.NDArray[np.void], interface: Interface, expected: int, input_beats: int
) -> None:
    """Raise FF701 unless exactly the expected frames came, by the protocol and with TLAST at each one's end."""
    beats = interface.output.beats
    place = f"frame {len(records) // beats}, beat {len(records) % beats}"
    last = np.arange(len(records)) % beats == beats - 1
    misplaced = np.flatnonzero(records["last"] != last)
    if summary["end"] == "protocol":
        what = "the RTL breaks the AXI4-Stream protocol at its output"
        reason = f"{place} was withdrawn or changed before it was taken"
    elif len(misplaced):
        frame, beat = divmod(int(misplaced[0]), beats)
        what = "the RTL sets TLAST in the wrong place"
        state = "no TLAST" if last[misplaced[0]] else "TLAST"
        reason = f"frame {frame} has {state} at beat {beat} of its {beats}"
    elif summary["end"] == "silent":
        what = f"the RTL hangs: {len(records) // beats} of {expected} frames came out"
        reason = (
            f"for {interface.silence_cycles} clock cycles nothing was transferred; {summary['accepted']} of "
            f"{input_beats} input beats were taken, and the output waits at {place}"
        )
    elif summary["end"] == "surplus":
        what = f"the RTL sends more than the {expected} frames expected"
        reason = f"a beat followed after frame {expected - 1}"
    else:
        return
    raise FlowError("FF701", what, reason=reason, hint=HINT)


def _result(summary: dict[str, str], records: npt.NDArray[np.void], stream: Stream, expected: int) -> RtlResult:
    data: ByteArray = records["data"].reshape(expected, stream.beats, beat_bytes(stream))
    user = records["user"].reshape(expected, stream.beats)
    early = np.flatnonzero(user[:, :-1].any(axis=1))
    if len(early):
        raise FlowError(
            "FF701",
            f"the RTL sets TUSER in the middle of frame {early[0]}",
            reason="only the beat with TLAST flags a frame",
            hint=HINT,
        )
    ends = records["cycle"].reshape(expected, stream.beats)[:, -1].astype(np.int64)
    latency = int(ends[0]) - int(summary["first_accepted"]) + 1
    # frames that end while others come in behind; if there are too few, all but the last
    behind = int(np.searchsorted(ends, int(summary["last_accepted"]), side="right"))
    count = behind if behind > 2 else max(expected - 1, 2)
    steady = ends[(count - 1) // 2 : count]
    return RtlResult(
        outputs=unpack_beats(data, stream),
        flags=user[:, -1] != 0,
        cycles_per_frame=float((steady[-1] - steady[0]) / (len(steady) - 1)) if len(steady) > 1 else float(latency),
        latency_cycles=latency,
        total_cycles=int(summary["cycles"]),
    )
