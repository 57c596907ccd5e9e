"""Looking for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.toolchain.find import find_program
from tests.toolchain.fake import install


def test_path_comes_before_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = install(tmp_path / "path", "tool", "")
    vendor = install(tmp_path / "vendor" / "bin", "tool", "")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("VENDOR_A", str(tmp_path / "nothing here"))
    monkeypatch.setenv("VENDOR_B", str(tmp_path / "vendor"))
    assert find_program("tool", ["VENDOR_A", "VENDOR_B"]) == on_path
    on_path.unlink()
    assert find_program("tool", ["VENDOR_A", "VENDOR_B"]) == vendor
    assert find_program("tool") is None


def test_a_file_that_is_no_program_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "bin", "tool", "").chmod(0o644)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("VENDOR", str(tmp_path))
    assert find_program("tool", ["VENDOR"]) is None
