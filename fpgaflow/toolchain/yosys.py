"""Synthesis of single stages with Yosys: resources without a vendor's tool."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from joblib import Parallel, delayed

from fpgaflow.board import Family
from fpgaflow.errors import FlowError
from fpgaflow.report.yosys import CellCounts, count_cells, parse_stat
from fpgaflow.toolchain.run import TimeLimitError, run

WORKER = Path(__file__).with_name("yosys_worker.py")
YOSYS_FAMILY = {Family.ULTRASCALE_PLUS: "xcup", Family.SERIES_7: "xc7"}
LIMIT_SECONDS = 300.0
PARALLEL_JOBS = 2


@dataclass(frozen=True)
class SynthesisJob:
    """What to synthesise: module ``top`` of ``sources``, read in ``folder`` (where $readmemh finds its files).

    ``name`` is the key of the result; ``no_dsp`` builds every product of LUTs. ``repeated`` names modules that stand many
    times with the same parameters: each is synthesised once, not flattened, and counted as often as it stands.
    """

    name: str
    top: str
    sources: Sequence[Path]
    folder: Path
    no_dsp: bool = False
    repeated: tuple[str, ...] = ()


@dataclass(frozen=True)
class YosysResult:
    """``counts`` of a job, or None if it was stopped at the time limit; ``seconds`` the synthesis itself took."""

    name: str
    counts: CellCounts | None
    seconds: float
    cached: bool

    @property
    def timed_out(self) -> bool:
        return self.counts is None


def synthesize(
    jobs: Iterable[SynthesisJob],
    *,
    family: Family = Family.ULTRASCALE_PLUS,
    limit_seconds: float = LIMIT_SECONDS,
    progress: Callable[[YosysResult], None] | None = None,
) -> dict[str, YosysResult]:
    """Synthesise every job and return its result by name, in the order of the jobs.

    Results come from the cache where the contents of the sources (and of the files they name), Yosys's version and
    the options are those of an earlier run. ``limit_seconds`` is each job's; ``progress`` is called with each result as
    it is known. Raises FF601 without pyosys, FF602 if Yosys rejects a source.
    """
    jobs = list(jobs)
    if importlib.util.find_spec("pyosys") is None:
        raise FlowError(
            "FF601",
            "Yosys is missing",
            reason="the Python package 'pyosys' is not installed",
            hint="pip install pyosys, or leave the synthesis of stages out",
        )
    work = (delayed(_synthesize_one)(job, YOSYS_FAMILY[family], limit_seconds) for job in jobs)
    results: dict[str, YosysResult] = {}
    # Threads are enough: each waits for a process of its own.
    parallel = Parallel(n_jobs=PARALLEL_JOBS, backend="threading", return_as="generator_unordered")
    for result in parallel(work):
        results[result.name] = result
        if progress is not None:
            progress(result)
    return {job.name: results[job.name] for job in jobs}


def cache_folder() -> Path:
    """``$FPGAFLOW_CACHE``, else ``fpgaflow`` in ``$XDG_CACHE_HOME``, else in ``~/.cache``."""
    if own := os.environ.get("FPGAFLOW_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fpgaflow"


def _synthesize_one(job: SynthesisJob, family: str, limit_seconds: float) -> YosysResult:
    entry = cache_folder() / "yosys" / f"{_content_hash(job, family)}.json"
    if (known := _read_entry(entry)) is not None:
        return replace(known, name=job.name, cached=True)
    with tempfile.TemporaryDirectory(prefix="fpgaflow-yosys-") as scratch:
        order, statistics = Path(scratch) / "job.json", Path(scratch) / "statistics.json"
        order.write_text(
            json.dumps(
                {
                    "sources": [str(source.resolve()) for source in job.sources],
                    "top": job.top,
                    "family": family,
                    "no_dsp": job.no_dsp,
                    "repeated": job.repeated,
                    "cpu_seconds": math.ceil(limit_seconds) + 1,
                }
            )
        )
        start = time.monotonic()
        try:
            run(
                [sys.executable, WORKER, order, statistics],
                tool=f"Yosys ({job.name})",
                cwd=job.folder,
                log=job.folder / f"yosys_{job.name}.log",
                limit_seconds=limit_seconds,
            )
        except TimeLimitError:
            return YosysResult(job.name, None, time.monotonic() - start, cached=False)
        seconds = time.monotonic() - start
        cells = parse_stat(statistics.read_text())
    _write_entry(entry, cells, seconds)
    return YosysResult(job.name, count_cells(cells), seconds, cached=False)


def _content_hash(job: SynthesisJob, family: str) -> str:
    """Everything that decides the netlist; where the files lie does not."""
    parts = [
        version("pyosys").encode(),
        WORKER.read_bytes(),
        family.encode(),
        job.top.encode(),
        str(job.no_dsp).encode(),
        " ".join(job.repeated).encode(),
    ]
    for source in job.sources:
        content = source.read_bytes()
        parts.append(content)
        # memory files and includes are named in the text, as literals or as a parameter's value
        named = (job.folder / name.decode(errors="replace") for name in re.findall(rb'"([^"\n]+)"', content))
        parts += [file.read_bytes() for file in named if file.is_file()]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _read_entry(entry: Path) -> YosysResult | None:
    """A cached result; None if there is none that can be read."""
    try:
        found = json.loads(entry.read_text())
        return YosysResult("", count_cells(found["cells"]), found["seconds"], cached=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_entry(entry: Path, cells: dict[str, int], seconds: float) -> None:
    """Written beside and moved, so that a reader never sees half an entry."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=entry.parent, suffix=".tmp", delete=False) as file:
        json.dump({"cells": cells, "seconds": seconds}, file)
    os.replace(file.name, entry)
