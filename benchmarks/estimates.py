"""How far the resource estimates are from Yosys, on a grid of single stages and FIFOs.

Run `python -m benchmarks.estimates [--measure] [--all] [KIND ...]`. Today's formulas are compared with the measured points in
`estimates.json`; `--measure` first synthesises the points that are missing there or whose SystemVerilog has changed since, as
`fpgaflow synth` does. `--all` prints every point, `KIND` (dense, requantize_table, ...) chooses points.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Template
from rich.console import Console
from rich.table import Table

from benchmarks.estimate_points import Point, points
from fpgaflow.backends.rtl import add_library, emit_stage
from fpgaflow.synthesis import stage_job
from fpgaflow.toolchain.yosys import SynthesisJob, synthesize
from fpgaflow.units.base import Resources, Stage
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.depthwise import DepthwiseUnit
from fpgaflow.units.fifo import fifo_block

STORED = Path(__file__).with_name("estimates.json")
QUEUE = Path(__file__).with_name("queue.sv.j2")
RESOURCES = ("lut", "ff", "bram", "dsp")
IGNORED = re.compile(r"//[^\n]*|`ifndef SYNTHESIS.*?`endif", re.DOTALL)
SMALL = 100.0
"""Below as many LUTs or flip-flops an error counts as a share of these: it is no concern of a large design."""


@dataclass(frozen=True)
class Compared:
    """A point, its estimate, and what Yosys made of it."""

    point: Point
    estimate: Resources
    measured: Resources

    def error(self, resource: str) -> float:
        """(estimate - measured) / measured; LUTs and flip-flops relative to ``SMALL`` at least."""
        estimate, measured = getattr(self.estimate, resource), getattr(self.measured, resource)
        floor = SMALL if resource in ("lut", "ff") else 1.0
        return float((estimate - measured) / max(measured, floor))


def main() -> None:
    parser = argparse.ArgumentParser(description="Resource estimates beside Yosys.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="for example dense or requantize_table")
    parser.add_argument("--measure", action="store_true", help="synthesise missing and changed points first")
    parser.add_argument("--all", action="store_true", help="print every point")
    given = parser.parse_args()
    chosen = [point for point in points() if not given.kinds or point.kind in given.kinds]
    console = Console()
    if given.measure:
        measure(chosen, lambda name, used: console.print(f"{name}: {used}", highlight=False))
    found = list(compare(chosen))
    if given.all:
        console.print(every_point(found))
    console.print(summary(found))
    if missing := len(chosen) - len(found):
        console.print(f"{missing} points have not been measured: run with --measure")


def compare(chosen: Iterable[Point]) -> Iterator[Compared]:
    """Those of the points that have been measured, with today's estimates."""
    stored = load()
    for point in chosen:
        if point.name in stored:
            measured = Resources(**{key: stored[point.name][key] for key in RESOURCES})
            yield Compared(point, point.cost(), measured)


def measure(chosen: Iterable[Point], progress: Callable[[str, Resources], None]) -> None:
    """Synthesise one point after the other and store each; points whose sources are those measured are left out."""
    for point in chosen:
        with tempfile.TemporaryDirectory() as scratch:
            job = emit(point, Path(scratch))
            stored, made_of = load(), fingerprint(job)
            if stored.get(point.name, {}).get("sources") == made_of:
                continue
            counts = synthesize([job])[job.name].counts
            if counts is None:
                continue
            save({**stored, point.name: {**asdict(counts.resources), "sources": made_of}})
            progress(point.name, counts.resources)


def load() -> dict[str, dict[str, Any]]:
    """What has been measured, by name: amounts, and ``sources``, the fingerprint of the SystemVerilog."""
    found: dict[str, dict[str, Any]] = json.loads(STORED.read_text()) if STORED.exists() else {}
    return found


def save(measured: dict[str, dict[str, Any]]) -> None:
    """Store what belongs to the grid, a line a point."""
    names = sorted(measured.keys() & {point.name for point in points()})
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(measured[name])}" for name in names)
    STORED.write_text(f"{{\n{rows}\n}}\n")


def emit(point: Point, folder: Path) -> SynthesisJob:
    """Write the point's SystemVerilog into the empty ``folder``."""
    if isinstance(point.part, Stage):
        # what reads a matrix unit has a registered ready in nearly every accelerator
        skid = not isinstance(point.part.unit, DenseUnit | DepthwiseUnit | CopiesUnit)
        add_library(emit_stage(point.part, folder, skid=skid), folder)
        return stage_job(point.part, folder)
    top = folder / "stage.sv"
    top.write_text(
        Template(QUEUE.read_text()).render(
            width=point.part.width, depth=point.part.fifo_depth, block=int(fifo_block(point.part))
        )
    )
    add_library([top], folder)
    sources = [folder / line for line in (folder / "files.f").read_text().split()]
    return SynthesisJob("stage", "stage", sources, folder)


def fingerprint(job: SynthesisJob) -> str:
    """Of all that decides the netlist but Yosys: comments, blank space and simulation's checks do not count."""
    texts = ["".join(IGNORED.sub("", source.read_text()).split()) for source in job.sources]
    memories = [path.read_text() for path in sorted(job.folder.rglob("*.mem"))]
    content = json.dumps([texts, memories, job.no_dsp, list(job.repeated)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def every_point(found: Sequence[Compared]) -> Table:
    """Estimate / measured of each resource of each point."""
    table = Table(box=None, pad_edge=False)
    table.add_column("point", no_wrap=True)
    for heading in (*(key.upper() for key in RESOURCES), "LUT error", "FF error"):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in found:
        pairs = [(getattr(entry.estimate, key), getattr(entry.measured, key)) for key in RESOURCES]
        cells = [f"{estimate:.6g} / {measured:g}" if estimate or measured else "" for estimate, measured in pairs]
        table.add_row(entry.point.name, *cells, *(f"{entry.error(key):+.0%}" for key in ("lut", "ff")))
    return table


def summary(found: Sequence[Compared]) -> Table:
    """Median and worst error of each resource for each kind."""
    table = Table("kind", "points", box=None, pad_edge=False)
    for key in RESOURCES:
        table.add_column(f"{key.upper()} median, worst", justify="right")
    for kind in dict.fromkeys(entry.point.kind for entry in found):
        own = [entry for entry in found if entry.point.kind == kind]
        cells = []
        for key in RESOURCES:
            errors = [entry.error(key) for entry in own]
            typical, worst = median(abs(error) for error in errors), max(errors, key=abs)
            cells.append(f"{typical:.0%}, {worst:+.0%}")
        table.add_row(kind, str(len(own)), *cells)
    return table


if __name__ == "__main__":
    main()
