"""The first differing stage of accelerators that fork and join: simulated, and with the code of a stage tampered with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.backends import rtl
from fpgaflow.fixed import IntArray
from fpgaflow.simulate import hls_csim, rtl_sim
from fpgaflow.simulate.compare import first_difference
from fpgaflow.simulate.locate import locate, prefix_of
from fpgaflow.simulate.prefix import cpp_prefix_runner, rtl_prefix_runner
from fpgaflow.units.base import Accelerator, Stage
from tests.dags import inception, residual
from tests.hls_lib.check_source import check
from tests.hls_lib.designs import emitted, random_frames, sources_of

ACCELERATORS = {accelerator.name: accelerator for accelerator in (residual(), inception())}
STAGES = [(name, stage.name) for name, accelerator in ACCELERATORS.items() for stage in accelerator.stages]


class Wrong:
    """A unit whose results are those of another one, but for frame 2, which it takes for frame 0."""

    def __init__(self, stage: Stage) -> None:
        self.unit = stage.unit

    def evaluate(self, *inputs: IntArray) -> IntArray:
        result = np.array(self.unit.evaluate(*inputs))
        result[2] = result[0]
        return result


def tampered(accelerator: Accelerator, name: str) -> Accelerator:
    stages = tuple(
        replace(stage, unit=Wrong(stage)) if stage.name == name else stage  # type: ignore[arg-type]
        for stage in accelerator.stages
    )
    return replace(accelerator, stages=stages)


@pytest.mark.parametrize(("name", "culprit"), STAGES)
def test_every_stage_is_found(name: str, culprit: str) -> None:
    accelerator = ACCELERATORS[name]
    frames = random_frames(accelerator.input, 6)
    runs: list[str] = []

    def run(prefix: Accelerator, given: IntArray) -> IntArray:
        runs.append(prefix.output.name)
        return tampered(prefix, culprit).evaluate(given)

    got = tampered(accelerator, culprit).evaluate(frames)
    difference = first_difference(accelerator.evaluate(frames), got)
    assert difference is not None
    stage, found = locate(accelerator, run, frames, difference)
    assert stage == culprit
    assert found.frame == 2
    assert len(runs) == len(set(runs))


def test_the_part_that_makes_a_stream() -> None:
    accelerator = inception()
    streams = {stream.name: stream for stream in accelerator.streams}
    part = prefix_of(accelerator, streams["gated"])
    assert [stage.name.removeprefix("inception_") for stage in part.stages] == ["split", "lookup", "again", "gate"]
    assert [stream.name for stream in part.unread] == ["c", "d"]
    assert accelerator.unread == ()
    frames = random_frames(accelerator.input, 3)
    assert np.array_equal(part.evaluate(frames), accelerator.evaluate_streams(frames)["gated"])


@pytest.mark.parametrize("name", ACCELERATORS)
def test_cpp(tmp_path: Path, name: str) -> None:
    accelerator = ACCELERATORS[name]
    frames = random_frames(accelerator.input, 20)
    emitted(accelerator, tmp_path)
    assert np.array_equal(hls_csim.run(tmp_path, frames), accelerator.evaluate(frames))


@pytest.mark.parametrize("name", ACCELERATORS)
def test_cpp_of_parts_is_clean(tmp_path: Path, name: str) -> None:
    """Streams that nobody reads are drained by a process."""
    accelerator = ACCELERATORS[name]
    part = prefix_of(accelerator, accelerator.stages[-2].inputs[0])
    for number, each in enumerate((accelerator, part)):
        assert check(sources_of(emitted(each, tmp_path / str(number))), name) == []


@pytest.mark.parametrize("name", ACCELERATORS)
def test_rtl(tmp_path: Path, name: str) -> None:
    accelerator = ACCELERATORS[name]
    frames = random_frames(accelerator.input, 20)
    write_rtl(accelerator, tmp_path)
    for pauses in (rtl_sim.NO_PAUSES, rtl_sim.Pauses(3, 0.5, 0.2), rtl_sim.Pauses(4, 0.1, 0.7)):
        assert np.array_equal(rtl_sim.run(tmp_path, frames, pauses=pauses).outputs, accelerator.evaluate(frames))


def write_rtl(accelerator: Accelerator, folder: Path) -> None:
    rtl.emit(accelerator, folder)
    rtl_sim.write_interface(accelerator, folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "culprit", "right", "wrong"),
    [
        ("residual", "residual_add", "-4LL", "-5LL"),
        ("inception", "inception_again", "output1.write(beat)", "output1.write(beat ^ 1)"),
    ],
)
def test_tampered_cpp(tmp_path: Path, name: str, culprit: str, right: str, wrong: str) -> None:
    accelerator = ACCELERATORS[name]
    frames = random_frames(accelerator.input, 40)
    emitted(accelerator, tmp_path)
    change(tmp_path / "src" / "stages" / f"{culprit}.hpp", right, wrong)
    difference = first_difference(accelerator.evaluate(frames), hls_csim.run(tmp_path, frames))
    assert difference is not None
    assert locate(accelerator, cpp_prefix_runner(tmp_path), frames, difference)[0] == culprit


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "culprit", "right", "wrong"),
    [
        ("residual", "residual_add", ".Constant(64'sd7)", ".Constant(64'sd8)"),
        ("inception", "inception_again", ".Width(16)", ".Width(15)"),
    ],
)
def test_tampered_rtl(tmp_path: Path, name: str, culprit: str, right: str, wrong: str) -> None:
    accelerator = ACCELERATORS[name]
    frames = random_frames(accelerator.input, 40)
    write_rtl(accelerator, tmp_path)
    change(tmp_path / f"{culprit}.sv", right, wrong)
    difference = first_difference(accelerator.evaluate(frames), rtl_sim.run(tmp_path, frames).outputs)
    assert difference is not None
    assert locate(accelerator, rtl_prefix_runner(tmp_path), frames, difference)[0] == culprit


def change(file: Path, right: str, wrong: str) -> None:
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong, 1))
