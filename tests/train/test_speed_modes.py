"""torch.compile and autocast: prepared networks train under both, and evaluate to the same integers."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from fpgaflow.train.config import Config
from fpgaflow.train.prepare import prepare

SHAPE = (4, 3, 6, 6)


@pytest.fixture
def model() -> nn.Module:
    """Small, because compilers take seconds a layer."""
    layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)]
    made = prepare(nn.Sequential(*layers), Config(4, 4, cast_norms=True, width_range=(2, 8)))
    made(torch.randn(SHAPE))
    return made


def gradients(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}


def test_compiled_without_a_break(model: nn.Module) -> None:
    """The whole training step is one graph; with PyTorch's own kernels it computes the same, gradients too."""
    x = torch.randn(SHAPE)
    compiled, plain = model, copy.deepcopy(model)
    results = [torch.compile(compiled, fullgraph=True, backend="aot_eager")(x), plain(x)]
    for result in results:
        result.square().sum().backward()
    assert torch.equal(*results)
    found, wanted = gradients(compiled), gradients(plain)
    assert found.keys() == wanted.keys()
    assert [name for name, gradient in found.items() if not torch.equal(gradient, wanted[name])] == []


@pytest.mark.slow
def test_compiled_evaluation_is_exact(model: nn.Module) -> None:
    """With the kernels that the compiler generates."""
    model.eval()
    x = torch.randn(SHAPE)
    with torch.no_grad():
        assert torch.equal(torch.compile(model)(x), model(x))


def test_autocast(model: nn.Module) -> None:
    """Training computes products in bfloat16; evaluation stays exact."""
    x = torch.randn(SHAPE)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = model(x)
    assert result.dtype == torch.bfloat16
    result.float().square().sum().backward()
    found = gradients(model)
    assert len(found) > 15 and all(bool(gradient.isfinite().all()) for gradient in found.values())
    model.eval()
    wanted = model(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(model(x), wanted)
