"""Every command: what it writes, what it prints besides summaries and errors, and its exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fpgaflow
from fpgaflow import FlowError
from tests.command_line import SPEC, call, lines, pretend
from tests.models import frames, mlp, save
from tests.reports import report

COMMANDS = ("build", "quantize", "tune", "run", "verify", "synth", "report", "boards", "ops", "doctor", "explain")


def built(folder: Path, *words: str) -> Path:
    """A build folder of a small network, neither verified nor synthesised unless ``words`` say so."""
    model = save(mlp(SPEC), folder)
    result = call("build", model, "-o", folder / "built", "--no-synth", *words)
    assert result.exit_code == 0, result.output
    return folder / "built"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("cli"), "--no-verify")


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


def test_build_passes_its_options_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = pretend(monkeypatch, report(), tmp_path)
    words = "--board kv260 --input-format a=s8.4 --input-format b=u8/255 --calibration c.npy --target-fps 1e6"
    more = (
        "--objective latency --clock-mhz 300 --multiplier-free --backend rtl --frames 7 --no-verify --no-synth -o out"
    )
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
        "multiplier_free": True,
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


def test_a_difference_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "rtl: stage 's01_requantize_comparators', frame 3, index 17: want -4, got 12345678"
    verified = {"numpy": {"frames": 9, "mismatches": 0}, "cpp": None, "rtl": {"frames": 9, "mismatches": 1}}
    pretend(monkeypatch, report(verified=verified, first_mismatch=place), Path("built"))
    result = call("build", "net.onnx")
    assert result.exit_code == 1
    assert "RTL             differs  1 differing integer, 9 frames" in result.stdout
    assert f"\nFirst difference in {place}\n" in result.stdout


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
