"""Accelerators without DSP blocks: what is mapped, what is refused, and what synthesis checks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

import fpgaflow
from fpgaflow import Design, FlowError, synthesis
from fpgaflow.report.yosys import CellCounts
from fpgaflow.toolchain.yosys import YosysResult
from fpgaflow.units.base import Resources
from fpgaflow.units.dense import DenseUnit, Multiplier
from tests.khot import khot_weights
from tests.models import QONNX, MlpSpec, Network, Scales, mlp, save

FLOATS = MlpSpec(widths=(12, 16, 4), weight_bits=8, activation_bits=8, scales=Scales.FLOAT, batch_norm=True)
SAMPLE = Path(__file__).parent / "report" / "samples" / "csynth.xml"


def quantized(net: Network, value: str, scale: float, bits: int, *, signed: int) -> str:
    inputs = (value, net.constant(scale), net.constant(0), net.constant(bits))
    return net.node("Quant", *inputs, domain=QONNX, signed=signed, narrow=0, rounding_mode="ROUND")


def khot_network() -> onnx.ModelProto:
    """Convolutions and a layer of one and two signed digits, a residual sum, BatchNormalization with float parameters."""
    net, random = Network(), np.random.default_rng(0)
    value = quantized(net, "x", 2**-4, 8, signed=1)
    for slots in ([range(6)], [[0, 2, 4], [1, 3, 5]]):
        weights = khot_weights(random, (4, 36 if value.startswith("add") else 27), slots).reshape(4, -1, 3, 3) / 32
        if weights.shape[1] == 3:
            value = net.node("Conv", value, quantized(net, net.constant(weights), 2**-5, 8, signed=1), pads=[1] * 4)
            value = net.node("BatchNormalization", value, *map(net.constant, random.uniform(0.7, 1.4, (4, 4))))
            value = quantized(net, net.node("Relu", value), 2**-3, 4, signed=0)
            value = net.node("Add", value, value)
        else:
            branch = net.node("Conv", value, quantized(net, net.constant(weights), 2**-5, 8, signed=1), pads=[1] * 4)
            value = net.node("Add", quantized(net, branch, 2**-2, 6, signed=1), value)
            value = quantized(net, value, 2**-1, 4, signed=1)
    flat = net.node("Reshape", value, net.constant([1, -1], dtype=np.int64))
    matrix = quantized(net, net.constant(khot_weights(random, (100, 3), [range(8)]) / 128), 2**-7, 9, signed=1)
    return net.model(net.node("MatMul", flat, matrix), (1, 3, 5, 5), (1, 3))


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    folder = tmp_path_factory.mktemp("build")
    return fpgaflow.build(
        save(mlp(FLOATS), folder), output=folder / "out", multiplier_free=True, verify=False, synth=False
    )


def test_no_unit_has_dsp_blocks(design: Design) -> None:
    assert [stage.unit.cost().dsp for stage in design.accelerator.stages] == [0] * len(design.accelerator.stages)
    assert design.report.resources["limit"]["dsp"] == 0
    assert design.report.resources["used"]["estimate"]["dsp"] == 0
    assert design.report.mapping.endswith(", without DSP blocks")


def test_a_product_of_data_is_refused(tmp_path: Path) -> None:
    net = Network()
    value = quantized(net, "x", 2**-4, 8, signed=1)
    file = save(net.model(net.node("Mul", value, value), (1, 4), (1, 4)), tmp_path)
    with pytest.raises(FlowError) as caught:
        fpgaflow.build(file, output=tmp_path / "out", multiplier_free=True)
    assert str(caught.value) == (
        "error[FF405]: 'mul_0' needs DSP blocks, and the accelerator must do without\n"
        "  --> model.onnx: node 'node_mul_0' (Mul)\n"
        "   = reason: every unit that computes it multiplies numbers that are not constant, or by constants of many digits\n"
        "   = hint: leave out --multiplier-free, or bring what is added to scales that are powers of two apart"
    )
    assert not (tmp_path / "out").exists()


def copied(design: Design, folder: Path) -> Design:
    return Design(Path(shutil.copytree(design.folder, folder / "copy")))


def test_dsp_blocks_of_yosys_are_an_error(design: Design, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def synthesize(jobs, **_):
        asked.extend(jobs)
        counts = [CellCounts(Resources(lut=10, dsp=dsp), 0, 0.0, {}) for dsp in (2, *[0] * len(jobs))]
        return {job.name: YosysResult(job.name, one, 0.0, False) for job, one in zip(jobs, counts, strict=False)}

    monkeypatch.setattr(synthesis, "synthesize", synthesize)
    own = copied(design, tmp_path)
    with pytest.raises(FlowError) as caught:
        fpgaflow.synthesize_design(own)
    assert not any(job.no_dsp for job in asked)
    assert str(caught.value) == (
        "error[FF604]: Yosys made DSP blocks, and the accelerator must do without\n"
        f"   = reason: they are in {own.accelerator.stages[0].name} (2)\n"
        "   = hint: please report it with the build folder; `fpgaflow build` without --multiplier-free uses DSP blocks"
    )


def test_dsp_blocks_of_vitis_are_an_error(design: Design, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(synthesis, "run_hls", lambda *_: SAMPLE)
    with pytest.raises(FlowError) as caught:
        fpgaflow.synthesize_design(copied(design, tmp_path), tool="vitis")
    assert caught.value.code == "FF604"
    assert "product (4), the accelerator (" in caught.value.reason


@pytest.mark.slow
def test_khot_network_without_dsp_blocks(tmp_path: Path) -> None:
    built = fpgaflow.build(
        save(khot_network(), tmp_path), output=tmp_path / "out", multiplier_free=True, target_fps=1e5, frames=20
    )
    report = built.report
    assert [report.verified[engine] for engine in ("numpy", "cpp", "rtl")] == [{"frames": 20, "mismatches": 0}] * 3
    assert report.exactness.equal == report.exactness.outputs
    assert report.resources["used"]["yosys"]["dsp"] == 0
    units = [stage.unit for stage in built.accelerator.stages]
    assert any(isinstance(unit, DenseUnit) and unit.multiplier is Multiplier.SHIFT for unit in units)
