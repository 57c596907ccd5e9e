from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.resources import data_path
from fpgaflow.simulate import cocotb_sim
from fpgaflow.simulate.cocotb_sim import TESTS, CocotbResult, check, write_vectors
from fpgaflow.simulate.interface import read_interface
from fpgaflow.toolchain.run import run
from tests.simulate.sums import SOURCE, evaluate, random_frames, write_sums

FRAMES = random_frames(10)


def check_sums(folder: Path, bug: str = "") -> CocotbResult:
    return check(write_sums(folder, bug), FRAMES, evaluate(FRAMES), evaluate)


def test_good_hardware_passes(tmp_path: Path) -> None:
    result = check_sums(tmp_path / "a folder with spaces")
    assert result.tests == dict.fromkeys(TESTS, True)
    assert result.messages == {}
    assert result.passed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bug", "failed"),
    [
        (
            "BUG_WRONG_BIT",
            dict.fromkeys(TESTS[:3], "frame 3, element 2: want -45, got -41")
            | {"wrong_lengths": "frame 3, element 2: want 0, got 4"},
        ),
        ("BUG_LOST_TLAST", dict.fromkeys(TESTS, "frame 2: TLAST after 8 beats, should be after 4")),
        (
            "BUG_DEADLOCK",
            dict.fromkeys(TESTS[:3], "3 of 10 frames came out, then no end of frame in 800 cycles")
            | {"wrong_lengths": "3 of 20 frames came out, then no end of frame in 800 cycles"},
        ),
        ("BUG_RESET", {"reset_within_frame": "frame 0, element 2: want -41, got 15"}),
        ("BUG_FORGETS_OVERLONG", {"wrong_lengths": "frame 14: TUSER is 0, should be 1"}),
        ("BUG_EARLY_FLAG", dict.fromkeys(TESTS, "frame 1: TUSER is set before the last beat")),
    ],
)
def test_bad_hardware_fails(tmp_path: Path, bug: str, failed: dict[str, str]) -> None:
    result = check_sums(tmp_path, bug)
    assert result.messages == failed
    assert result.tests == {test: test not in failed for test in TESTS}
    assert not result.passed


@pytest.mark.slow
def test_a_simulation_that_ends_early_has_not_passed(tmp_path: Path) -> None:
    try:
        passed = check_sums(tmp_path, "BUG_FINISH").passed
    except FlowError as error:
        passed = False
        assert error.code == "FF602"
    assert not passed


def test_a_missing_package_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cocotb_sim, "PACKAGES", {"no_such_module.part": "no-such-package"})
    with pytest.raises(FlowError, match="no-such-package is missing") as caught:
        check_sums(tmp_path)
    assert caught.value.code == "FF601"


@pytest.mark.slow
def test_by_hand_on_ports_named_as_vitis_does(tmp_path: Path) -> None:
    folder = tmp_path / "verilog"
    folder.mkdir()
    shutil.copy(SOURCE, folder)
    shutil.copy(SOURCE.with_name("sums_vitis.v"), folder)
    write_vectors(tmp_path / "v.npz", read_interface(write_sums(tmp_path)), FRAMES, evaluate(FRAMES), evaluate)
    words = ["--verilog", "verilog", "--top", "sums_vitis", "--vectors", "v.npz", "--build", "build"]
    program = data_path("sim") / "cocotb" / "run.py"
    log = tmp_path / "log"
    run([sys.executable, program, *words], tool="cocotb", cwd=tmp_path, log=log, env={"PYTEST_CURRENT_TEST": ""})
    assert "4 of 4 tests passed" in log.read_text()
