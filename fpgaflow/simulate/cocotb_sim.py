"""Runs the cocotb testbench ``sim/cocotb/`` on generated SystemVerilog: an AXI4-Stream source and sink of its own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, IntArray
from fpgaflow.resources import data_path
from fpgaflow.simulate.framing import expected_frames, pack_beats, wrong_length_packets
from fpgaflow.simulate.interface import Interface, read_interface
from fpgaflow.toolchain.run import run
from fpgaflow.toolchain.verilator import verilate
from fpgaflow.units.base import Stream

TESTS = ("back_to_back", "random_pauses", "reset_within_frame", "wrong_lengths")
PACKAGES = {"cocotb": "cocotb", "cocotb_tools": "cocotb", "cocotbext.axi": "cocotbext-axi"}
BUILD_FOLDER = Path("obj_dir") / "cocotb"


@dataclass(frozen=True)
class CocotbResult:
    """Which of the four ``TESTS`` passed, and what the others say, as a rule the first difference."""

    tests: Mapping[str, bool]
    messages: Mapping[str, str]

    @property
    def passed(self) -> bool:
        return all(self.tests.values())


def check(folder: Path, frames: IntArray, expected: IntArray, evaluate: Callable[[IntArray], IntArray]) -> CocotbResult:
    """Run the testbench on the hardware in ``folder`` (``files.f``, ``interface.json``).

    ``frames`` are sent, ``expected`` must come out: (frames, elements) stored integers. ``evaluate`` computes outputs
    from frames; it says what must come of packets of the wrong length. Failed tests are in the result; FF601 is raised
    if a tool is missing, FF602 if one fails.
    """
    _require_packages()
    interface = read_interface(folder)
    build_folder = folder.resolve() / BUILD_FOLDER
    _build(folder, interface, build_folder)
    vectors = build_folder / "vectors.npz"
    write_vectors(vectors, interface, frames, expected, evaluate)
    results = build_folder / "results.xml"
    results.unlink(missing_ok=True)
    failure: FlowError | None = None
    try:
        run(
            [
                sys.executable,
                data_path("sim") / "cocotb" / "run.py",
                "--built",
                *("--verilog", folder.resolve()),
                *("--top", interface.module),
                *("--vectors", vectors),
                *("--build", build_folder),
            ],
            tool="cocotb",
            cwd=folder,
            log=build_folder / "cocotb.log",
            # cocotb changes its behaviour when it believes to be run by pytest
            env={"PYTEST_CURRENT_TEST": ""},
        )
    except FlowError as error:
        failure = error
    result = _read_results(results)
    if set(result.tests) != set(TESTS) or (failure is not None and result.passed):
        raise failure or FlowError(
            "FF602",
            "cocotb did not run all tests",
            reason=f"of {', '.join(TESTS)} there are results of {', '.join(result.tests) or 'none'}",
            hint=f"the whole log is in {build_folder / 'cocotb.log'}",
        )
    return result


def write_vectors(
    path: Path,
    interface: Interface,
    frames: IntArray,
    expected: IntArray,
    evaluate: Callable[[IntArray], IntArray],
) -> None:
    """Write the .npz file that the testbench reads; ``sim/cocotb/README.md`` describes it."""
    packets = wrong_length_packets(frames, interface.input)
    packet_frames, packet_flags = expected_frames(packets, interface.input)
    beat = Stream("beat", interface.input.lanes, interface.input.lanes, interface.input.format)
    output = interface.output
    np.savez(
        path,
        input=pack_beats(frames, interface.input),
        output=pack_beats(expected, output),
        packets=pack_beats(np.concatenate(packets).reshape(-1, beat.lanes), beat)[:, 0],
        packet_beats=np.array([len(packet) // beat.lanes for packet in packets]),
        packet_output=pack_beats(evaluate(packet_frames), output),
        packet_flags=packet_flags,
        lanes=output.lanes,
        width=output.format.width,
        signed=output.format.signed,
        bipolar=isinstance(output.format, BipolarFormat),
        timeout_cycles=4 * interface.silence_cycles,
    )


def _require_packages() -> None:
    for module, package in PACKAGES.items():
        parent = module.partition(".")[0]
        if importlib.util.find_spec(parent) is None or importlib.util.find_spec(module) is None:
            raise FlowError(
                "FF601",
                f"{package} is missing",
                reason=f"the Python module '{module}' is not installed",
                hint=f"pip install {package}",
            )


def _build(folder: Path, interface: Interface, build_folder: Path) -> None:
    """The model with cocotb's main program; VPI sees the top module's signals alone, which keeps the model fast."""
    from cocotb_tools import config  # noqa: PLC0415 - only once it is known to be installed

    verilate(
        folder,
        top=interface.module,
        sources=("-f", "files.f"),
        main=Path(config.share_dir) / "lib" / "verilator" / "verilator.cpp",
        build=build_folder,
        options=("--vpi", "--public-depth", "1", "--timescale", "1ns/1ps"),
        link_flags=(f"-L{config.libs_dir}", f"-Wl,-rpath,{config.libs_dir}", "-lcocotbvpi_verilator"),
    )


def _read_results(path: Path) -> CocotbResult:
    """cocotb's results file; no tests if it is missing or broken."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        cases = []
    tests: dict[str, bool] = {}
    messages: dict[str, str] = {}
    for case in cases:
        name = case.get("name", "")
        problem = next((child for child in case if child.tag in {"failure", "error", "skipped"}), None)
        tests[name] = problem is None
        if problem is not None:
            messages[name] = problem.get("error_msg") or problem.get("message") or problem.tag
    return CocotbResult(tests, messages)
