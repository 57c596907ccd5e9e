"""Layers of a network for layer-by-layer tuning, and learned rounding."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.train.adaround import AdaptiveRounding
from fpgaflow.train.layers import layers_of
from fpgaflow.train.quantizer import FixedPointQuantizer
from tests.floats import convolutional
from tests.models import MlpSpec, mlp, save


def test_layers(tmp_path: Path) -> None:
    """A layer ends with its quantizer; without one where values branch or join."""
    graph = read_model(save(mlp(MlpSpec(batch_norm=True)), tmp_path))
    kinds = [[type(node.op).__name__ for node in layer.nodes] for layer in layers_of(graph, graph)]
    assert kinds == [["MatMul", "Add", "BatchNormalization", "Relu", "Quant"], ["MatMul", "Add", "BatchNormalization"]]
    graph = read_model(save(convolutional(), tmp_path))
    kinds = [[type(node.op).__name__ for node in layer.nodes] for layer in layers_of(graph, graph)]
    side = ["Conv", "BatchNormalization", "LeakyRelu"]
    first = ["Conv", "BatchNormalization", "Relu"]
    assert kinds == [first, first, ["Conv", "BatchNormalization"], side, side, ["MatMul", "Add"]]
    assert [layer.target for layer in layers_of(graph, graph)] == [
        layer.nodes[-1].name for layer in layers_of(graph, graph)
    ]


@pytest.mark.parametrize("channels", [None, 3])
def test_rounding(channels: int | None) -> None:
    """It starts at the real weights; decided, they are the code below or above, or the nearest end of the range."""
    quantizer = FixedPointQuantizer(3, channels=channels, axis=0)
    weights = torch.randn(3, 200) * torch.tensor([[1.0], [2.0], [8.0]])
    nearest = quantizer(weights).detach()
    steps = 2.0 ** -quantizer.points.float().reshape(-1, 1)
    rounding = AdaptiveRounding(weights, quantizer)
    inside = (weights / steps).abs() < 3
    assert torch.all((rounding() - weights).abs()[inside] <= 0.02 * steps.expand_as(weights)[inside])
    assert torch.equal(rounding.decided(), nearest)
    with torch.no_grad():
        rounding.decision.copy_(torch.randn_like(weights) * 10)
    decided = rounding.decided()
    assert torch.equal(quantizer(decided), decided)
    assert torch.all((decided - weights).abs()[inside] <= steps.expand_as(weights)[inside])
    assert not torch.equal(decided, nearest)


def test_regulariser() -> None:
    """Nothing at first; then it falls as decisions are made."""
    quantizer = FixedPointQuantizer(4, point=0)
    rounding = AdaptiveRounding(torch.rand(100), quantizer)
    assert rounding.undecided(0.1).item() == 0
    open_, halfway = rounding.undecided(0.3).item(), rounding.decision.detach().clone()
    with torch.no_grad():
        rounding.decision.copy_(halfway.sign() * 10)
    assert rounding.undecided(0.3).item() == rounding.undecided(0.9).item() == 0 < open_ <= 1
