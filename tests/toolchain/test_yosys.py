"""Synthesis of stages: the cells of small modules, and what the cache takes for the same job."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fpgaflow.board import Family
from fpgaflow.errors import FlowError
from fpgaflow.toolchain import yosys
from fpgaflow.toolchain.yosys import SynthesisJob, YosysResult, cache_folder, synthesize

MODULES = Path(__file__).parent / "yosys"
FAKE_WORKER = """\
import pathlib, sys
pathlib.Path({calls!r}).open("a").write("x")
{action}
pathlib.Path(sys.argv[2]).write_text('{{"design": {{"num_cells_by_type": {{"LUT6": 3, "FDRE": 2}}}}}}')
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODULES, tmp_path / "a folder"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPGAFLOW_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def fake_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a script that does ``action`` in the worker's place; the file returned grows by a byte a call."""

    def install(action: str = "") -> Path:
        calls, script = tmp_path / "calls", tmp_path / "worker.py"
        calls.touch()
        script.write_text(FAKE_WORKER.format(calls=str(calls), action=action))
        monkeypatch.setattr(yosys, "WORKER", script)
        return calls

    return install


def job(folder: Path) -> SynthesisJob:
    return SynthesisJob("stage", "multiply_rom", [folder / "multiply_rom.sv"], folder)


@pytest.mark.slow
def test_cells_of_small_modules(folder: Path) -> None:
    jobs = [
        job(folder),
        replace(job(folder), name="without_dsp", no_dsp=True),
        SynthesisJob("memories", "memories", [folder / "memories.sv"], folder),
    ]
    seen: list[YosysResult] = []
    results = synthesize(jobs, progress=seen.append)
    assert list(results) == ["stage", "without_dsp", "memories"]
    assert sorted(result.name for result in seen) == ["memories", "stage", "without_dsp"]
    with_dsp, without_dsp, memories = (results[name].counts for name in results)
    assert with_dsp is not None
    assert without_dsp is not None
    assert memories is not None
    assert (with_dsp.resources.dsp, without_dsp.resources.dsp) == (1, 0)
    assert without_dsp.resources.lut > with_dsp.resources.lut + 64
    assert with_dsp.cells["SRL16E"] == 8
    assert with_dsp.resources.lut > 8  # the ROM is made of LUTs, so its file was found
    assert (memories.resources.bram, memories.cells["RAM64X1S"], memories.carry8) == (0.5, 7, 2)
    assert memories.resources.ff == 16
    assert all(result.cached for result in synthesize(jobs).values())


@pytest.mark.slow
def test_seven_series(folder: Path) -> None:
    counts = synthesize([job(folder)], family=Family.SERIES_7)["stage"].counts
    assert counts is not None
    assert counts.cells["DSP48E1"] == 1


def test_a_source_that_yosys_rejects(folder: Path) -> None:
    with pytest.raises(FlowError) as caught:
        synthesize([replace(job(folder), top="no_such_module")])
    assert (caught.value.code, caught.value.what) == ("FF602", "Yosys (stage) failed with exit code 1")
    assert "Module `no_such_module' not found!" in caught.value.reason
    assert (folder / "yosys_stage.log").is_file()


def test_the_same_contents_are_synthesised_once(folder: Path, fake_worker: Callable[[str], Path]) -> None:
    calls = fake_worker("")
    first = synthesize([job(folder)])["stage"]
    elsewhere = Path(shutil.copytree(folder, folder.parent / "elsewhere"))
    second = synthesize([replace(job(elsewhere), name="other")])["other"]
    assert calls.stat().st_size == 1
    assert first.counts is not None
    assert (first.counts.resources.lut, first.counts.resources.ff) == (3, 2)
    assert (first.cached, second.cached, second.name) == (False, True, "other")
    assert second.counts == first.counts
    assert second.seconds == first.seconds


def change_source(folder: Path) -> SynthesisJob:
    source = folder / "multiply_rom.sv"
    source.write_text(source.read_text().replace("Width = 8", "Width = 7"))
    return job(folder)


def change_memory_file(folder: Path) -> SynthesisJob:
    (folder / "rom.mem").write_text("00\n")
    return job(folder)


def change_option(folder: Path) -> SynthesisJob:
    return replace(job(folder), no_dsp=True)


def change_top(folder: Path) -> SynthesisJob:
    return replace(job(folder), top="other")


@pytest.mark.parametrize("change", [change_source, change_memory_file, change_option, change_top])
def test_whatever_changes_the_netlist_is_synthesised_again(
    folder: Path, fake_worker: Callable[[str], Path], change: Callable[[Path], SynthesisJob]
) -> None:
    calls = fake_worker("")
    synthesize([job(folder)])
    assert not synthesize([change(folder)])["stage"].cached
    assert calls.stat().st_size == 2


def test_a_damaged_cache_entry_is_replaced(folder: Path, fake_worker: Callable[[str], Path]) -> None:
    calls = fake_worker("")
    synthesize([job(folder)])
    (entry,) = (cache_folder() / "yosys").iterdir()
    entry.write_text(entry.read_text()[:10])
    synthesize([job(folder)])
    assert calls.stat().st_size == 2
    assert synthesize([job(folder)])["stage"].cached


def test_a_job_past_its_limit_has_no_counts(folder: Path, fake_worker: Callable[[str], Path]) -> None:
    calls = fake_worker("import time; time.sleep(60)")
    result = synthesize([job(folder)], limit_seconds=0.3)["stage"]
    assert result.timed_out
    assert result.counts is None
    synthesize([job(folder)], limit_seconds=0.3)
    assert calls.stat().st_size == 2  # another run may get further: not cached


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("FPGAFLOW_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "fpgaflow"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "fpgaflow"


def test_missing_pyosys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FlowError) as caught:
        synthesize([job(folder)])
    assert caught.value.code == "FF601"
