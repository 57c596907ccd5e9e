"""Linter, formatter and type checker are content: so that one command checks everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "lint": ("ruff", "check", "--no-cache", "."),
    "format": ("ruff", "format", "--no-cache", "--check", "."),
    "types": ("mypy",),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_style(name: str) -> None:
    module, *options = CHECKS[name]
    pytest.importorskip(module, reason="style is checked where the 'dev' extra is installed")
    found = subprocess.run(
        [sys.executable, "-m", module, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
