"""``fpgaflow build``: from an ONNX file to a verified design in a folder."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from fpgaflow import serialize
from fpgaflow.backends import driver, hls, rtl
from fpgaflow.board import Board, load_board
from fpgaflow.calibration.calibration import needs_formats
from fpgaflow.design import Design, Engine, Progress, load, silent
from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.files import writing
from fpgaflow.fixed import InputFormat, parse_input_format
from fpgaflow.frames import format_from_calibration, random_frames, read_frames
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.check import check
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.ir.text import show
from fpgaflow.mapping.objective import Objective
from fpgaflow.mapping.pipeline import build_accelerator
from fpgaflow.passes.lower import Lowered, lower
from fpgaflow.quantize import with_formats
from fpgaflow.report.collect import collect
from fpgaflow.report.html import write_html
from fpgaflow.report.summary import Report
from fpgaflow.simulate import hls_csim, rtl_sim
from fpgaflow.units.base import Accelerator

LEAST_FRAMES, MOST_FRAMES, CYCLES = 8, 100, 200_000
"""Frames that a build compares: as many as the hardware computes in so many cycles."""
SEED = 2024


class Backend(Enum):
    """What code a build emits."""

    HLS = "hls"
    RTL = "rtl"


def build(
    model: str | Path,
    board: str = "ultra96",
    output: str | Path | None = None,
    *,
    input_format: str | Mapping[str, str] | None = None,
    calibration: str | Path | None = None,
    target_fps: float | None = None,
    objective: Objective | str = Objective.THROUGHPUT,
    clock_mhz: float | None = None,
    multiplier_free: bool = False,
    backends: Sequence[Backend | str] = (Backend.HLS, Backend.RTL),
    frames: int | None = None,
    verify: bool = True,
    synth: bool = True,
    progress: Progress = silent,
) -> Design:
    """Build ``model`` for ``board`` into the folder ``output`` (default: the model's name and the board's).

    ``input_format`` is the text of one format, or a mapping by input name; ``calibration`` an .npy or .npz of example
    frames that also gives the format where it is not known, and all formats of a float network, as ``quantize`` does by
    default. ``objective`` is what the mapping is chosen for; ``throughput`` with ``target_fps`` wants no more speed than
    that, but the least area. ``multiplier_free``: without DSP blocks, or the build fails; synthesis checks it. ``frames``
    are compared in every engine, without it as many as take about 200,000 cycles, at least 8 and at most 100. Everything is
    written to a temporary folder beside ``output`` and moved into place at the end: a failing build leaves what was there.
    Returns the design even if an engine differs: ``report.verified`` says so. Raises FlowError.
    """
    model = Path(model)
    where = load_board(board)
    clock = where.clock_mhz if clock_mhz is None else clock_mhz
    _check_options(frames, target_fps, clock)
    chosen = [_backend(name) for name in backends]
    wanted = _objective(objective)
    target = Path(output) if output is not None else Path(f"{model.stem}-{where.name}")
    _check_replaceable(target)
    seconds: dict[str, float] = {}

    with _timed(seconds, "read"):
        progress(f"reading {model.name}")
        graph = read_model(model)
        check(graph)
        examples = _examples(graph, calibration)
    if examples is not None and needs_formats(graph):
        with _timed(seconds, "quantize"):
            graph = with_formats(graph, examples, progress)
    with _timed(seconds, "lower"):
        progress("lowering to integers")
        lowered = lower(graph, _formats(graph, input_format, examples))
        check(lowered.body)
    with _timed(seconds, "map"):
        from fpgaflow.mapping.folding import fold  # noqa: PLC0415 - imports the solver only where something is mapped

        progress(f"mapping to {where.name}")
        target_cycles = _target_cycles(target_fps, clock)
        mapping = fold(
            lowered.body, where, target_cycles=target_cycles, objective=wanted, multiplier_free=multiplier_free
        )
        accelerator = build_accelerator(lowered.body, mapping.units)

    with _workspace(target) as folder:
        with _timed(seconds, "emit"):
            progress("writing C++ and SystemVerilog")
            _emit(folder, graph, lowered, accelerator, where, clock, chosen)
        design = Design(folder)
        data = _frames(lowered, examples, frames or min(MOST_FRAMES, max(LEAST_FRAMES, CYCLES // mapping.cycles)))
        with _timed(seconds, "exactness"):
            progress("comparing with the ONNX reference")
            exactness = compare_with_reference(graph, lowered, data)
        report = collect(model, graph, lowered, accelerator, mapping, where, clock, exactness)
        for engine in (Engine.CPP, Engine.RTL):
            if engine not in design.built_engines():
                report.not_run[engine.value] = "its backend was left out"
        if verify:
            with _timed(seconds, "compile"):
                progress("compiling C++ and RTL simulations")
                _compile(design)
            with _timed(seconds, "verify"):
                _verify(design, report, data, progress)
        else:
            for engine in design.built_engines()[1:]:
                report.not_run[engine.value] = "verification was left out (--no-verify)"
        report.not_run["cocotb"] = "run it with `fpgaflow verify DIR --engines cocotb`"
        report.seconds = seconds
        report.save(folder)
        design = Design(folder)
        if synth and Backend.RTL in chosen:
            from fpgaflow.synthesis import synthesize_design  # noqa: PLC0415 - imports yosys only where asked for

            with _timed(seconds, "synth"):
                synthesize_design(design, progress=progress)
        elif not synth:
            design.report.not_run["yosys"] = "synthesis was left out (--no-synth)"
        else:
            design.report.not_run["yosys"] = "the RTL backend was left out"
        design.report.seconds = seconds
        design.report.save(folder)
        write_html(design)
        progress("moving the result into place")
    return load(target)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - start, 3)


def _check_options(frames: int | None, target_fps: float | None, clock: float) -> None:
    for name, value, least in (("--frames", frames, 1), ("--target-fps", target_fps, 0), ("--clock-mhz", clock, 1)):
        if value is not None and not (math.isfinite(value) and value >= least and value > 0):
            raise FlowError(
                "FF503",
                f"{name} {value} is not possible",
                reason="it must be positive",
                hint="`fpgaflow build --help` explains the options",
            )


def _backend(name: Backend | str) -> Backend:
    try:
        return Backend(name)
    except ValueError:
        raise FlowError(
            "FF503",
            f"there is no backend '{name}'",
            reason="the backends are hls (Vitis HLS C++) and rtl (SystemVerilog)",
            hint="for example --backend hls,rtl",
        ) from None


def _objective(name: Objective | str) -> Objective:
    try:
        return Objective(name)
    except ValueError:
        raise FlowError(
            "FF503",
            f"there is no objective '{name}'",
            reason=f"a mapping can be chosen for {', '.join(objective.value for objective in Objective)}",
            hint="for example --objective latency",
        ) from None


def _check_replaceable(target: Path) -> None:
    if target.exists() and not (target / "report.json").is_file() and (target.is_file() or any(target.iterdir())):
        raise FlowError(
            "FF505",
            f"'{target}' exists and was not written by fpgaflow",
            reason="it has no report.json, and a build would replace it",
            hint="choose another folder with -o, or remove it",
        )


def _examples(graph: Graph, calibration: str | Path | None) -> Array | None:
    if calibration is None:
        return None
    ((name, type_),) = graph.inputs.items()
    return read_frames(Path(calibration), name, type_.shape)


def _formats(graph: Graph, given: str | Mapping[str, str] | None, examples: Array | None) -> dict[str, InputFormat]:
    """Formats of the inputs as far as they are given or needed."""
    if isinstance(given, str):
        return {name: parse_input_format(given) for name in graph.inputs}
    formats = {name: parse_input_format(text) for name, text in (given or {}).items()}
    if unknown := [name for name in formats if name not in graph.inputs]:
        raise FlowError(
            "FF503",
            f"--input-format names '{unknown[0]}', which is not an input",
            reason=f"the network's inputs are {', '.join(graph.inputs)}",
            hint=f"for example --input-format {next(iter(graph.inputs))}=s8.4",
        )
    if formats or examples is None:
        return formats
    try:
        lower(graph, {})
    except FlowError as error:
        if error.code != "FF303":
            raise
        return {name: format_from_calibration(examples) for name in graph.inputs}
    return {}


def _target_cycles(target_fps: float | None, clock_mhz: float) -> int | None:
    """The most cycles that a frame may take; FF404 if that is less than one."""
    if target_fps is None:
        return None
    cycles = int(clock_mhz * 1e6 / target_fps)
    if cycles < 1:
        raise FlowError(
            "FF404",
            f"{target_fps:,.0f} frames a second can't be reached at {clock_mhz:g} MHz",
            reason="an accelerator takes at most one frame a clock cycle",
            hint="lower --target-fps, or raise --clock-mhz",
        )
    return cycles


def _frames(lowered: Lowered, examples: Array | None, count: int) -> Array:
    """Example frames first, random ones for the rest."""
    made = random_frames(lowered.head, count, SEED)
    if examples is None:
        return made
    known = examples[:count].astype(np.float32)
    return np.concatenate([known, made[len(known) :]])


def _emit(
    folder: Path,
    graph: Graph,
    lowered: Lowered,
    accelerator: Accelerator,
    board: Board,
    clock: float,
    backends: Sequence[Backend],
) -> None:
    graphs = {"model": graph, "head": lowered.head, "body": lowered.body, "tail": lowered.tail}
    for name, part in graphs.items():
        serialize.save(part, folder / "graph", name)
        (folder / "graph" / f"{name}.txt").write_text(show(part))
    serialize.save(accelerator, folder / "graph", "accelerator")
    if Backend.HLS in backends:
        (folder / "hls").mkdir()
        hls.emit(accelerator, folder / "hls", part=board.part, clock_mhz=clock)
    if Backend.RTL in backends:
        (folder / "rtl").mkdir()
        rtl.emit(accelerator, folder / "rtl")
        rtl_sim.write_interface(accelerator, folder / "rtl")
    (folder / "driver").mkdir()
    driver.emit(accelerator, folder / "driver", board=board, clock_mhz=clock)


def _compile(design: Design) -> None:
    builders = {Engine.CPP: hls_csim.build, Engine.RTL: rtl_sim.build}
    jobs = [delayed(builders[e])(design.engine_folder(e)) for e in design.built_engines() if e in builders]
    # Threads are enough: each waits for compilers of its own.
    Parallel(n_jobs=2, backend="threading")(jobs)


def _verify(design: Design, report: Report, frames: Array, progress: Progress) -> None:
    """Run every built engine on the frames; fills in ``verified`` and what the RTL run measured."""
    result = design.verify_integers(design.encode(frames), design.built_engines(), progress=progress)
    for engine, mismatches in result.mismatches.items():
        report.verified[engine.value] = {"frames": result.frames, "mismatches": mismatches}
    if result.first is not None:
        report.first_mismatch = str(result.first)
    elif result.rtl is not None:
        throughput = report.throughput
        throughput.cycles_per_frame["measured"] = result.rtl.cycles_per_frame
        throughput.latency_cycles = result.rtl.latency_cycles
        throughput.fps = throughput.clock_mhz * 1e6 / result.rtl.cycles_per_frame


@contextmanager
def _workspace(target: Path) -> Iterator[Path]:
    """A temporary folder beside ``target`` that takes its place at the end; after a failure only logs are kept."""
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
    except FlowError as error:
        if str(folder) in str(error):
            kept = Path(tempfile.mkdtemp(prefix="fpgaflow-failed-")) / target.name
            shutil.move(folder, kept)
            error.hint = error.hint.replace(str(folder), str(kept))
            error.reason = error.reason.replace(str(folder), str(kept))
        raise
    else:
        folder.chmod(0o755)
        old = target.with_name(f".{target.name}-replaced")
        if target.exists():
            target.rename(old)
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
