"""What `fpgaflow report` prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import call, lines, pretend
from tests.reports import report, stage, synthesised

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


def test_names_from_the_file_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    made = report([stage(0, "dense", name="[bold]s[/] :smile:")])
    pretend(monkeypatch, made, Path("built"))
    assert "\n[bold]s[/] :smile:" in call("report", "built").stdout
