"""Trained networks as QONNX files, and as verified hardware."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

import fpgaflow
from fpgaflow.errors import FlowError
from fpgaflow.fixed import Overflow
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.train.config import Config
from fpgaflow.train.export import export, to_graph
from fpgaflow.train.khot import KHotQuantizer
from fpgaflow.train.prepare import prepare
from fpgaflow.train.products import QConv2d
from fpgaflow.train.quantizer import FixedPointQuantizer
from tests.train.networks import Mixed, ResNet

CONFIGS = {
    "4 bits": Config(weight_width=4, activation_width=4),
    "norms cast": Config(weight_width=3, activation_width=3, element_width=6, cast_norms=True),
    "K-hot": Config(weight_width=6, activation_width=4, digits=2, signed_digits=True, fold_norms=True),
    "bipolar": Config(weight_width=1, activation_width=2),
}


def calibrated(network: nn.Module, config: Config, size: int) -> nn.Module:
    model = prepare(network, config)
    for _ in range(4):
        model(torch.randn(8, 3, size, size))
    return model.eval()


@pytest.mark.parametrize("name", CONFIGS)
def test_file_is_the_module(name: str, tmp_path: Path) -> None:
    """What is read from the file gives the module's numbers, and its weights the module's integers."""
    model = calibrated(Mixed(), CONFIGS[name], 8)
    x = torch.randn(16, 3, 8, 8)
    export(model, x[:1], tmp_path / "mixed.onnx")
    onnx.checker.check_model(tmp_path / "mixed.onnx")
    graph = read_model(tmp_path / "mixed.onnx")
    (output,) = graph.outputs
    with torch.no_grad():
        wanted = model(x)
    assert np.array_equal(graph.evaluate({"x": x.numpy()})[output].astype(np.float64), wanted.double().numpy())
    layer = model.get_submodule("fc1")
    found = [c.quantization.codes for c in graph.constants.values() if c.quantization is not None]
    assert any(np.array_equal(codes, layer.weights.codes(layer.weight).numpy().T) for codes in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["4 bits", "norms cast", "K-hot"])
def test_hardware_is_the_module(name: str, tmp_path: Path) -> None:
    """The whole way: the integers that C++ and RTL compute are those of the module in evaluation mode."""
    model = calibrated(ResNet(width=2, classes=3), CONFIGS[name], 8)
    model = nn.Sequential(model, FixedPointQuantizer(8))
    x = torch.randn(6, 3, 8, 8)
    with torch.no_grad():
        wanted = model(x).numpy()
    export(model, x, tmp_path / "resnet.onnx")
    np.save(tmp_path / "x.npy", x.numpy())
    design = fpgaflow.build(
        tmp_path / "resnet.onnx", output=tmp_path / "out", calibration=tmp_path / "x.npy", frames=6, synth=False
    )
    report = design.report
    assert report.first_mismatch is None
    for engine in ("numpy", "cpp", "rtl"):
        assert report.verified[engine] == {"frames": 6, "mismatches": 0}
        assert np.array_equal(design(x.numpy(), engine=engine), wanted)


class Wrapped(nn.Module):
    def __init__(self, cast: nn.Module, layer: nn.Module) -> None:
        super().__init__()
        self.cast, self.layer = cast, layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.cast(x))


def fixed(**options: object) -> FixedPointQuantizer:
    return FixedPointQuantizer(4, **{"point": 2, **options})


@pytest.mark.parametrize(
    ("model", "code", "text"),
    [
        (fixed(overflow=Overflow.WRAP), "FF202", "the quantizer of 'layer' has overflow wrap"),
        (fixed(overflow=Overflow.TO_ZERO), "FF202", "the quantizer of 'layer' has overflow to-zero"),
        (KHotQuantizer(4, 1, point=0), "FF202", "the quantizer of 'layer' chooses from a table"),
        (nn.Sigmoid(), "FF202", "'layer' is a Sigmoid"),
        (nn.Flatten(0), "FF202", "'layer' makes the shape [108] of [1, 3, 6, 6]"),
        (nn.MaxPool2d(2, ceil_mode=True), "FF202", "'layer' is a MaxPool with ceil_mode or return_indices"),
        (
            QConv2d(3, 2, 3, padding=1, padding_mode="reflect", weights=fixed(), source=fixed()),
            "FF202",
            "a convolution pads with 'reflect'",
        ),
        (fixed(point=None), "FF306", "the quantizer 'layer' has not seen enough data"),
    ],
)
def test_refused(model: nn.Module, code: str, text: str) -> None:
    with pytest.raises(FlowError) as caught:
        to_graph(Wrapped(fixed(), model), torch.zeros(1, 3, 6, 6))
    assert (caught.value.code, caught.value.what) == (code, text)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((2, 5), "mat1 and mat2 shapes cannot be multiplied (2x5 and 3x3)"),
        ((3,), "the first axis counts frames, others must follow"),
    ],
)
def test_examples_that_do_not_fit(shape: tuple[int, ...], reason: str) -> None:
    model = prepare(nn.Sequential(nn.Linear(3, 3)))
    model(torch.ones(1, 3))
    with pytest.raises(FlowError) as caught:
        to_graph(model, torch.zeros(shape))
    assert (caught.value.code, caught.value.reason) == ("FF502", reason)
    assert caught.value.what == f"the network can't take the example, of shape {list(shape)}"


def test_functions_are_refused() -> None:
    class Sum(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + x

    with pytest.raises(FlowError) as caught:
        to_graph(Sum(), torch.zeros(1, 3))
    assert caught.value.what == "add calls 'add'" and caught.value.hint == "take a QAdd"
