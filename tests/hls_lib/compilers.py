"""Compilers and headers for the C++ tests."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from fpgaflow.resources import data_path
from fpgaflow.simulate.hls_csim import FLAGS
from fpgaflow.toolchain.run import run

LIBRARY = data_path("hls_lib")
STAND_IN = LIBRARY / "stand_in"

needs_clang = pytest.mark.skipif(shutil.which("clang++") is None, reason="clang++ is not installed")


def vendor_headers() -> Path:
    """Xilinx's open ap_types headers, which the hls4ml wheel carries; skips the test without it."""
    spec = find_spec("hls4ml")  # found, not imported: importing hls4ml takes seconds
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("hls4ml, whose wheel carries Xilinx's headers, is not installed")
    return Path(spec.submodule_search_locations[0]) / "templates" / "vivado" / "ap_types"


def compile_cpp(
    source: Path,
    program: Path,
    *,
    include: Sequence[Path] = (),
    vendor: Path | None = None,
    compiler: str = "g++",
    optimize: str = "-O0",
) -> None:
    """Compile ``source`` with warnings as errors, against the stand-in or the vendor's headers."""
    headers: list[str | Path] = ["-I", STAND_IN]
    if vendor is not None:
        headers = ["-isystem", vendor, "-isystem", STAND_IN, "-Wno-uninitialized"]
    paths = [part for folder in (*include, LIBRARY) for part in ("-I", folder)]
    command = [compiler, *FLAGS, "-Werror", optimize, *paths, *headers, source, "-o", program]
    run(command, tool=compiler, cwd=program.parent, log=program.with_suffix(".log"))
