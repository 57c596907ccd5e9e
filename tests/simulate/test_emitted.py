"""The simulations on an accelerator that the RTL backend wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.backends import rtl
from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.simulate import cocotb_sim, rtl_sim
from fpgaflow.simulate.framing import expected_frames, wrong_length_packets
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from fpgaflow.units.width_adapter import WidthAdapterUnit

RANDOM = np.random.default_rng(1)
PIXEL, WEIGHT, SUM = FixedFormat(3), FixedFormat(2, 0, True), FixedFormat(8, 0, True)
DENSE = DenseUnit(
    RANDOM.integers(WEIGHT.min, WEIGHT.max + 1, (6, 8)),
    1,
    4,
    2,
    PIXEL,
    WEIGHT,
    SUM,
    Multiplier.LUT,
    WeightStorage.LUTRAM,
)
FRAMES = RANDOM.integers(PIXEL.min, PIXEL.max + 1, (20, 8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stages: a dense layer, and an adapter from its two lanes to one."""
    folder = tmp_path_factory.mktemp("rtl")
    pixels, sums = Stream("pixels", 8, 4, PIXEL), Stream("sums", 6, 2, SUM)
    result = Stream("result", 6, 1, SUM)
    stages = (
        Stage("s0_dense", "MatMul_0", DENSE, (pixels,), (sums,)),
        Stage("s1_width_adapter", "MatMul_0", WidthAdapterUnit(6, 2, 1, SUM), (sums,), (result,)),
    )
    accelerator = Accelerator("tiny", stages, pixels, result)
    rtl.emit(accelerator, folder)
    rtl_sim.write_interface(accelerator, folder)
    return folder


def evaluate(frames: IntArray) -> IntArray:
    return DENSE.evaluate(frames)


def test_bits_and_cycles(folder: Path) -> None:
    result = rtl_sim.run(folder, FRAMES)
    assert np.array_equal(result.outputs, evaluate(FRAMES))
    assert result.cycles_per_frame == DENSE.cycles


def test_pauses_and_wrong_lengths(folder: Path) -> None:
    packets = wrong_length_packets(FRAMES, rtl_sim.read_interface(folder).input)
    frames, flags = expected_frames(packets, rtl_sim.read_interface(folder).input)
    result = rtl_sim.run_packets(folder, packets, pauses=rtl_sim.Pauses(5, 0.3, 0.5))
    assert np.array_equal(result.outputs, evaluate(frames))
    assert np.array_equal(result.flags, flags)


@pytest.mark.slow
def test_cocotb(folder: Path) -> None:
    result = cocotb_sim.check(folder, FRAMES, evaluate(FRAMES), evaluate)
    assert result.messages == {}
    assert result.passed
