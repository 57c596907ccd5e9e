"""Convolutional networks on the Ultra96: cycles, latency and resources of verified accelerators, beside published ones.

Run `python -m benchmarks.convolutional [NAME ...] [--no-synth] [--frames N] [--from FOLDER]`; without names all networks of
benchmarks/zoo.py are built, in a folder that is removed again. `--from FOLDER` reads FOLDER/NAME instead, which
`fpgaflow build` wrote. Cycles and latency are those of the RTL simulation. Resources are Yosys's of every stage and the
estimate of FIFOs and ports; Yosys runs where its cache has no result. Ends with status 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import fpgaflow
from benchmarks.zoo import ZOO
from fpgaflow.board import Family
from fpgaflow.design import Design, Engine
from fpgaflow.report.summary import Amounts, Report
from fpgaflow.synthesis import stage_job
from fpgaflow.toolchain.yosys import synthesize
from tests.models import save

BOARD = "ultra96"
SHARE = 0.8
"""Of the board's LUTs, block RAMs and DSPs, that a network may take at most."""
NOT_RUN = "not run"


@dataclass(frozen=True)
class Goal:
    """The most cycles a frame, and the published accelerator to beat: frames a second, whose and where."""

    cycles: int
    published_fps: int
    published: str


GOALS = {
    "resnet8_w8a8": Goal(16_384, 12_971, "NN2FPGA, Ultra96"),
    "resnet8_w4a4": Goal(9_216, 12_971, "NN2FPGA, Ultra96, 8 bits"),
    "cnv_w1a1": Goal(8_192, 21_906, "FINN, ZC706"),
    "cnv_w2a2": Goal(16_384, 21_906, "FINN, ZC706, 1 bit"),
    "dscnn_w4a4": Goal(2_500, 3_088, "fpgaConvNet, ZedBoard, 9 bits"),
    "mobilenet_w4a4": Goal(9_600, 1_388, "fpgaConvNet, ZC706"),
}


@dataclass(frozen=True)
class Synthesis:
    """What Yosys found: ``used`` is None if stages timed out; ``seconds`` of all stages together, None if not known."""

    used: Amounts | None
    seconds: float | None
    timed_out: tuple[str, ...] = ()


WIDTHS = {
    "network": 14,
    "model": 6,
    "measured": 8,
    "goal": 6,
    "FPS": 7,
    "published FPS": 38,
    "latency µs": 10,
    "LUT": 12,
    "FF": 12,
    "BRAM": 10,
    "DSP": 8,
    "build s": 7,
    "Yosys s": 7,
    "goals": 5,
}
"""Columns of the table; ``model`` and ``measured`` are cycles a frame."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Convolutional networks on the Ultra96, beside published accelerators."
    )
    parser.add_argument("networks", nargs="*", metavar="NAME", help=f"of {', '.join(ZOO)} (default: all)")
    parser.add_argument("--no-synth", action="store_true", help="don't run Yosys")
    parser.add_argument("--frames", type=int, default=8, metavar="N", help="frames to verify with (default: 8)")
    parser.add_argument(
        "--from", dest="built", type=Path, metavar="FOLDER", help="read FOLDER/NAME instead of building"
    )
    given = parser.parse_args()
    if unknown := [name for name in given.networks if name not in ZOO]:
        parser.error(f"there is no network '{unknown[0]}'")
    print(row(list(WIDTHS)))
    print(row(["-" * width for width in WIDTHS.values()]))
    missed = False
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.networks or ZOO:
            try:
                design = fpgaflow.load(given.built / name) if given.built else build(name, Path(scratch), given.frames)
                synthesis = known_synthesis(design.report) if given.no_synth else synthesize_stages(design)
            except fpgaflow.FlowError as error:
                print(row([name, *[NOT_RUN] * (len(WIDTHS) - 2), f"{error.code}: {error.what}"]), flush=True)
                missed = True
                continue
            misses = find_misses(design.report, GOALS[name], synthesis)
            missed |= bool(misses)
            print(row(cells(name, design.report, synthesis, misses)), flush=True)
    sys.exit(missed)


def build(name: str, folder: Path, frames: int) -> Design:
    """The network's verified design, without synthesis."""
    file = save(ZOO[name](), folder, f"{name}.onnx")
    return fpgaflow.build(file, BOARD, folder / name, frames=frames, synth=False)


