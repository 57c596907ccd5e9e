"""Vitis HLS, by whichever of its commands is installed: ``vitis-run``, ``v++`` or the older ``vitis_hls``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.find import find_program
from fpgaflow.toolchain.run import run

VARIABLES = ("XILINX_HLS", "XILINX_VITIS")
SCRIPT, CONFIG, WORK = "run_hls.tcl", "hls_config.cfg", "work"


class Step(Enum):
    """What Vitis HLS does with a project."""

    SIMULATE = "csim"
    SYNTHESIZE = "csynth"
    COSIMULATE = "cosim"
    EXPORT = "export"


@dataclass(frozen=True)
class VitisHls:
    """An installed command of Vitis HLS: its name (``vitis-run``, ``v++``, ``vitis_hls``) and where it is."""

    name: str
    program: Path


def find_vitis() -> VitisHls | None:
    """The newest kind of command that is installed; None if there is none."""
    for name in ("vitis-run", "vitis_hls", "v++"):
        if program := find_program(name, VARIABLES):
            return VitisHls(name, program)
    return None


def run_hls(project: Path, steps: Sequence[Step] = (Step.SYNTHESIZE, Step.EXPORT)) -> Path:
    """Run ``steps`` on the generated C++ project in ``project`` and return the path of its ``csynth.xml``.

    Raises FF601 without Vitis HLS, FF602 if it fails, FF603 if it leaves no report. With only ``v++`` every
    other step than synthesis is FF601 too.
    """
    tool = find_vitis()
    if tool is None:
        raise _missing(
            "Vitis HLS", "none of 'vitis-run', 'vitis_hls' and 'v++' is on PATH, in $XILINX_HLS or $XILINX_VITIS"
        )
    project = project.resolve()
    if tool.name == "v++":
        if set(steps) != {Step.SYNTHESIZE}:
            raise _missing("vitis-run", "only 'v++' was found, which synthesises but neither simulates nor exports")
        command: list[str | Path] = [tool.program, "-c", "--mode", "hls", "--config", CONFIG, "--work_dir", WORK]
    elif tool.name == "vitis-run":
        command = [tool.program, "--mode", "hls", "--tcl", SCRIPT]
    else:
        command = [tool.program, "-f", SCRIPT]
    log = project / "vitis_hls_run.log"
    environment = {"HLS_STEPS": " ".join(step.value for step in steps)}
    run(command, tool="Vitis HLS", cwd=project, log=log, env=environment)
    return find_csynth(project)


def find_csynth(project: Path) -> Path:
    """The newest ``csynth.xml`` below ``project``, of either flow. Raises FF603 if there is none."""
    reports = sorted(project.glob("**/syn/report/csynth.xml"), key=lambda report: report.stat().st_mtime)
    if not reports:
        raise FlowError(
            "FF603",
            f"Vitis HLS left no report in {project}",
            reason="there is no syn/report/csynth.xml below it",
            hint="run Vitis HLS's synthesis, and look into its log for an earlier failure",
        )
    return reports[-1]


def _missing(what: str, reason: str) -> FlowError:
    return FlowError(
        "FF601",
        f"{what} is missing",
        reason=reason,
        hint="install AMD Vitis and source its settings64.sh; without it use the estimates and Yosys's synthesis",
    )
