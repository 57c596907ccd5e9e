"""Every command: what it prints, what it writes, and its exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import fpgaflow
from fpgaflow import FlowError
from fpgaflow.cli import app
from fpgaflow.report.summary import Report
from tests.models import MlpSpec, frames, mlp, save
from tests.reports import report, stage, synthesised

MESSAGES = Path(__file__).parent / "errors"
COMMANDS = ("build", "run", "verify", "synth", "report", "boards", "ops", "doctor", "explain")
SPEC = MlpSpec(widths=(16, 8, 4))


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False, prog_name="fpgaflow")


def built(folder: Path, *words: str) -> Path:
    """A build folder of a small network, neither verified nor synthesised unless ``words`` say so."""
    model = save(mlp(SPEC), folder)
    result = call("build", model, "-o", folder / "built", "--no-synth", *words)
    assert result.exit_code == 0, result.output
    return folder / "built"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("cli"), "--no-verify")


def pretend(monkeypatch: pytest.MonkeyPatch, made: Report, folder: Path) -> list[dict[str, Any]]:
    """Replaces ``fpgaflow.build`` and ``fpgaflow.load`` by a design with ``made``; returns what build is called with."""
    calls = []
    design = SimpleNamespace(folder=folder, report=made)

    def build(model: Path, board: str, output: Path | None, **options: Any) -> SimpleNamespace:
        calls.append({"model": model, "board": board, "output": output} | options)
        options["progress"]("reading the file")
        options["progress"]("working", "1 of 2")
        return design

    monkeypatch.setattr(fpgaflow, "build", build)
    monkeypatch.setattr(fpgaflow, "load", lambda folder: design)
    return calls


def test_version() -> None:
    result = call("--version")
    assert (result.exit_code, result.output) == (0, f"fpgaflow {fpgaflow.__version__}\n")


def test_help_lists_every_command() -> None:
    listed = re.findall(r"^  (\w+)  ", call("--help").output.partition("Commands:")[2], flags=re.MULTILINE)
    assert tuple(listed) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command: str) -> None:
    text = call(command, "--help").output
    assert max(map(len, text.splitlines())) <= 80
    assert "..." not in text
    options = re.findall(r"^  (?:-\w, )?--[\w-]+.*$", text, flags=re.MULTILINE)
    assert options
    if command in {"build", "run", "verify", "synth", "report", "explain"}:
        assert f"  fpgaflow {command} " in text


@pytest.mark.parametrize(
    "words",
    [
        ("build",),
        ("build", "net.onnx", "--no-such-option"),
        ("build", "net.onnx", "--frames", "many"),
        ("run", "folder", "--input", "x.npy", "--output", "y.npy", "--engine", "matlab"),
        ("synth", "folder", "--tool", "quartus"),
        ("compile", "net.onnx"),
    ],
    ids=" ".join,
)
def test_wrong_options(words: Sequence[str]) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: fpgaflow" in result.stderr


def error_cases(folder: Path) -> dict[str, tuple[str | Path, ...]]:
    """Commands that FlowErrors end; the same model and build folder for all."""
    model = save(mlp(SPEC), folder, "net.onnx")
    (folder / "full").mkdir(exist_ok=True)
    (folder / "full" / "thesis.tex").touch()
    np.save(folder / "x.npy", np.zeros((3, 16), np.float32))
    np.save(folder / "wrong.npy", np.zeros((3, 7), np.float32))
    (folder / "damaged" / "graph").mkdir(parents=True, exist_ok=True)
    (folder / "damaged" / "report.json").write_text("{}")
    run = ("run", "built", "--output", "y.npy", "--input")
    return {
        "cli_unknown_board": ("build", model.name, "--board", "ultra69"),
        "cli_backend": ("build", model.name, "--backend", "hls,vhdl"),
        "cli_objective": ("build", model.name, "--objective", "power"),
        "cli_frames": ("build", model.name, "--frames", "0"),
        "cli_clock": ("build", model.name, "--clock-mhz", "0"),
        "cli_target": ("build", model.name, "--target-fps", "nan"),
        "cli_format": ("build", model.name, "--input-format", "q8.8"),
        "cli_format_without_name": ("build", model.name, "--input-format", "s8.4", "--input-format", "x=s8.4"),
        "cli_format_of_no_input": ("build", model.name, "--input-format", "image=s8.4"),
        "cli_calibration_missing": ("build", model.name, "--calibration", "nowhere.npy"),
        "cli_folder_in_use": ("build", model.name, "-o", "full"),
        "cli_no_folder": ("report", "nowhere"),
        "cli_not_a_build_folder": ("verify", "full"),
        "cli_damaged_report": ("report", "damaged"),
        "cli_no_data": (*run, "nowhere.npy"),
        "cli_data_shape": (*run, "wrong.npy"),
        "cli_data_raw": (*run, "halves.npy", "--raw"),
        "cli_output_name": ("run", "built", "--input", "x.npy", "--output", "y.txt"),
        "cli_output_folder": ("run", "built", "--input", "x.npy", "--output", "nowhere/y.npy"),
        "cli_engine_not_built": (*run, "x.npy", "--engine", "rtl"),
        "cli_engines": ("verify", "built", "--engines", "numpy,matlab"),
        "cli_verify_frames": ("verify", "built", "--frames", "0"),
        "cli_explain": ("explain", "FF309"),
        "cli_explain_nonsense": ("explain", "why"),
    }


CASES = sorted(path.stem for path in MESSAGES.glob("cli_*.txt"))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[str | Path, ...]]]:
    folder = tmp_path_factory.mktemp("workplace")
    return folder, prepare(folder)


def prepare(folder: Path) -> dict[str, tuple[str | Path, ...]]:
    cases = error_cases(folder)
    np.save(folder / "halves.npy", np.full((3, 16), 0.5))
    fpgaflow.build(folder / "net.onnx", "ultra96", folder / "built", backends=["hls"], verify=False, synth=False)
    return cases


@pytest.mark.parametrize("name", CASES)
def test_errors(
    name: str, workplace: tuple[Path, dict[str, tuple[str | Path, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cases = workplace
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    result = call(*cases[name])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message(result) == (MESSAGES / f"{name}.txt").read_text()
    assert sorted(folder.rglob("*")) == before


def test_every_error_has_its_text(workplace: tuple[Path, dict[str, tuple[str | Path, ...]]]) -> None:
    assert sorted(workplace[1]) == CASES


def message(result: Result) -> str:
    """What stderr says behind the steps."""
    return result.stderr[result.stderr.index("error[") :]


def test_build_passes_its_options_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = pretend(monkeypatch, report(), tmp_path)
    words = "--board kv260 --input-format a=s8.4 --input-format b=u8/255 --calibration c.npy --target-fps 1e6"
    more = "--objective latency --clock-mhz 300 --backend rtl --frames 7 --no-verify --no-synth -o out"
    assert call("build", "net.onnx", *words.split(), *more.split()).exit_code == 0
    (options,) = calls
    assert callable(options.pop("progress"))
    assert options == {
        "model": Path("net.onnx"),
        "board": "kv260",
        "output": Path("out"),
        "input_format": {"a": "s8.4", "b": "u8/255"},
        "calibration": Path("c.npy"),
        "target_fps": 1e6,
        "objective": "latency",
        "clock_mhz": 300.0,
        "backends": ["rtl"],
        "frames": 7,
        "verify": False,
        "synth": False,
    }


@pytest.mark.parametrize(
    ("words", "format"),
    [((), None), (("--input-format", "s16.10"), "s16.10"), (("--input-format", "a=b=u8.8"), {"a=b": "u8.8"})],
)
def test_input_format(words: tuple[str, ...], format: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = pretend(monkeypatch, report(), tmp_path)
    assert call("build", "net.onnx", *words).exit_code == 0
    assert calls[0]["input_format"] == format


SUMMARY = """\
net on ultra96 (xczu3eg-sbva484-1-i)

