"""The command `fpgaflow tune`: what it prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.report.formats import decibels
from fpgaflow.train.tune import tune
from tests.command_line import SPEC, call
from tests.models import mlp, save


def test_tune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line an epoch, then before and after, as the function says."""
    monkeypatch.chdir(tmp_path)
    save(mlp(SPEC), tmp_path, "net.onnx")
    rng = np.random.default_rng(0)
    np.savez("train.npz", x=rng.normal(size=(50, 16)).astype(np.float32), y=rng.integers(0, 4, 50))
    words = ("--weights", "3", "--activations", "3", "--epochs", "2", "--batch", "8")
    result = call("tune", "net.onnx", "--data", "train.npz", *words)
    assert result.exit_code == 0
    steps = [line.split("s  ", 1)[1] for line in result.stderr.splitlines()]
    assert steps[:2] == ["reading net.onnx", "assigning formats"]
    assert [line.split(",")[0] for line in steps[2:]] == [f"training: epoch {epoch} of 2" for epoch in (1, 2)]
    wanted = tune("net.onnx", "train.npz", output="again.onnx", weights=3, activations=3, epochs=2, batch=8)
    states = {"learnt from": wanted.reference, "before": wanted.before, "after": wanted.after}
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    shown = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert shown[0] == ["loss", "agreement", "SQNR", "accuracy"]
    for row, (name, found) in zip(shown[1:4], states.items(), strict=True):
        assert row == [
            name,
            f"{found.loss:.4g}",
            f"{found.agreement:.1%}",
            decibels(found.sqnr_db),
            f"{found.accuracy:.1%}",
        ]
    assert result.stdout.splitlines()[-2:] == [f"On 5 frames held back; {wanted.done}", "Model: net_tuned.onnx"]
    assert Path("net_tuned.onnx").read_bytes() == Path("again.onnx").read_bytes()
