"""A built design: run it, verify it, synthesise it, read its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fpgaflow import serialize
from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.frames import random_frames, shaped
from fpgaflow.ir.graph import Array
from fpgaflow.passes.lower import Lowered
from fpgaflow.report.summary import Report
from fpgaflow.simulate import hls_csim, rtl_sim
from fpgaflow.simulate.compare import Difference, first_difference
from fpgaflow.simulate.locate import locate
from fpgaflow.simulate.prefix import cpp_prefix_runner, rtl_prefix_runner
from fpgaflow.simulate.rtl_sim import RtlResult
from fpgaflow.units.base import Accelerator

if TYPE_CHECKING:
    from fpgaflow.backends.emulate import Emulator


class Progress(Protocol):
    """Called with the ``step`` that begins now; again with the same step and how far it has come."""

    def __call__(self, step: str, done: str = "", /) -> None: ...


def silent(_step: str, _done: str = "", /) -> None:
    """No progress."""


def flat_frames(integers: Array) -> IntArray:
    """(frames, *shape) stored integers as (frames, elements) int64."""
    return np.asarray(integers).reshape(len(integers), -1).astype(np.int64)


class Engine(Enum):
    """What can compute a design's integers."""

    NUMPY = "numpy"
    CPP = "cpp"
    RTL = "rtl"


@dataclass(frozen=True)
class Mismatch:
    """Where an engine first differs from the emulator: in the network's output, and in the first stage that differs."""

    engine: Engine
    output: Difference
    stage: str
    at_stage: Difference

    def __str__(self) -> str:
        at = self.at_stage
        return f"{self.engine.value}: stage '{self.stage}', frame {at.frame}, index {at.index}: want {at.want}, got {at.got}"


@dataclass(frozen=True)
class Verification:
    """Frames compared by each engine, and mismatching integers of each; ``first`` is the first difference found.

    ``rtl`` is what came out of the RTL simulation, None if it was not run.
    """

    frames: int
    mismatches: dict[Engine, int]
    first: Mismatch | None
    rtl: RtlResult | None

    @property
    def passed(self) -> bool:
        return self.first is None