ONNX reference  equal    1,000 of 1,000 output integers equal the model
                         evaluated in float32, at 'y' (100 frames)
NumPy           equal    every bit, 100 frames
C++             equal    every bit, 100 frames
RTL             equal    every bit, 100 frames
cocotb          not run  it takes long

                            PE×SIMD          LUT     LUT BRAM  DSP
stage                      or lanes cycles  est.   yosys est. est.
s00_dense                      4×16     14 1,200 not run  2.5    0
s01_requantize_comparators        4      1 1,200 not run  2.5    0

Throughput  17,857,143 frames/s at 250 MHz: 14 cycles a frame, measured in the
            RTL simulation
Latency     60 cycles, 0.24 µs
Mapping     fastest that fits (for throughput, proven to be the best folding)
Bottleneck  LUT 50,000 of 49,392 for 7 cycles a frame

LUT   █░░░░░░░░░░░░░░░░░░░░░░░  2,400 of 70,560 (3.4 %), estimate
FF    █░░░░░░░░░░░░░░░░░░░░░░░  4,800 of 141,120 (3.4 %), estimate
BRAM  █░░░░░░░░░░░░░░░░░░░░░░░  5 of 216 (2.3 %), estimate
DSP   ░░░░░░░░░░░░░░░░░░░░░░░░  0 of 360 (0.0 %), estimate

