"""Calls of the command line within the test's process, and builds that are only pretended."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import fpgaflow
from fpgaflow.cli import app
from fpgaflow.report.summary import Report
from tests.models import MlpSpec

SPEC = MlpSpec(widths=(16, 8, 4))
"""The network of these tests."""


def call(*words: str | Path) -> Result:
    """What ``fpgaflow WORDS`` says."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False, prog_name="fpgaflow")


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


def lines(text: str) -> list[str]:
    """Lines without the blanks that tables end with."""
    return [line.rstrip() for line in text.splitlines()]