def synthesize_stages(design: Design) -> Synthesis:
    """Every stage in Yosys, and the estimate of what stands between the stages."""
    folder = design.engine_folder(Engine.RTL)
    jobs = [stage_job(stage, folder) for stage in design.accelerator.stages]
    results = synthesize(jobs, family=Family(design.report.board["family"])).values()
    found: list[Amounts] = [asdict(result.counts.resources) for result in results if result.counts is not None]
    timed_out = tuple(result.name for result in results if result.timed_out)
    used = None if timed_out else total([*found, design.report.resources["top_level"]["estimate"]])
    return Synthesis(used, sum(result.seconds for result in results), timed_out)


def known_synthesis(report: Report) -> Synthesis | None:
    """The same from a report; None if Yosys has not run."""
    found = {stage.name: stage.resources["yosys"] for stage in report.stages}
    known = [amounts for amounts in found.values() if amounts is not None]
    if not known:
        return None
    timed_out = tuple(name for name, amounts in found.items() if amounts is None)
    return Synthesis(None if timed_out else total([*known, report.resources["top_level"]["estimate"]]), None, timed_out)


def total(amounts: Sequence[Amounts]) -> Amounts:
    return {key: sum(part[key] for part in amounts) for key in ("lut", "ff", "bram", "dsp")}


def find_misses(report: Report, goal: Goal, synthesis: Synthesis | None) -> list[str]:
    """What the network has not reached, as far as it was run."""
    misses = []
    for engine in Engine:
        counts = report.verified.get(engine.value)
        if counts is None or counts["mismatches"]:
            misses.append(f"{engine.value} {'not run' if counts is None else 'differs'}")
    if report.exactness.outputs not in (report.exactness.equal, report.exactness.equal_float64):
        misses.append("reference differs")
    cycles = report.throughput.cycles_per_frame["measured"]
    if cycles is not None and cycles > goal.cycles:
        misses.append("cycles")
    if synthesis is not None and synthesis.used is None:
        misses.append(f"Yosys timed out on {' '.join(synthesis.timed_out)}")
    if synthesis is not None and synthesis.used is not None:
        available = report.resources["available"]
        misses += [key.upper() for key in ("lut", "bram", "dsp") if synthesis.used[key] > SHARE * available[key]]
    return misses


def cells(name: str, report: Report, synthesis: Synthesis | None, misses: Sequence[str]) -> list[str]:
    """The row of a network."""
    goal, throughput = GOALS[name], report.throughput
    cycles, clock_hz = throughput.cycles_per_frame, throughput.clock_mhz * 1e6
    measured, latency = cycles["measured"], throughput.latency_cycles
    used = None if synthesis is None else synthesis.used
    available = report.resources["available"]
    seconds = sum(seconds for step, seconds in report.seconds.items() if step != "synth")
    without = NOT_RUN if synthesis is None else "timed out"
    complete = measured is not None and used is not None
    return [
        name,
        f"{cycles['model']:,.0f}",
        NOT_RUN if measured is None else f"{measured:,.0f}",
        f"{goal.cycles:,}",
        NOT_RUN if measured is None else f"{clock_hz / measured:,.0f}",
        f"{goal.published_fps:,} ({goal.published})",
        NOT_RUN if latency is None else f"{latency / clock_hz * 1e6:.1f}",
        *(
            without if used is None else f"{used[key]:,.{int(key == 'bram')}f} ({used[key] / available[key]:.0%})"
            for key in ("lut", "ff", "bram", "dsp")
        ),
        f"{seconds:.0f}",
        NOT_RUN if synthesis is None else "unknown" if synthesis.seconds is None else f"{synthesis.seconds:.0f}",
        f"missed: {', '.join(misses)}" if misses else "met" if complete else "met as far as run",
    ]


def row(texts: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(f"{text:{width}}" for text, width in zip(texts, WIDTHS.values(), strict=True)) + " |"


if __name__ == "__main__":
    main()