Yosys   not run: synthesis was left out (--no-synth)
Vitis   not run: run it with `fpgaflow synth DIR --tool vitis`
Vivado  not run: run it with `fpgaflow synth DIR --tool vivado`

Report: built/report.html
"""


def lines(text: str) -> list[str]:
    """Lines without the blanks that tables end with."""
    return [line.rstrip() for line in text.splitlines()]


def test_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, report(), Path("built"))
    result = call("report", "built")
    assert result.exit_code == 0
    assert lines(result.stdout) == SUMMARY.splitlines()


def test_summary_of_synthesised_design(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, synthesised(), Path("built"))
    text = "\n".join(lines(call("report", "built").stdout))
    assert "s00_dense                      4×16     14 1,200   1,100  2.5    0\n" in text
    assert "s01_requantize_comparators        4      1 1,200 not run  2.5    0\n" in text
    assert "5,000 of 70,560 (7.1 %), vivado (estimate 2,400)" in text
    assert "Yosys  not run: timed out on s01_requantize_comparators\n" in text


def test_wide_terminals_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, report(), Path("built"))
    monkeypatch.setenv("COLUMNS", "160")
    assert "s00_dense                   node_0  Dense       u4.0   s12.0" in call("report", "built").stdout


def test_every_line_fits_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = [stage(place, "requantize_threshold_memory", 1_000_000, node="n" * 90) for place in range(12)]
    pretend(monkeypatch, report(stages), Path("built"))
    assert max(map(len, call("report", "built").stdout.splitlines())) <= 80


def test_a_difference_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "rtl: stage 's01_requantize_comparators', frame 3, index 17: want -4, got 12345678"
    verified = {"numpy": {"frames": 9, "mismatches": 0}, "cpp": None, "rtl": {"frames": 9, "mismatches": 1}}
    pretend(monkeypatch, report(verified=verified, first_mismatch=place), Path("built"))
    result = call("build", "net.onnx")
    assert result.exit_code == 1
    assert "RTL             differs  1 differing integer, 9 frames" in result.stdout
    assert f"\nFirst difference in {place}\n" in result.stdout


def test_names_from_the_file_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    made = report([stage(0, "dense", name="[bold]s[/] :smile:")])
    pretend(monkeypatch, made, Path("built"))
    assert "\n[bold]s[/] :smile:" in call("report", "built").stdout


def test_steps_without_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, report(), Path("built"))
    result = call("build", "net.onnx")
    assert re.fullmatch(r" +\d\.\d s  reading the file\n +\d\.\d s  working: 1 of 2\n", result.stderr)
    assert "\x1b" not in result.output


def test_build_run_report(folder: Path, tmp_path: Path) -> None:
    data = frames(mlp(SPEC), 5)
    np.savez(tmp_path / "x.npz", x=data)
    design = fpgaflow.load(folder)
    assert (folder / "report.html").is_file()
    assert design.report.verified == {"cpp": None, "rtl": None}
    for name in ("y.npy", "y.npz"):
        result = call("run", folder, "--input", tmp_path / "x.npz", "--output", tmp_path / name)
        assert result.exit_code == 0
        assert result.stdout.endswith(f": 5 frames of 4 in {tmp_path / name}\n")
    assert np.array_equal(np.load(tmp_path / "y.npy"), design(data))
    (stored,) = np.load(tmp_path / "y.npz").values()
    assert np.array_equal(stored, design(data))
    raw = design.encode(data)
    np.save(tmp_path / "raw.npy", raw)
    assert call("run", folder, "--input", tmp_path / "raw.npy", "--output", tmp_path / "z.npy", "--raw").exit_code == 0
    assert np.array_equal(np.load(tmp_path / "z.npy"), design.integers(raw))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["raw.npy", "x.npz", "y.npy", "y.npz", "z.npy"]


def test_verify_numpy(folder: Path) -> None:
    result = call("verify", folder, "--engines", "numpy", "--frames", "12")
    assert result.exit_code == 0
    assert "NumPy           equal    every bit, 12 frames" in result.stdout
    assert fpgaflow.load(folder).report.verified["numpy"] == {"frames": 12, "mismatches": 0}


@pytest.mark.slow
def test_verify_finds_the_stage_that_was_broken(tmp_path: Path) -> None:
    folder = built(tmp_path, "--backend", "hls", "--frames", "30")
    assert call("verify", folder, "--frames", "30").exit_code == 0
    (source,) = (folder / "hls" / "src" / "stages").glob("s01_*.hpp")
    text = source.read_text()
    assert "15LL" in text
    source.write_text(text.replace("15LL", "14LL"))
    result = call("verify", folder, "--frames", "30")
    assert result.exit_code == 1
    assert re.search(
        rf"\nFirst difference in cpp: stage '{source.stem}', frame \d+, index \d+: want 15, got 14\n", result.stdout
    )
    after = fpgaflow.load(folder).report
    assert after.verified["cpp"] is not None
    assert after.verified["cpp"]["mismatches"] > 0
    assert call("report", folder).stdout.count("First difference in cpp") == 1
    source.write_text(text)
    assert call("verify", folder, "--frames", "30").exit_code == 0
    assert fpgaflow.load(folder).report.first_mismatch is None


def test_synth_updates_both_reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = report()
    pretend(monkeypatch, made, tmp_path)

    def synthesize(design: Any, *, tool: fpgaflow.SynthesisTool, progress: Any) -> None:
        assert tool is fpgaflow.SynthesisTool.VIVADO
        design.report.resources["used"]["vivado"] = {"lut": 7.0, "ff": 0.0, "bram": 0.5, "dsp": 0.0}

    monkeypatch.setattr(fpgaflow, "synthesize_design", synthesize)
    result = call("synth", "built", "--tool", "vivado")
    assert result.exit_code == 0
    assert "0.5 of 216 (0.2 %), vivado (estimate 5)" in result.stdout
    assert "0.5 (0.2 %)" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_boards() -> None:
    text = call("boards").stdout
    assert [line.split()[0] for line in text.splitlines()[1:] if line[0] != " "] == [b.name for b in fpgaflow.boards()]
    assert "ultra96  70,560   216   360    250 MHz" in text


def test_ops() -> None:
    text = call("ops").stdout
    for operator in fpgaflow.operators():
        assert re.search(rf"^{operator.name} +{operator.domain}  ", text, flags=re.MULTILINE)
    for unit in fpgaflow.hardware_units():
        assert re.search(rf"^{unit.kind}  ", text, flags=re.MULTILINE)


def test_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    here = fpgaflow.ToolStatus("g++", True, "12.2", "/bin/g++", "compiling", "apt install g++")
    gone = fpgaflow.ToolStatus("vivado", False, "", "", "bitstreams", "install it", optional=True)
    monkeypatch.setattr(fpgaflow, "doctor", lambda: [here, gone])
    result = call("doctor")
    assert result.exit_code == 0
    assert lines(result.stdout) == [
        "tool             version  needed for",
        "g++     found    12.2     compiling",
        "vivado  missing           bitstreams (optional): install it",
    ]
    need = fpgaflow.ToolStatus("make", False, "", "", "simulations", "apt install make")
    monkeypatch.setattr(fpgaflow, "doctor", lambda: [here, need])
    assert call("doctor").exit_code == 1


@pytest.mark.parametrize("code", ["FF303", "ff303 "])
def test_explain(code: str) -> None:
    result = call("explain", code)
    assert result.exit_code == 0
    assert result.stdout.startswith("FF303: the input's format is not known\nThe network's input reaches")


def program(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "fpgaflow", *map(str, words)],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_program_in_a_pipe(folder: Path) -> None:
    done = program("report", folder, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert b"LUT   #" in done.stdout
    failed = program("report", folder / "nowhere")
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert failed.stderr.startswith(b"error[FF504]: ")


def test_import_is_light() -> None:
    heavy = "{'torch', 'matplotlib', 'pyosys', 'cocotb', 'onnxruntime', 'ortools'}"
    code = f"import sys, fpgaflow.cli; assert not {heavy} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names() -> None:
    assert sorted(fpgaflow.__all__) == fpgaflow.__all__
    assert all(hasattr(fpgaflow, name) for name in fpgaflow.__all__)
    assert issubclass(FlowError, Exception)


def update() -> None:
    """Write the texts of all errors anew: ``python -m tests.test_cli``, then read the difference."""
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as place:
        cases = prepare(Path(place))
        os.chdir(place)
        for name, words in cases.items():
            (MESSAGES / f"{name}.txt").write_text(message(call(*words)))


if __name__ == "__main__":
    update()
