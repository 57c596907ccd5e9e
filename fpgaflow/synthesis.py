"""``fpgaflow synth``: real synthesis numbers for a built design, into its report."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum

from fpgaflow.backends import rtl
from fpgaflow.board import load_board
from fpgaflow.design import Design, Engine, Progress, silent
from fpgaflow.report.summary import Amounts
from fpgaflow.toolchain.yosys import SynthesisJob, YosysResult, synthesize


class SynthesisTool(Enum):
    """What synthesises: Yosys is always there, Vitis HLS and Vivado where they are installed."""

    YOSYS = "yosys"
    VITIS = "vitis"
    VIVADO = "vivado"


def synthesize_design(
    design: Design, *, tool: SynthesisTool | str = SynthesisTool.YOSYS, progress: Progress = silent
) -> Amounts | None:
    """Synthesise and write the result into the design's report; returns the totals (None if a stage timed out)."""
    return {
        SynthesisTool.YOSYS: _yosys,
    }[SynthesisTool(tool)](design, progress)


def _yosys(design: Design, progress: Progress) -> Amounts | None:
    folder = design.engine_folder(Engine.RTL)
    accelerator = design.accelerator
    jobs = [
        SynthesisJob(
            stage.name,
            stage.name,
            rtl.stage_sources(folder, stage),
            folder,
            no_dsp=stage.unit.cost().dsp == 0,
        )
        for stage in accelerator.stages
    ]
    done = 0

    def report(result: YosysResult) -> None:
        nonlocal done
        done += 1
        how = "from cache" if result.cached else "timed out" if result.timed_out else f"{result.seconds:.0f} s"
        progress(f"synthesised {result.name} ({how}), {done} of {len(jobs)}")

    progress(f"synthesising {len(jobs)} stages with Yosys")
    results = synthesize(jobs, family=load_board(design.report.board["name"]).family, progress=report)
    design.report.not_run.pop("yosys", None)
    for stage in design.report.stages:
        counts = results[stage.name].counts
        stage.resources["yosys"] = None if counts is None else asdict(counts.resources)
    missing = [name for name, result in results.items() if result.timed_out]
    if missing:
        design.report.not_run["yosys"] = f"timed out on {', '.join(missing)}"
    used = None if missing else _sum([s.resources["yosys"] for s in design.report.stages])
    design.report.resources["used"]["yosys"] = used
    design.report.save(design.folder)
    return used


def _sum(amounts: list[Amounts | None]) -> Amounts:
    return {key: sum(a[key] for a in amounts if a is not None) for key in ("lut", "ff", "bram", "dsp")}
