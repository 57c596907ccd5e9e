"""Ordinary networks become trainable fixed point, in one call; all engines of Python give the trained network's integers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fpgaflow.errors import FlowError
from fpgaflow.fixed import Overflow, Rounding
from fpgaflow.train.batch_norm import QBatchNorm
from fpgaflow.train.config import Config
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer
from fpgaflow.train.prepare import prepare
from fpgaflow.train.products import QConv2d
from fpgaflow.train.quantizer import Quantizer, learning_rate_groups
from tests.train.engines import assert_equal_everywhere
from tests.train.networks import Mixed, ResNet

CONFIGS = {
    "default": Config(),
    "4 bits": Config(weight_width=4, activation_width=4),
    "norms cast": Config(weight_width=4, activation_width=4, cast_norms=True),
    "norms folded": Config(weight_width=4, activation_width=4, fold_norms=True),
    "K-hot": Config(weight_width=6, activation_width=4, digits=2, signed_digits=True),
    "bipolar": Config(weight_width=1, activation_width=2),
    "one point a tensor": Config(weight_width=4, activation_width=4, per_channel=False),
    "other modes": Config(
        activation_width=5, rounding=Rounding.FLOOR, overflow=Overflow.SATURATE_SYMMETRIC, input_format="s6.4"
    ),
}


def trained_a_little(model: nn.Module, shape: tuple[int, ...]) -> list[float]:
    """Losses of some steps of training to classify random frames."""
    model.train()
    x, wanted = torch.randn(shape), torch.arange(shape[0]) % 4
    optimizer = torch.optim.Adam(learning_rate_groups(model, 0.01, 0.01))
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("network", [ResNet, Mixed])
@pytest.mark.parametrize("name", CONFIGS)
def test_trains_and_is_equal_everywhere(name: str, network: Callable[[], nn.Module]) -> None:
    shape = (8, 3, 16, 16) if network is ResNet else (8, 3, 8, 8)
    model = prepare(network(), CONFIGS[name])
    losses = trained_a_little(model, shape)
    assert losses[-1] < losses[0]
    assert_equal_everywhere(model, torch.randn(shape))


def test_is_a_copy_with_the_same_names() -> None:
    model = ResNet()
    before = copy.deepcopy(model.state_dict())
    prepared = prepare(model, Config(weight_width=3))
    trained_a_little(prepared, (4, 3, 16, 16))
    after = model.state_dict()
    assert all(torch.equal(after[name], values) for name, values in before.items())
    assert before.keys() <= prepared.state_dict().keys()
    assert prepared.training and not prepare(model.eval()).training


def test_state_can_be_loaded() -> None:
    x = torch.randn(4, 3, 16, 16)
    first, second = (prepare(ResNet(), Config(weight_width=4, width_range=(2, 8))) for _ in range(2))
    trained_a_little(first, (4, 3, 16, 16))
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.eval()(x), second.eval()(x))
    assert torch.equal(copy.deepcopy(first)(x), first(x))


def test_few_bits_are_close_to_float_and_more_bits_closer() -> None:
    model = ResNet().eval()
    x = torch.randn(16, 3, 16, 16)
    errors = []
    for width in (3, 6, 12):
        config = Config(weight_width=width, activation_width=width, element_width=12, input_width=12)
        prepared = prepare(model, config)
        prepared(x)
        errors.append((prepared(x) - model(x)).square().mean().item())
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_overrides() -> None:
    config = Config(
        weight_width=4,
        overrides={
            "blocks.*.conv1": {"weight_width": 1},
            "stem.*": {"digits": 1},
            "blocks.1.*": {"element_width": 5},
            "blocks.0.relu": {"activation_width": 3},
        },
    )
    model = prepare(ResNet(), config)
    assert isinstance(model.get_submodule("blocks.2.conv1.weights"), BipolarQuantizer)
    assert isinstance(model.get_submodule("stem.0.weights"), KHotQuantizer)
    assert isinstance(model.get_submodule("stem.1.multiplier"), KHotQuantizer)
    assert model.get_submodule("blocks.1.norm2.addend").bits == 5
    assert model.get_submodule("blocks.0.relu_1.output").bits == 3
    assert model.get_submodule("blocks.1.conv2.weights").bits == 4


def test_folded_norms_are_gone() -> None:
    model = ResNet()
    for _ in range(3):
        model(torch.randn(8, 3, 16, 16))
    model.eval()
    wide = Config(weight_width=16, activation_width=16, element_width=16, input_width=16, fold_norms=True)
    prepared = prepare(model, wide)
    assert not any(isinstance(module, QBatchNorm | nn.BatchNorm2d) for module in prepared.modules())
    x = torch.randn(8, 3, 16, 16)
    prepared(x)
    assert (prepared(x) - model(x)).abs().max().item() < 1e-2


def test_shared_layers_share_weights() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(self.conv(x).relu())

    prepared = prepare(Twice())
    convolutions = [module for module in prepared.modules() if isinstance(module, QConv2d)]
    assert len(convolutions) == 2 and convolutions[0].weight is convolutions[1].weight
    prepared(torch.randn(4, 2, 8, 8))
    assert_equal_everywhere(prepared, torch.randn(4, 2, 8, 8))


def test_every_point_gets_a_gradient() -> None:
    """Of the first layers' too: the chain of straight-through gradients is not broken."""
    model = prepare(ResNet(), Config(weight_width=3, activation_width=3))
    model(torch.randn(8, 3, 16, 16)).square().sum().backward()
    quantizers = {name: module for name, module in model.named_modules() if isinstance(module, Quantizer)}
    assert len(quantizers) > 30
    missing = [name for name, quantizer in quantizers.items() if quantizer.point.grad is None]
    assert missing == []


