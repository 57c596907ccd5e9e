"""What the measurement of emulation counts and prints."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks import emulation
from benchmarks.networks import subjects
from benchmarks.zoo import ZOO


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulation, "ROUNDS", 1)
    monkeypatch.setattr(emulation, "ROUND_SECONDS", 1e-6)
    monkeypatch.setattr(emulation, "MAPS", (2,))
    monkeypatch.setattr(emulation, "PROGRAMS", {name: emulation.PROGRAMS[name] for name in ("fpgaflow", "onnxruntime")})


def set_clock(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    times = iter(seconds)
    monkeypatch.setattr(time, "process_time", lambda: next(times))


def test_best_run_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulation, "ROUND_SECONDS", 2.0)
    set_clock(monkeypatch, 0, 0, 1, 4, 10, 10, 12)
    calls: list[str] = []
    runs = [(lambda: calls.append("small"), 8), (lambda: calls.append("large"), 64)]
    assert emulation.speeds({"one": runs}) == {"one": 32.0}
    assert calls == ["small", "large", "small", "small", "large"]


@pytest.mark.parametrize(("speeds", "cell"), [((49.9, 100), "0.50 missed"), ((50, 100), "0.50"), ((300, 100), "3.00")])
def test_share(speeds: tuple[float, float], cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulation, "speeds", lambda _: dict(zip(("fpgaflow", "onnxruntime"), speeds, strict=True)))
    (subject,) = subjects(["dscnn_w4a4"], tmp_path)
    assert emulation.measure(subject) == [f"{speeds[0]:,.0f}", "100", cell]


def test_program_that_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> list[emulation.Run]:
        raise emulation.NotRunError("not installed")

    monkeypatch.setitem(emulation.PROGRAMS, "onnxruntime", absent)
    (subject,) = subjects(["dscnn_w4a4"], tmp_path)
    assert emulation.measure(subject)[1:] == ["not installed", "not known"]


def test_zoo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(emulation, "measure", lambda subject: [f"of {subject.name}"])
    monkeypatch.setattr("sys.argv", ["emulation", "--zoo"])
    emulation.main()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == list(ZOO)
