"""Vivado's command, with a program that stands for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.vivado import Implementation, Source, implement
from tests.toolchain.fake import install

FILES = ("tfc.bit", "tfc.hwh", "utilization_rtl.rpt", "timing_rtl.rpt")


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    monkeypatch.delenv("XILINX_VIVADO", raising=False)
    return tmp_path / "tools"


def test_command_and_files(tmp_path: Path, tools: Path) -> None:
    install(tools, "vivado", f"print(sys.argv[1:])\nfor name in {FILES}: pathlib.Path(name).touch()")
    assert implement(tmp_path, "tfc", Source.RTL) == Implementation(*(tmp_path / name for name in FILES))
    arguments = ["-mode", "batch", "-nojournal", "-nolog", "-notrace", "-source", "build.tcl", "-tclargs", "rtl"]
    assert (tmp_path / "vivado_rtl.log").read_text() == f"{arguments}\n"


def test_missing(tmp_path: Path, tools: Path) -> None:
    with pytest.raises(FlowError) as caught:
        implement(tmp_path, "tfc", Source.HLS)
    assert str(caught.value) == (
        "error[FF601]: Vivado is missing\n"
        "   = reason: 'vivado' is neither on PATH nor in $XILINX_VIVADO/bin\n"
        "   = hint: install AMD Vivado and source its settings64.sh, or copy the folder to a machine that has it"
    )


@pytest.mark.parametrize("left_out", FILES)
def test_a_file_left_out(tmp_path: Path, tools: Path, left_out: str) -> None:
    install(tools, "vivado", f"for name in set({FILES}) - {{{left_out!r}}}: pathlib.Path(name).touch()")
    with pytest.raises(FlowError) as caught:
        implement(tmp_path, "tfc", Source.RTL)
    assert (caught.value.code, caught.value.what) == ("FF603", f"Vivado left no {left_out}")


def test_failure(tmp_path: Path, tools: Path) -> None:
    install(tools, "vivado", "sys.exit('the clock is not reached')")
    with pytest.raises(FlowError) as caught:
        implement(tmp_path, "tfc", Source.RTL)
    assert caught.value.code == "FF602"
    assert "the clock is not reached" in caught.value.reason
