"""The table of convolutional networks, on a report of a small design."""

from __future__ import annotations

from pathlib import Path

import pytest

import fpgaflow
from benchmarks import convolutional
from benchmarks.convolutional import GOALS, Goal, Synthesis, cells, find_misses, known_synthesis
from benchmarks.zoo import ZOO
from fpgaflow.report.summary import Report
from tests.models import MlpSpec, mlp, save

NAME = "dscnn_w4a4"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a design in the place of a network; nothing was run."""
    folder = tmp_path_factory.mktemp("built")
    model = save(mlp(MlpSpec(widths=(6, 5, 4))), folder)
    fpgaflow.build(model, output=folder / NAME, verify=False, synth=False)
    return folder


@pytest.fixture
def report(built: Path) -> Report:
    """As if everything had been run, with numbers that are easy to check."""
    report = Report.load(built / NAME)
    report.verified = {engine: {"frames": 8, "mismatches": 0} for engine in ("numpy", "cpp", "rtl")}
    report.throughput.cycles_per_frame = {"model": 2000, "measured": 2000.5}
    report.throughput.latency_cycles = 5000
    report.resources["top_level"]["estimate"] = {"lut": 1000, "ff": 100, "bram": 0.5, "dsp": 0}
    for stage in report.stages:
        stage.resources["yosys"] = {"lut": 0, "ff": 0, "bram": 0, "dsp": 0}
    report.stages[0].resources["yosys"] = {"lut": 34_280, "ff": 14_012, "bram": 107.5, "dsp": 36}
    report.seconds = {"compile": 3.0, "verify": 4.0, "synth": 500.0}
    return report


def used(**amounts: float) -> Synthesis:
    return Synthesis({"lut": 0, "ff": 0, "bram": 0, "dsp": 0, **amounts}, 100.0)


def test_every_network_has_a_goal() -> None:
    assert list(GOALS) == list(ZOO)


def test_row(report: Report) -> None:
    synthesis = known_synthesis(report)
    assert cells(NAME, report, synthesis, find_misses(report, GOALS[NAME], synthesis)) == [
        NAME, "2,000", "2,000", "2,500", "124,969", "3,088 (fpgaConvNet, ZedBoard, 9 bits)", "20.0",
        "35,280 (50%)", "14,112 (10%)", "108.0 (50%)", "36 (10%)", "7", "unknown", "met",
    ]  # fmt: skip


def test_synthesis_that_timed_out(report: Report) -> None:
    last = report.stages[-1]
    last.resources["yosys"] = None
    synthesis = known_synthesis(report)
    assert synthesis == Synthesis(None, None, (last.name,))
    assert cells(NAME, report, synthesis, find_misses(report, GOALS[NAME], synthesis))[7:] == [
        *["timed out"] * 4, "7", "unknown", f"missed: Yosys timed out on {last.name}",
    ]  # fmt: skip
    for stage in report.stages:
        stage.resources["yosys"] = None
    assert known_synthesis(report) is None


def test_goals_that_are_missed(report: Report) -> None:
    goal = Goal(2000, 1, "")
    assert find_misses(report, goal, used(lut=56_448, bram=172.5, dsp=288)) == ["cycles"]
    report.throughput.cycles_per_frame["measured"] = 2000.0
    assert find_misses(report, goal, used(lut=56_448, ff=141_120, bram=172.5, dsp=288)) == []
    assert find_misses(report, goal, used(lut=56_449, bram=173, dsp=289)) == ["LUT", "BRAM", "DSP"]
    assert find_misses(report, goal, Synthesis(None, 300.0, ("conv_2",))) == ["Yosys timed out on conv_2"]
    report.verified["rtl"] = {"frames": 8, "mismatches": 1}
    report.verified["cpp"] = None
    assert find_misses(report, goal, None) == ["cpp not run", "rtl differs"]


def test_what_was_not_run_is_no_number(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(built.rglob("*"))
    code, rows = table(capsys, NAME, "resnet8_w8a8", "--from", str(built), "--no-synth")
    assert code == 1
    assert rows[NAME][2] == rows[NAME][4] == rows[NAME][7] == "not run"
    assert rows[NAME][-1] == "missed: numpy not run, cpp not run, rtl not run"
    assert set(rows["resnet8_w8a8"][1:-1]) == {"not run"}
    assert rows["resnet8_w8a8"][-1].startswith("FF504: ")
    assert sorted(built.rglob("*")) == before


def test_synthesis_of_the_stages(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FPGAFLOW_CACHE", str(tmp_path))
    _, rows = table(capsys, NAME, "--from", str(built))
    luts = int(rows[NAME][7].split()[0].replace(",", ""))
    report = Report.load(built / NAME)
    assert luts > report.resources["top_level"]["estimate"]["lut"] > 0
    assert rows[NAME][-2].isdigit()
    assert table(capsys, NAME, "--from", str(built))[1] == rows


def table(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, dict[str, list[str]]]:
    """The command's status, and its rows by network."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as caught:
        patch.setattr("sys.argv", ["convolutional", *arguments])
        convolutional.main()
    lines = capsys.readouterr().out.splitlines()
    return caught.value.code, {
        cell[0]: cell for line in lines[2:] if (cell := [text.strip() for text in line.strip("|").split("|")])
    }
