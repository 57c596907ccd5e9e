"""The example and the table of docs/train.md."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.train.config import Config
from tests.train.test_khot import ERRORS

PAGE = (Path(__file__).parents[2] / "docs" / "train.md").read_text()


def test_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "train.md", "exec"), {})
    assert read_model(tmp_path / "network.onnx").inputs.keys() == {"input"}


def test_configuration() -> None:
    table = PAGE.split("## The configuration")[1].split("\n\n`prepare`")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    documented = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(documented) == sorted(field.name for field in fields(Config))


def test_errors_of_khot_weights() -> None:
    for width, errors in ERRORS.items():
        assert f"| {width} | {' | '.join(errors.split())} |" in PAGE
