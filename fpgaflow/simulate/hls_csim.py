"""C++ simulation of a generated Vitis HLS project: compiled with an ordinary compiler, run on batches of frames."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.resources import data_path
from fpgaflow.simulate.framing import BoolArray
from fpgaflow.toolchain.run import run as run_program

# Pragmas mean something to Vitis HLS only.
FLAGS = ("-std=c++14", "-O2", "-Wall", "-Wextra", "-Wno-unknown-pragmas")


def build(folder: Path, *, include: Path | None = None, compiler: str = "g++", extra_flags: Sequence[str] = ()) -> Path:
    """Compile the project in ``folder`` (written by ``backends.hls.emit``) with the batch harness; return the program.

    ``include`` is a folder of the vendor's headers to use instead of the stand-in. Raises FF504 if there is no project,
    FF601 if the compiler is missing, FF602 if it fails.
    """
    sources = sorted((folder / "src").resolve().glob("*.cpp"))
    if not sources:
        raise FlowError(
            "FF504",
            f"'{folder}' is not a folder with generated C++",
            reason="it has no src/*.cpp",
            hint="give the folder that `fpgaflow build` wrote the C++ into, or build again",
        )
    program = _program(folder)
    program.parent.mkdir(exist_ok=True)
    if include is None:
        headers: list[str | Path] = ["-Istand_in"]
    else:  # as system headers; what they lack (ap_axi_sdata.h) the stand-in has; their constructors read unset bits
        headers = ["-isystem", include.resolve(), "-isystem", "stand_in", "-Wno-uninitialized"]
    harness = data_path("sim") / "hls" / "batch.cpp"
    flags = [*FLAGS, *extra_flags, "-Isrc", "-Iinclude", "-Itb", *headers]
    run_program(
        [compiler, *flags, *sources, harness, "-o", program.resolve()],
        tool="the C++ compiler",
        cwd=folder,
        log=program.parent / "build.log",
    )
    return program


def run(folder: Path, frames: IntArray) -> IntArray:
    """Run ``frames`` of stored integers, (frames, elements), through the program that ``build`` made or makes now.

    Returns (frames, output elements) stored integers. Raises what ``build`` does, FF602 if the design fails, FF701 if
    it flags a frame.
    """
    outputs, flags = run_packets(folder, list(frames))
    if flags.any():
        raise FlowError(
            "FF701",
            f"the C++ flags frame {int(np.argmax(flags))}",
            reason="TUSER is set in its output, so the frame has not the length that the design expects",
            hint="this is a bug in fpgaflow: please report it with the build folder",
        )
    return outputs


def run_packets(folder: Path, packets: Sequence[IntArray]) -> tuple[IntArray, BoolArray]:
    """Like ``run`` for packets of any length, each ended by TLAST; a packet is a 1-D array of whole beats.

    Returns the frames that ``framing.expected_frames`` lists, evaluated, and each frame's TUSER.
    """
    program = _program(folder)
    if not _is_current(program, folder):
        build(folder)
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        source, result = Path(scratch).resolve() / "input.bin", Path(scratch).resolve() / "output.bin"
        source.write_bytes(b"".join(np.concatenate([[len(p)], p]).astype(np.int64).tobytes() for p in packets))
        run_program(
            [program.resolve(), source, result],
            tool="the C++ simulation",
            cwd=folder,
            log=program.parent / "run.log",
        )
        data = np.fromfile(result, dtype=np.int64)
    rows = data[1:].reshape(-1, int(data[0]))
    return rows[:, :-1], rows[:, -1] != 0


def _is_current(program: Path, folder: Path) -> bool:
    """True if the program is there and no file it is made of was changed since."""
    files = (file for part in ("src", "include", "tb") for file in (folder / part).rglob("*"))
    return program.is_file() and all(file.stat().st_mtime_ns <= program.stat().st_mtime_ns for file in files)


def _program(folder: Path) -> Path:
    return folder / "csim" / "batch"
