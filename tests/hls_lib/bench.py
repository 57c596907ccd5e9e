"""Compiles the stages of many units into one program, and runs each on random frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Template

from fpgaflow.backends.hls import emit_stage, format_type
from fpgaflow.fixed import Format, IntArray
from fpgaflow.toolchain.run import run
from fpgaflow.units.base import Stage, Stream, Unit
from tests.hls_lib.compilers import compile_cpp

TEMPLATE = Path(__file__).parent / "bench.cpp.j2"


@dataclass(frozen=True)
class Case:
    """A unit, the formats of its streams, and the input frames to try it with; ``more``: those of further inputs."""

    name: str
    unit: Unit
    input_format: Format
    output_format: Format
    frames: IntArray
    more: tuple[tuple[Format, IntArray], ...] = ()
    copies: int = 1

    @property
    def inputs(self) -> tuple[IntArray, ...]:
        return (self.frames, *(frames for _, frames in self.more))

    @property
    def expected(self) -> IntArray:
        """What each output carries."""
        return self.unit.evaluate(*self.inputs)

    @property
    def stage(self) -> Stage:
        formats = (self.input_format, *(format for format, _ in self.more))
        sources = [
            Stream(f"x{number}", frames.shape[1], self.unit.input_lanes, format)
            for number, (format, frames) in enumerate(zip(formats, self.inputs, strict=True))
        ]
        target = Stream("y", self.expected.shape[1], self.unit.output_lanes, self.output_format)
        return Stage(self.name, self.name, self.unit, tuple(sources), (target,) * self.copies)


def run_cases(
    cases: Sequence[Case], folder: Path, *, vendor: Path | None = None, compiler: str = "g++"
) -> dict[str, IntArray]:
    """The C++ outputs of every case by its name (of several, those of the first, which the others are equal to).

    All cases have the same number of frames.
    """
    stages = [case.stage for case in cases]
    (frames,) = {len(case.frames) for case in cases}
    for stage in stages:
        emit_stage(stage, folder)
    text = Template(TEMPLATE.read_text()).render(stages=stages, frames=frames, format_type=format_type)
    (folder / "bench.cpp").write_text(text)
    compile_cpp(folder / "bench.cpp", folder / "bench", include=[folder], vendor=vendor, compiler=compiler)
    np.concatenate([np.concatenate(case.inputs, axis=1).ravel() for case in cases]).astype(np.int64).tofile(
        folder / "in.bin"
    )
    command = [folder / "bench", folder / "in.bin", folder / "out.bin"]
    run(command, tool="the bench", cwd=folder, log=folder / "run.log")
    results = np.fromfile(folder / "out.bin", dtype=np.int64)
    sizes = [case.expected.size for case in cases]
    parts = np.split(results, np.cumsum(sizes)[:-1])
    return {case.name: part.reshape(case.expected.shape) for case, part in zip(cases, parts, strict=True)}
