from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.errors import FlowError
from fpgaflow.simulate.compare import first_difference
from fpgaflow.simulate.framing import expected_frames, wrong_length_packets
from fpgaflow.simulate.rtl_sim import NO_PAUSES, Pauses, RtlResult, run, run_packets
from tests.simulate.sums import BEATS, INPUT, OUTPUT, evaluate, random_frames, write_sums

FRAMES = random_frames(10)
PAUSES = [NO_PAUSES, Pauses(2, 0.5, 0.0), Pauses(3, 0.0, 0.5), Pauses(4, 0.7, 0.7)]


@pytest.fixture(scope="module")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sums(tmp_path_factory.mktemp("a folder with spaces"))


@pytest.mark.parametrize("pauses", PAUSES, ids=str)
def test_good_frames(sums: Path, pauses: Pauses) -> None:
    result = run(sums, FRAMES, pauses=pauses)
    assert np.array_equal(result.outputs, evaluate(FRAMES))
    assert not result.flags.any()


def test_cycles_at_full_speed(sums: Path) -> None:
    result = run(sums, FRAMES)
    assert result.cycles_per_frame == BEATS
    assert result.latency_cycles == 2 * BEATS
    assert result.total_cycles > (len(FRAMES) + 1) * BEATS


def test_a_single_frame(sums: Path) -> None:
    result = run(sums, FRAMES[:1])
    assert np.array_equal(result.outputs, evaluate(FRAMES[:1]))
    assert (result.latency_cycles, result.cycles_per_frame) == (2 * BEATS, 2 * BEATS)


@pytest.mark.parametrize("pauses", PAUSES, ids=str)
def test_packets_of_wrong_lengths(sums: Path, pauses: Pauses) -> None:
    packets = wrong_length_packets(FRAMES, INPUT)
    frames, flags = expected_frames(packets, INPUT)
    result = run_packets(sums, packets, pauses=pauses)
    assert np.array_equal(result.outputs, evaluate(frames))
    assert np.array_equal(result.flags, flags)


def simulate(folder: Path, bug: str, pauses: Pauses = NO_PAUSES) -> RtlResult:
    return run(write_sums(folder, bug), FRAMES, pauses=pauses)


@pytest.mark.slow
def test_a_wrong_bit_is_seen(tmp_path: Path) -> None:
    result = simulate(tmp_path, "BUG_WRONG_BIT")
    difference = first_difference(evaluate(FRAMES), result.outputs)
    assert difference is not None
    assert (difference.frame, difference.index) == (3, 2)
    assert difference.want ^ difference.got == 4


@pytest.mark.slow
def test_a_shifted_frame_is_seen(tmp_path: Path) -> None:
    result = simulate(tmp_path, "BUG_SHIFTED_FRAME")
    assert np.array_equal(result.outputs, np.roll(evaluate(FRAMES), -1, axis=1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bug", "what", "reason"),
    [
        (
            "BUG_DEADLOCK",
            "the RTL hangs: 3 of 10 frames came out",
            "for 200 clock cycles nothing was transferred; 20 of 40 input beats were taken, and the output waits at "
            "frame 3, beat 0",
        ),
        ("BUG_LOST_TLAST", "the RTL sets TLAST in the wrong place", "frame 2 has no TLAST at beat 3 of its 4"),
        ("BUG_FLAG", "the RTL flags frame 1, which has the right length", "TUSER is set in its output"),
        ("BUG_EARLY_FLAG", "the RTL sets TUSER in the middle of frame 1", "only the beat with TLAST flags a frame"),
        ("BUG_SURPLUS", "the RTL sends more than the 10 frames expected", "a beat followed after frame 9"),
    ],
)
def test_bugs_that_end_the_simulation(tmp_path: Path, bug: str, what: str, reason: str) -> None:
    with pytest.raises(FlowError) as caught:
        simulate(tmp_path, bug)
    assert (caught.value.code, caught.value.what, caught.value.reason) == ("FF701", what, reason)


@pytest.mark.slow
def test_a_register_that_reset_leaves_out_is_seen(tmp_path: Path) -> None:
    """Registers start with random bits, so the frame's counter starts anywhere."""
    try:
        right = np.array_equal(simulate(tmp_path, "BUG_RESET").outputs, evaluate(FRAMES))
    except FlowError as error:
        right = error.code != "FF701"
    assert not right


@pytest.mark.slow
def test_a_beat_withdrawn_is_seen(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="breaks the AXI4-Stream protocol") as caught:
        simulate(tmp_path, "BUG_DROPPED_VALID", Pauses(2, 0.0, 0.5))
    assert caught.value.code == "FF701"
    assert caught.value.reason.startswith("frame 2, beat ")


@pytest.mark.slow
def test_a_forgotten_flag_is_seen(tmp_path: Path) -> None:
    folder = write_sums(tmp_path, "BUG_FORGETS_OVERLONG")
    result = run_packets(folder, [FRAMES[:2].ravel(), FRAMES[2]])
    assert result.flags.tolist() == [True, False, False]
    assert result.outputs.shape == (3, OUTPUT.elements)


@pytest.mark.slow
def test_a_failed_assertion_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="the RTL simulation failed") as caught:
        simulate(tmp_path, "BUG_ASSERTION")
    assert caught.value.code == "FF602"
    assert "frame 2 is one too many" in caught.value.reason
