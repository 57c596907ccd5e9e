"""Convolutional networks from the file to verified hardware: bit-equal in every engine, at the planned cycles."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

import fpgaflow
from fpgaflow.design import Design
from tests.random_cnn import falling_before_pool, random_cnn

MODELS = Path(__file__).parents[2] / "shared" / "models"
FRAMES = 6


def build(model: Path, folder: Path, **options: str) -> Design:
    return fpgaflow.build(model, output=folder / "out", frames=FRAMES, synth=False, **options)


def assert_equal_everywhere(design: Design) -> None:
    report = design.report
    assert report.first_mismatch is None
    for engine in ("numpy", "cpp", "rtl"):
        assert report.verified[engine] == {"frames": FRAMES, "mismatches": 0}
    cycles = report.throughput.cycles_per_frame
    assert cycles["measured"] <= 1.01 * cycles["model"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "objective"),
    [(2, "latency"), (8, "throughput"), (16, "throughput"), (20, "area"), (22, "latency"), (27, "throughput")],
)
def test_random_networks(seed: int, objective: str, tmp_path: Path) -> None:
    onnx.save(random_cnn(seed), tmp_path / "random.onnx")
    assert_equal_everywhere(build(tmp_path / "random.onnx", tmp_path, objective=objective))


@pytest.mark.slow
def test_largest_of_falling_values(tmp_path: Path) -> None:
    onnx.save(falling_before_pool("Relu"), tmp_path / "falling.onnx")
    design = build(tmp_path / "falling.onnx", tmp_path, objective="throughput")
    assert_equal_everywhere(design)
    # a pixel a cycle or more: what negates them keeps pace
    assert design.report.throughput.cycles_per_frame["model"] <= 8 * 8


@pytest.mark.slow
@pytest.mark.skipif(not MODELS.is_dir(), reason="the collection of real networks is not here")
@pytest.mark.parametrize(
    "name", ["small_po2_w4a4__qonnx_dynamo", "small_float_w4a4__qcdq_ts", "small_bin_w1a1__qonnx_ts"]
)
def test_real_networks(name: str, tmp_path: Path) -> None:
    """Convolutions, maximum pool, residual sum, global mean, fully connected; power-of-two and float scales, binary."""
    design = build(MODELS / f"{name}.onnx", tmp_path)
    assert_equal_everywhere(design)
    exactness = design.report.exactness
    assert exactness.outputs in (exactness.equal, exactness.equal_float64)
