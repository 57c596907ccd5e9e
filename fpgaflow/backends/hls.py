"""Writes the Vitis HLS C++ project of an accelerator.

A unit needs a template ``templates/hls/units/<kind>.hpp.j2`` and the library header it calls, nothing here: a template
gets the stage, its unit, the unit's memories as C++ arrays and the functions of ``_NAMES``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from fpgaflow.backends.render import render
from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, Format, IntArray, Rounding
from fpgaflow.resources import data_path
from fpgaflow.units.base import WIDEST_BEAT, Accelerator, Memory, Stage, Stream

CLOCK_UNCERTAINTY = "27%"  # Vitis HLS's own default, said aloud
TEST_FRAMES = 4

_ROUNDING: Final = {
    Rounding.FLOOR: "AP_TRN",
    Rounding.TO_ZERO: "AP_TRN_ZERO",
    Rounding.HALF_UP: "AP_RND",
    Rounding.HALF_DOWN: "AP_RND_MIN_INF",
    Rounding.HALF_TO_ZERO: "AP_RND_ZERO",
    Rounding.HALF_AWAY: "AP_RND_INF",
    Rounding.HALF_EVEN: "AP_RND_CONV",
}


@dataclass(frozen=True)
class ChunkedMemory:
    """A memory as the C++ array ``chunk_type name[len(words)][chunks]``; ``words`` are the initializers, in hex."""

    name: str
    width: int
    chunk_type: str
    chunks: int
    words: tuple[tuple[str, ...], ...]


def chunked(memory: Memory, stage: str) -> ChunkedMemory:
    """``memory`` of ``stage`` in chunks of a built-in type: the narrowest that holds a word, or several of 64 bits."""
    bits = next((bits for bits in (8, 16, 32, 64) if memory.width <= bits), 64)
    chunks = -(-memory.width // bits)
    mask = (1 << bits) - 1
    words = tuple(tuple(f"{word >> (bits * chunk) & mask:#x}" for chunk in range(chunks)) for word in memory.words)
    return ChunkedMemory(f"{stage}_{memory.name}", memory.width, f"std::uint{bits}_t", chunks, words)


def format_type(format: Format) -> str:
    """The library's type of a format."""
    if isinstance(format, BipolarFormat):
        return "fpgaflow::Bipolar"
    return f"fpgaflow::{'Signed' if format.signed else 'Unsigned'}<{format.width}>"


def integer_type(values: IntArray) -> str:
    """The narrowest built-in signed type that holds ``values``."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    bits = next(bits for bits in (8, 16, 32, 64) if -(1 << (bits - 1)) <= low and high < 1 << (bits - 1))
    return f"std::int{bits}_t"


def rounding(mode: Rounding) -> str:
    """The vendor's name of a rounding mode."""
    return _ROUNDING[mode]


def constant(value: int) -> str:
    """A 64-bit integer literal."""
    return f"{value}LL"


def data_width(stream: Stream) -> int:
    """Bits of TDATA: a beat in whole bytes."""
    return 8 * -(-stream.width // 8)


_NAMES: Final[dict[str, Callable[..., object]]] = {
    "format_type": format_type,
    "integer_type": integer_type,
    "rounding": rounding,
    "constant": constant,
    "data_width": data_width,
}


def emit(accelerator: Accelerator, folder: Path, *, part: str, clock_mhz: float) -> None:
    """Write the whole project of ``accelerator`` into the empty ``folder``: sources, library, testbench and scripts.

    The testbench gets a few random frames; ``write_test_frames`` replaces them. Raises FF205 if a stream is wider than
    Vitis HLS's integers.
    """
    widest = max(data_width(stream) for stream in accelerator.streams)
    if widest > WIDEST_BEAT:
        raise FlowError(
            "FF205",
            f"a stream of {widest} bits is too wide for Vitis HLS",
            reason=f"its integers end at {WIDEST_BEAT} bits",
            hint="fold the layers more (a lower --target-fps), or use the RTL backend",
        )
    copy_library(folder)
    values = {
        "accelerator": accelerator,
        "widest": widest,
        "part": part,
        "period": f"{1000 / clock_mhz:.3f}",
        "uncertainty": CLOCK_UNCERTAINTY,
        **_NAMES,
    }
    for template, path in (
        ("hls/top.hpp.j2", f"src/{accelerator.name}.hpp"),
        ("hls/top.cpp.j2", f"src/{accelerator.name}.cpp"),
        ("hls/stages.hpp.j2", "src/stages.hpp"),
        ("hls/design.hpp.j2", "tb/design.hpp"),
        ("hls/README.md.j2", "README.md"),
        ("tcl/run_hls.tcl.j2", "run_hls.tcl"),
        ("tcl/hls_config.cfg.j2", "hls_config.cfg"),
    ):
        render(template, folder / path, **values)
    for stage in accelerator.stages:
        emit_stage(stage, folder / "src")
    frames = _random_frames(accelerator.input, TEST_FRAMES)
    write_test_frames(folder, frames, accelerator.evaluate(frames))


def write_test_frames(folder: Path, frames: IntArray, expected: IntArray) -> None:
    """Give the testbench in ``folder`` stored integers to run, (frames, elements), and what it must see."""
    np.savetxt(folder / "tb" / "input_frames.txt", frames, fmt="%d")
    np.savetxt(folder / "tb" / "expected_frames.txt", expected, fmt="%d")


def copy_library(folder: Path) -> None:
    """Put the library headers into ``folder/include``, the stand-in and the testbench beside it."""
    library = data_path("hls_lib")
    shutil.copytree(library / "fpgaflow", folder / "include" / "fpgaflow")
    shutil.copytree(library / "stand_in", folder / "stand_in")
    (folder / "tb").mkdir()
    for name in ("frame_io.hpp", "testbench.cpp"):
        shutil.copy(data_path("sim") / "hls" / name, folder / "tb" / name)


def emit_stage(stage: Stage, sources: Path) -> None:
    """Write ``stages/<stage>.hpp``, and ``memories/<stage>.hpp`` if the unit has any, below ``sources``."""
    memories = [chunked(memory, stage.name) for memory in stage.unit.memories()]
    values = {"stage": stage, "unit": stage.unit, "memories": memories, **_NAMES}
    if memories:
        render("hls/memories.hpp.j2", sources / "memories" / f"{stage.name}.hpp", **values)
    render(f"hls/units/{stage.unit.kind}.hpp.j2", sources / "stages" / f"{stage.name}.hpp", **values)


def _random_frames(stream: Stream, count: int) -> IntArray:
    codes = np.random.default_rng(0).integers(0, 1 << stream.format.width, (count, stream.elements), dtype=np.int64)
    return stream.format.decode(codes)
