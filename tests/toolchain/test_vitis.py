"""Vitis HLS's commands, with programs that stand for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.vitis import Step, find_vitis, run_hls
from tests.toolchain.fake import install

TCL_REPORT = "tfc_hls/solution/syn/report/csynth.xml"
CONFIG_REPORT = "work/hls/syn/report/csynth.xml"
RECORD = "print(sys.argv[1:], os.environ['HLS_STEPS'], os.getcwd())"


def leave(report: str) -> str:
    """Statements that record the call and leave a report."""
    return f"{RECORD}\nfile = pathlib.Path({report!r})\nfile.parent.mkdir(parents=True)\nfile.touch()"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    monkeypatch.setenv("PATH", str(folder))
    for variable in ("XILINX_HLS", "XILINX_VITIS"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.mark.parametrize(
    ("name", "steps", "report", "arguments"),
    [
        ("vitis-run", [Step.SIMULATE], TCL_REPORT, ["--mode", "hls", "--tcl", "run_hls.tcl"]),
        ("vitis_hls", [Step.SYNTHESIZE, Step.EXPORT], TCL_REPORT, ["-f", "run_hls.tcl"]),
        (
            "v++",
            [Step.SYNTHESIZE],
            CONFIG_REPORT,
            ["-c", "--mode", "hls", "--config", "hls_config.cfg", "--work_dir", "work"],
        ),
    ],
)
def test_each_command(
    project: Path, tools: Path, name: str, steps: list[Step], report: str, arguments: list[str]
) -> None:
    install(tools, name, leave(report))
    assert run_hls(project, steps) == project / report
    words = " ".join(step.value for step in steps)
    assert (project / "vitis_hls_run.log").read_text() == f"{arguments} {words} {project}\n"


def test_the_vendor_variable(project: Path, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = install(tmp_path / "vitis" / "bin", "vitis_hls", leave(TCL_REPORT))
    monkeypatch.setenv("XILINX_HLS", str(tmp_path / "vitis"))
    found = find_vitis()
    assert found is not None
    assert (found.name, found.program) == ("vitis_hls", program)
    run_hls(project)


def test_missing(project: Path, tools: Path) -> None:
    with pytest.raises(FlowError) as caught:
        run_hls(project)
    assert str(caught.value) == (
        "error[FF601]: Vitis HLS is missing\n"
        "   = reason: none of 'vitis-run', 'vitis_hls' and 'v++' is on PATH, in $XILINX_HLS or $XILINX_VITIS\n"
        "   = hint: install AMD Vitis and source its settings64.sh; without it use the estimates and Yosys's synthesis"
    )


def test_simulation_needs_more_than_the_compiler(project: Path, tools: Path) -> None:
    install(tools, "v++", leave(CONFIG_REPORT))
    with pytest.raises(FlowError) as caught:
        run_hls(project, [Step.SIMULATE, Step.SYNTHESIZE])
    assert (caught.value.code, caught.value.what) == ("FF601", "vitis-run is missing")


def test_failure(project: Path, tools: Path) -> None:
    install(tools, "vitis-run", "print('ERROR: [HLS 200-70] no licence')\nsys.exit(1)")
    with pytest.raises(FlowError) as caught:
        run_hls(project)
    assert caught.value.code == "FF602"
    assert "no licence" in caught.value.reason


def test_no_report(project: Path, tools: Path) -> None:
    install(tools, "vitis-run", RECORD)
    with pytest.raises(FlowError) as caught:
        run_hls(project)
    assert caught.value.code == "FF603"
