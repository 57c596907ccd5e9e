"""``fpgaflow synth``: real synthesis numbers for a built design, into its report."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path

from fpgaflow.backends import rtl
from fpgaflow.board import Family
from fpgaflow.design import Design, Engine, Progress, silent
from fpgaflow.errors import FlowError
from fpgaflow.report.summary import Amounts
from fpgaflow.report.vitis import read_csynth
from fpgaflow.report.vivado import read_utilization
from fpgaflow.toolchain.vitis import Step, run_hls
from fpgaflow.toolchain.vivado import Source, implement
from fpgaflow.toolchain.yosys import SynthesisJob, YosysResult, synthesize
from fpgaflow.units.base import Stage, Unit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.depthwise import DepthwiseUnit


class SynthesisTool(Enum):
    """What synthesises: Yosys is always there, Vitis HLS and Vivado where they are installed."""

    YOSYS = "yosys"
    VITIS = "vitis"
    VIVADO = "vivado"


def synthesize_design(
    design: Design, *, tool: SynthesisTool | str = SynthesisTool.YOSYS, progress: Progress = silent
) -> Amounts | None:
    """Synthesise and write the result into the design's report; returns the totals (None if a stage timed out)."""
    match SynthesisTool(tool):
        case SynthesisTool.YOSYS:
            return _yosys(design, progress)
        case SynthesisTool.VITIS:
            return _vitis(design, progress)
        case SynthesisTool.VIVADO:
            return _vivado(design, progress)


def _yosys(design: Design, progress: Progress) -> Amounts | None:
    folder = design.engine_folder(Engine.RTL)
    accelerator = design.accelerator
    jobs = [stage_job(stage, folder) for stage in accelerator.stages]
    if _multiplier_free(design):
        # what proves that there is nothing to make DSP blocks of
        jobs = [replace(job, no_dsp=False) for job in jobs]
    done = 0
    step = f"synthesising {len(jobs)} stages with Yosys"

    def report(result: YosysResult) -> None:
        nonlocal done
        done += 1
        how = "from cache" if result.cached else "timed out" if result.timed_out else f"{result.seconds:.0f} s"
        progress(step, f"{done} of {len(jobs)}: {result.name}, {how}")

    progress(step)
    results = synthesize(jobs, family=Family(design.report.board["family"]), progress=report)
    design.report.not_run.pop("yosys", None)
    for stage in design.report.stages:
        counts = results[stage.name].counts
        stage.resources["yosys"] = None if counts is None else asdict(counts.resources)
    _check_dsp(
        design, {name: result.counts.resources.dsp for name, result in results.items() if result.counts}, "Yosys"
    )
    missing = [name for name, result in results.items() if result.timed_out]
    if missing:
        design.report.not_run["yosys"] = f"timed out on {', '.join(missing)}"
    used = None if missing else _sum([s.resources["yosys"] for s in design.report.stages])
    design.report.resources["used"]["yosys"] = used
    design.report.save(design.folder)
    return used


def stage_job(stage: Stage, folder: Path) -> SynthesisJob:
    """The synthesis of one stage of an accelerator in SystemVerilog in ``folder``."""
    return SynthesisJob(
        stage.name,
        stage.name,
        rtl.stage_sources(folder, stage),
        folder,
        no_dsp=stage.unit.cost().dsp == 0,
        repeated=("ff_dense_row", "ff_shift_row") if _has_equal_rows(stage.unit) else (),
    )


def _has_equal_rows(unit: Unit) -> bool:
    """True if the unit is made of rows that differ in nothing but what memories hold."""
    if isinstance(unit, DepthwiseUnit):
        return not unit.is_constant
    return isinstance(unit, DenseUnit) and unit.words > 1


def _vitis(design: Design, progress: Progress) -> Amounts:
    """Vitis HLS's estimate of the C++ project; stages by the modules that carry their names."""
    progress("synthesising the C++ with Vitis HLS")
    found = read_csynth(run_hls(design.engine_folder(Engine.CPP).resolve(), (Step.SYNTHESIZE,)))
    for stage in design.report.stages:
        modules = [module for module in found.modules if module.name == stage.name]
        area = modules[0].area if modules else None
        stage.resources["vitis"] = None if area is None else asdict(area.resources)
    bound = {f"{module.name}: {one.variable}": one.dsp for module in found.modules for one in module.bindings}
    _check_dsp(design, {**bound, "the accelerator": found.used.resources.dsp}, "Vitis HLS")
    return _total(design, SynthesisTool.VITIS, asdict(found.used.resources))


def _vivado(design: Design, progress: Progress) -> Amounts:
    """Vivado's utilisation of the whole board design around the SystemVerilog, placed and routed."""
    progress("implementing the board project with Vivado (this takes a while)")
    done = implement((design.folder / "driver").resolve(), design.accelerator.name, Source.RTL)
    used = read_utilization(done.utilization).used.resources
    _check_dsp(design, {"the accelerator": used.dsp}, "Vivado")
    return _total(design, SynthesisTool.VIVADO, asdict(used))


def _multiplier_free(design: Design) -> bool:
    """True if the mapping was allowed no DSP block."""
    return bool(design.report.resources["limit"]["dsp"] == 0)


def _check_dsp(design: Design, blocks: dict[str, float], tool: str) -> None:
    """Raises FF604 if there are DSP blocks, by the place where they are, in a design that must have none."""
    places = [f"{place} ({count:g})" for place, count in blocks.items() if count]
    if places and _multiplier_free(design):
        raise FlowError(
            "FF604",
            f"{tool} made DSP blocks, and the accelerator must do without",
            reason=f"they are in {', '.join(places)}",
            hint="please report it with the build folder; `fpgaflow build` without --multiplier-free uses DSP blocks",
        )


def _total(design: Design, tool: SynthesisTool, used: Amounts) -> Amounts:
    design.report.resources["used"][tool.value] = used
    design.report.not_run.pop(tool.value, None)
    design.report.save(design.folder)
    return used


def _sum(amounts: list[Amounts | None]) -> Amounts:
    return {key: sum(a[key] for a in amounts if a is not None) for key in ("lut", "ff", "bram", "dsp")}