class Design:
    """The design in a build folder. ``design(x)`` computes the network's outputs, bit for bit as the hardware does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def report(self) -> Report:
        return Report.load(self.folder)

    @cached_property
    def lowered(self) -> Lowered:
        """Head, body and tail: what the host computes before, what the hardware does, what the host does after."""
        head, body, tail = (serialize.load(self.folder / "graph", part) for part in ("head", "body", "tail"))
        return Lowered(head, body, tail)

    @cached_property
    def accelerator(self) -> Accelerator:
        loaded = serialize.load(self.folder / "graph", "accelerator")
        assert isinstance(loaded, Accelerator)
        return loaded

    @cached_property
    def emulator(self) -> Emulator:
        from fpgaflow.backends.emulate import Emulator  # noqa: PLC0415 - its compiler takes a second to import

        return Emulator(self.lowered.body)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one frame of the network's input."""
        ((_, type_),) = self.lowered.head.inputs.items()
        return type_.shape

    def __call__(self, x: Array, *, engine: Engine | str = Engine.NUMPY, raw: bool = False) -> Array:
        """Outputs of the network for frames ``x`` (frames, *shape), in the model's own units.

        With ``raw`` both are stored integers: what the hardware receives and sends. ``engine`` computes them. Networks
        with several outputs give the first; ``outputs`` gives all by name. Raises FF502.
        """
        if raw:
            return self.integers(self._raw(x), engine=engine)
        x = np.asarray(x)
        own_batch = x.shape[1:] == (1, *self.input_shape)
        first = next(iter(self.outputs(x, engine=engine).values()))
        return first[:, None] if own_batch else first

    def outputs(self, x: Array, *, engine: Engine | str = Engine.NUMPY) -> dict[str, Array]:
        """All outputs by name, (frames, *shape) each."""
        frames = shaped(x, self.input_shape).astype(np.float32)
        tail = self.lowered.tail
        ((name, type_),) = tail.inputs.items()
        chunk = 4096 if Engine(engine) is Engine.NUMPY else max(1, len(frames))
        parts: dict[str, list[Array]] = {name: [] for name in tail.outputs}
        for start in range(0, max(1, len(frames)), chunk):
            integers = self.integers(self.encode(frames[start : start + chunk]), engine=engine)
            values = tail.evaluate({name: integers.reshape(len(integers), *type_.shape)})
            for output, collected in parts.items():
                collected.append(values[output])
        return {output: np.concatenate(collected) for output, collected in parts.items()}

    def encode(self, frames: Array) -> Array:
        """Frames in the model's units -> the stored integers that the hardware receives."""
        head = self.lowered.head
        return head.evaluate({next(iter(head.inputs)): frames})[head.outputs[0]]

    def integers(self, integers: Array, *, engine: Engine | str = Engine.NUMPY) -> IntArray:
        """Stored integers in, stored integers out, (frames, *shape) each, computed by ``engine``."""
        engine = Engine(engine)
        if engine is Engine.NUMPY:
            return self.emulator(integers)
        flat = flat_frames(integers)
        if engine is Engine.CPP:
            result = hls_csim.run(self.engine_folder(engine), flat)
        else:
            result = rtl_sim.run(self.engine_folder(engine), flat).outputs
        body = self.lowered.body
        return result.reshape(len(flat), *body.type_of(body.outputs[0]).shape)

    def engine_folder(self, engine: Engine) -> Path:
        """Where an engine's generated code lies. Raises FF503 if the build left it out."""
        folder = self.folder / {Engine.CPP: "hls", Engine.RTL: "rtl"}[engine]
        if not folder.is_dir():
            raise FlowError(
                "FF503",
                f"the engine '{engine.value}' was not built",
                reason=f"{self.folder} was built without its backend",
                hint="build again with --backend hls,rtl",
            )
        return folder

    def built_engines(self) -> tuple[Engine, ...]:
        """NumPy and the engines whose code the build folder holds."""
        return (
            Engine.NUMPY,
            *(e for e, name in ((Engine.CPP, "hls"), (Engine.RTL, "rtl")) if (self.folder / name).is_dir()),
        )

    def verify(
        self,
        frames: int = 100,
        engines: Sequence[Engine | str] | None = None,
        *,
        seed: int = 1,
        progress: Progress = silent,
    ) -> Verification:
        """Compare engines with the emulator on random frames, bit for bit; stops at the first engine that differs."""
        chosen = [Engine(engine) for engine in engines] if engines is not None else list(self.built_engines())
        integers = self.encode(random_frames(self.lowered.head, frames, seed))
        return self.verify_integers(integers, chosen, progress=progress)

    def verify_integers(
        self, integers: Array, engines: Sequence[Engine], *, progress: Progress = silent
    ) -> Verification:
        """The same on given stored integers (frames, *shape)."""
        want = self.emulator(integers).reshape(len(integers), -1)
        mismatches: dict[Engine, int] = {}
        rtl: RtlResult | None = None
        for engine in engines:
            progress(f"running {len(integers)} frames through {engine.value}")
            match engine:
                case Engine.NUMPY:
                    body = self.lowered.body
                    got = body.evaluate({next(iter(body.inputs)): integers})[body.outputs[0]]
                case Engine.CPP:
                    got = self.integers(integers, engine=engine)
                case Engine.RTL:
                    rtl = rtl_sim.run(self.engine_folder(engine), flat_frames(integers))
                    got = rtl.outputs
            got = got.reshape(want.shape)
            mismatches[engine] = int(np.count_nonzero(got != want))
            if (difference := first_difference(want, got.astype(np.int64))) is not None:
                progress(f"looking for the first stage that differs in {engine.value}")
                stage, at_stage = self._locate(engine, flat_frames(integers), difference)
                return Verification(len(integers), mismatches, Mismatch(engine, difference, stage, at_stage), rtl)
        return Verification(len(integers), mismatches, None, rtl)

    def _locate(self, engine: Engine, frames: IntArray, difference: Difference) -> tuple[str, Difference]:
        """The first stage whose code differs; the integer graph has no stages, only an output."""
        match engine:
            case Engine.NUMPY:
                return self.lowered.body.outputs[0], difference
            case Engine.CPP:
                runner = cpp_prefix_runner(self.engine_folder(engine))
            case Engine.RTL:
                runner = rtl_prefix_runner(self.engine_folder(engine))
        return locate(self.accelerator, runner, frames, difference)

    def _raw(self, x: Array) -> Array:
        ((_, type_),) = self.lowered.body.inputs.items()
        frames = shaped(x, type_.shape)
        assert type_.format is not None
        low, high = type_.format.min, type_.format.max
        if not np.array_equal(frames, np.clip(np.rint(frames), low, high)):
            raise FlowError(
                "FF502",
                f"the raw input holds numbers that are not integers of {low}..{high}",
                reason=f"the accelerator receives {type_.format}",
                hint="leave --raw out to give frames in the model's own units",
            )
        return frames.astype(np.int64)


def load(folder: str | Path) -> Design:
    """The design in a build folder. Raises FF504 if there is none."""
    folder = Path(folder)
    if not (folder / "report.json").is_file() or not (folder / "graph").is_dir():
        raise FlowError(
            "FF504",
            f"'{folder}' is not a build folder",
            reason="it has no report.json and no graph folder" if folder.is_dir() else "there is no such folder",
            hint="give the folder that `fpgaflow build` wrote",
        )
    return Design(folder)
