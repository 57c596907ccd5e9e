"""Runs some of the stages of generated code as an accelerator of their own, to see where an error starts."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from fpgaflow.backends import hls, rtl
from fpgaflow.fixed import IntArray
from fpgaflow.simulate import hls_csim, rtl_sim
from fpgaflow.simulate.locate import PrefixRunner
from fpgaflow.units.base import Accelerator


def cpp_prefix_runner(project: Path) -> PrefixRunner:
    """A runner for the stages of the Vitis HLS project in ``project``, with a top level of its own."""

    def run(prefix: Accelerator, frames: IntArray) -> IntArray:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            hls.emit(prefix, folder, part="", clock_mhz=100)
            _take_over(project, folder, ("src/stages", "src/memories", "include"))
            hls_csim.build(folder)
            return hls_csim.run(folder, frames)

    return run


def rtl_prefix_runner(project: Path) -> PrefixRunner:
    """The same for the SystemVerilog in ``project``."""

    def run(prefix: Accelerator, frames: IntArray) -> IntArray:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            rtl.emit(prefix, folder)
            rtl_sim.write_interface(prefix, folder)
            _take_over(project, folder, ("lib", "weights", *(f"{stage.name}.sv" for stage in prefix.stages)))
            return rtl_sim.run(folder, frames).outputs

    return run


def _take_over(project: Path, folder: Path, places: tuple[str, ...]) -> None:
    """Replace files of ``folder`` in these places by those of ``project``: what is searched for may be in them."""
    for place in places:
        start = folder / place
        files = [start] if start.is_file() else [file for file in start.rglob("*") if file.is_file()]
        for file in files:
            shutil.copy(project / file.relative_to(folder), file)