class Calls(nn.Module):
    """A convolution, and what a test does with its result."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.function(self.conv(x))


@pytest.mark.parametrize(
    ("model", "code", "text"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sigmoid()), "FF201", "'1' is a Sigmoid"),
        (Calls(torch.exp), "FF201", "'exp' is a exp"),
        (Calls(lambda x: x * 2), "FF201", "'mul' is a mul"),
        (Calls(lambda x: x + 1), "FF201", "'add' is a sum with a number"),
        (Calls(lambda x: torch.add(x, x, alpha=2)), "FF201", "'add' is a sum with a number"),
        (Calls(lambda x: x[:, 1:]), "FF201", "'getitem' is a part of a value"),
        (Calls(lambda x: x.mean(1)), "FF201", "'mean' is a mean of other axes than all spatial ones"),
        (Calls(lambda x: torch.cat([x, x], 2)), "FF201", "'cat' is a cat along another axis"),
        (
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.AvgPool2d(3, ceil_mode=True)),
            "FF201",
            "'1' is an AvgPool2d with ceil_mode or divisor_override",
        ),
        (
            nn.Sequential(nn.BatchNorm2d(3, affine=False)),
            "FF201",
            "'0' is a BatchNorm without trained factor and shift, or without running statistics",
        ),
        (Calls(lambda x: x if x.sum() > 0 else -x), "FF205", "Calls can't be traced"),
    ],
)
def test_refused(model: nn.Module, code: str, text: str) -> None:
    with pytest.raises(FlowError) as caught:
        prepare(model)
    assert (caught.value.code, caught.value.what) == (code, text)


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ({"overrides": {"layers.*": {}}}, "FF503", "the override 'layers.*' matches no module"),
        ({"overrides": {"head": {"fold_norms": True}}}, "FF503", "the override 'head' sets 'fold_norms'"),
        ({"input_format": "u8/255"}, "FF304", "a network can't be trained with the input format 'u8/255'"),
        ({"input_format": "bipolar"}, "FF304", "a network can't be trained with the input format 'bipolar'"),
        ({"weight_width": 30}, "FF306", "a quantizer has a width of 30 bits"),
        ({"rounding": "half-even"}, "FF503", "Config has rounding 'half-even'"),
        ({"overrides": {"head": {"overflow": "wrap"}}}, "FF503", "Config has overflow 'wrap'"),
        ({"signed_digits": True}, "FF503", "Config has signed_digits, but no digits"),
    ],
)
def test_refused_configurations(options: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(FlowError) as caught:
        prepare(ResNet(), Config(**options))
    assert (caught.value.code, caught.value.what) == (code, text)
