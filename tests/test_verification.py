"""What ``verify`` runs, what it records, and where it stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fpgaflow
from fpgaflow import Design, FlowError, verify
from fpgaflow.backends.emulate import Emulator
from fpgaflow.design import flat_frames
from fpgaflow.fixed import IntArray
from fpgaflow.frames import random_frames
from fpgaflow.simulate import cocotb_sim
from fpgaflow.simulate.cocotb_sim import TESTS, CocotbResult
from tests.models import MlpSpec, mlp, save


@pytest.fixture
def design(tmp_path: Path) -> Design:
    model = save(mlp(MlpSpec(widths=(16, 8, 4))), tmp_path)
    return fpgaflow.build(model, "ultra96", tmp_path / "built", verify=False, synth=False)


def fake_cocotb(monkeypatch: pytest.MonkeyPatch, design: Design, failing: dict[str, str]) -> None:
    """A testbench that checks what it is given and fails as told."""

    def check(
        folder: Path, frames: IntArray, expected: IntArray, evaluate: Callable[[IntArray], IntArray]
    ) -> CocotbResult:
        assert folder == design.folder / "rtl"
        assert np.array_equal(evaluate(frames), expected)
        want = design.encode(random_frames(design.lowered.head, 30, 1)[:20])
        assert np.array_equal(frames, flat_frames(want))
        return CocotbResult({test: test not in failing for test in TESTS}, failing)

    monkeypatch.setattr(cocotb_sim, "check", check)


def break_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast emulator is wrong in the last bit of one element."""
    right = Emulator.__call__

    def wrong(self: Emulator, frames: IntArray) -> IntArray:
        result: IntArray = right(self, frames).copy()
        result[2, 1] ^= 1
        return result

    monkeypatch.setattr(Emulator, "__call__", wrong)


def test_protocol(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cocotb(monkeypatch, design, {})
    steps: list[str] = []
    result = verify(design, 30, ["numpy", "cocotb"], progress=lambda step, done="", /: steps.append(step))
    assert result.passed
    assert steps == ["running 30 frames through numpy", "running 20 frames through the cocotb testbench"]
    recorded = fpgaflow.load(design.folder).report
    assert recorded.verified["cocotb"] == {"frames": 20, "mismatches": 0}
    assert "cocotb" not in recorded.not_run


def test_protocol_that_fails(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cocotb(monkeypatch, design, {"back_to_back": "frame 3: TLAST", "wrong_lengths": "frame 4: TUSER"})
    result = verify(design, 30, ["cocotb"])
    assert not result.passed
    assert result.engines.passed
    assert fpgaflow.load(design.folder).report.verified["cocotb"] == {"frames": 20, "mismatches": 2}


def test_stops_at_the_first_difference(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cocotb_sim, "check", None)
    break_numpy(monkeypatch)
    result = verify(design, 30, ["numpy", "cocotb"])
    assert not result.passed
    assert result.protocol is None
    assert result.engines.mismatches == {fpgaflow.Engine.NUMPY: 1}
    assert fpgaflow.load(design.folder).report.first_mismatch == str(result.engines.first)
    monkeypatch.undo()
    assert verify(design, 30, ["numpy"]).passed
    recorded = fpgaflow.load(design.folder).report
    assert recorded.verified["numpy"] == {"frames": 30, "mismatches": 0}
    assert recorded.first_mismatch is None


def test_engine_names(design: Design) -> None:
    with pytest.raises(FlowError, match="there is no engine 'verilog'"):
        verify(design, 1, ["verilog"])
