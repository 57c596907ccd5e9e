"""Every layer in evaluation mode computes the integers of the exported network, in all engines of Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from fpgaflow.fixed import Overflow, Rounding
from fpgaflow.train.activations import QLeakyReLU, QPReLU, QReLU, QReLU6, QRPReLU
from fpgaflow.train.batch_norm import QBatchNorm, freeze_statistics
from fpgaflow.train.exact import exact_type
from fpgaflow.train.joins import QAdd, QConcat
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer, TernaryQuantizer
from fpgaflow.train.pools import QAvgPool2d, QGlobalAvgPool
from fpgaflow.train.products import QConv1d, QConv2d, QLinear
from fpgaflow.train.quantizer import FixedPointQuantizer, Quantizer
from tests.train.engines import assert_equal_everywhere

Layers = Callable[[Quantizer], list[nn.Module]]
EXPORTED = [overflow for overflow in Overflow if overflow.value.startswith("saturate")]


def fixed(width: int, channels: int | None = None, **options: object) -> FixedPointQuantizer:
    return FixedPointQuantizer(width, channels=channels, axis=0, **options)


def activation(width: int = 4, **options: object) -> FixedPointQuantizer:
    return FixedPointQuantizer(width, **options)


def conv(channels: int, outputs: int, source: Quantizer, **options: object) -> QConv2d:
    options = {"kernel_size": 3, "weights": fixed(4, outputs, narrow=True), "bias": False, **options}
    return QConv2d(channels, outputs, source=source, **options)


def norm(channels: int, width: int = 8, **options: object) -> QBatchNorm:
    made = QBatchNorm(channels, multiplier=fixed(width, channels), addend=fixed(width, channels), **options)
    nn.init.uniform_(made.weight, 0.5, 1.5)
    nn.init.normal_(made.bias)
    return made


def network(layers: Layers, **options: object) -> nn.Sequential:
    source = activation(**options)
    return nn.Sequential(source, *layers(source))


class Shortcut(nn.Module):
    """Two branches of convolutions, joined."""

    def __init__(self, join: nn.Module, tail: nn.Module) -> None:
        super().__init__()
        self.source = activation()
        self.left, self.right = (conv(3, 4, self.source, padding=1) for _ in range(2))
        self.left_norm, self.left_act = norm(4), QReLU(activation(signed=False))
        self.join, self.tail = join, tail

    def forward(self, x: Tensor) -> Tensor:
        x = self.source(x)
        left = self.left_act(self.left_norm(self.left(x)))
        return self.tail(self.join(left, self.right(x)))


IMAGE, ROW, VECTOR = (6, 3, 9, 8), (6, 3, 11), (40, 12)
CASES: dict[str, tuple[tuple[int, ...], Layers]] = {
    "linear": (VECTOR, lambda s: [QLinear(12, 7, weights=fixed(4), source=s), activation()]),
    "linear, per channel": (VECTOR, lambda s: [QLinear(12, 7, weights=fixed(4, 7), source=s), activation(6)]),
    "channels of several points": (
        IMAGE,
        lambda s: [conv(3, 4, s), cast := activation(4, channels=4), conv(4, 2, cast, bias=True), activation()],
    ),
    "linear, bipolar": (
        VECTOR,
        lambda s: [QLinear(12, 7, weights=BipolarQuantizer(channels=7), source=s), activation()],
    ),
    "linear, ternary": (VECTOR, lambda s: [QLinear(12, 7, weights=TernaryQuantizer(), source=s), activation()]),
    "linear, K-hot": (
        VECTOR,
        lambda s: [QLinear(12, 7, weights=KHotQuantizer(6, 2, channels=7), source=s), activation()],
    ),
    "linear, bipolar result": (
        VECTOR,
        lambda s: [
            QLinear(12, 7, weights=fixed(4), source=s),
            BipolarQuantizer(),
            QLinear(7, 5, weights=fixed(4), source=s, bias=False),
            activation(),
        ],
    ),
    "linear, wide": (VECTOR, lambda s: [QLinear(12, 7, weights=fixed(16, 7), source=s), activation(12)]),
    "convolution": (IMAGE, lambda s: [conv(3, 5, s), activation()]),
    "convolution, bias": (IMAGE, lambda s: [conv(3, 5, s, bias=True), activation()]),
    "strided, padded": (IMAGE, lambda s: [conv(3, 5, s, stride=(2, 1), padding=(1, 2)), activation()]),
    "same, dilated": (IMAGE, lambda s: [conv(3, 5, s, kernel_size=(2, 3), padding="same", dilation=2), activation()]),
    "grouped": (IMAGE, lambda s: [conv(3, 6, s, groups=3), activation()]),
    "depthwise": (IMAGE, lambda s: [conv(3, 3, s, groups=3, padding=1), activation()]),
    "one axis": (
        ROW,
        lambda s: [QConv1d(3, 4, 3, stride=2, padding=1, weights=fixed(4, 4), source=s), activation(), nn.MaxPool1d(2)],
    ),
    "norm": (IMAGE, lambda s: [conv(3, 5, s), norm(5), activation()]),
    "norm of a row": (ROW, lambda s: [QConv1d(3, 4, 3, weights=fixed(4, 4), source=s), norm(4), activation()]),
    "norm of a vector": (VECTOR, lambda s: [QLinear(12, 7, weights=fixed(4), source=s), norm(7), activation()]),
    "norm, every result cast": (
        IMAGE,
        lambda s: [conv(3, 5, s), activation(10), norm(5, product=activation(10), output=activation(8)), activation()],
    ),
    "relu": (IMAGE, lambda s: [conv(3, 5, s), norm(5), QReLU(activation(signed=False))]),
    "relu, signed": (IMAGE, lambda s: [conv(3, 5, s, bias=True), QReLU(activation(signed=True))]),
    "relu6": (IMAGE, lambda s: [conv(3, 5, s), norm(5), QReLU6(activation(signed=False, point=1))]),
    "leaky relu": (IMAGE, lambda s: [conv(3, 5, s), norm(5), QLeakyReLU(activation(), 0.1)]),
    "prelu": (
        IMAGE,
        lambda s: [conv(3, 5, s), norm(5), QPReLU(activation(), fixed(5, 5), nn.Parameter(torch.rand(5)))],
    ),
    "prelu, falling": (IMAGE, lambda s: [conv(3, 5, s), QPReLU(activation(), fixed(5), nn.Parameter(-torch.rand(1)))]),
    "rprelu": (
        IMAGE,
        lambda s: [conv(3, 5, s), norm(5), QRPReLU(activation(), fixed(5, 5), (fixed(6, 5), fixed(6, 5)), 5)],
    ),
    "max pool": (
        IMAGE,
        lambda s: [conv(3, 5, s), activation(), nn.MaxPool2d(3, 2, 1), conv(5, 2, s, kernel_size=1), activation()],
    ),
    "mean of windows": (IMAGE, lambda s: [QAvgPool2d((2, 3), activation(6)), conv(3, 2, s, padding=1), activation()]),
    "mean, padding": (
        IMAGE,
        lambda s: [QAvgPool2d((3, 3), activation(6), (2, 2), (1, 1)), conv(3, 2, s), activation()],
    ),
    "mean, padding left out": (
        IMAGE,
        lambda s: [QAvgPool2d((3, 3), activation(6), (2, 2), (1, 1), False), conv(3, 2, s), activation()],
    ),
    "mean of all": (IMAGE, lambda s: [conv(3, 5, s), activation(5), QGlobalAvgPool(activation(6), keep=False)]),
    "mean kept": (
        IMAGE,
        lambda s: [
            conv(3, 5, s),
            activation(5),
            QGlobalAvgPool(activation(6)),
            nn.Flatten(),
            QLinear(5, 3, weights=fixed(4), source=s),
            activation(),
        ],
    ),
    "flatten": (
        IMAGE,
        lambda s: [conv(3, 2, s), activation(), nn.Flatten(), QLinear(84, 4, weights=fixed(4), source=s), activation()],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_layer(name: str) -> None:
    shape, layers = CASES[name]
    model = network(layers)
    for _ in range(3):
        model(torch.randn(shape))
    assert assert_equal_everywhere(model, torch.randn(shape) * 1.5) > 2


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", EXPORTED)
@pytest.mark.parametrize("signed", [False, True])
def test_modes(rounding: Rounding, overflow: Overflow, signed: bool) -> None:
    options = {"rounding": rounding, "overflow": overflow, "signed": signed}

    def layers(source: Quantizer) -> list[nn.Module]:
        return [
            QLinear(12, 9, weights=fixed(4, rounding=rounding, overflow=overflow), source=source),
            norm(9),
            activation(3, **options),
        ]

    model = network(layers, width=5, rounding=rounding, overflow=overflow)
    model(torch.randn(VECTOR))
    assert_equal_everywhere(model, (torch.randn(200, 12) * 32).round() / 16)


@pytest.mark.parametrize("tail", ["cast", "relu"])
@pytest.mark.parametrize("own", [False, True])
def test_shortcut(tail: str, own: bool) -> None:
    output = activation(5) if tail == "cast" else None
    join = QAdd(activation(5) if own else None, activation(6), output)
    model = Shortcut(join, nn.Identity() if output else QReLU(activation(signed=False)))
    model(torch.randn(IMAGE))
    assert_equal_everywhere(model, torch.randn(IMAGE))


def test_concatenation() -> None:
    model = Shortcut(QConcat(activation(5)), nn.MaxPool2d(2))
    model(torch.randn(IMAGE))
    assert_equal_everywhere(model, torch.randn(IMAGE))


def test_wide_products_are_exact() -> None:
    """16 bits by 16 bits: float32 can't hold the sums, float64 does."""
    source = activation(16)
    layer = QLinear(64, 3, weights=fixed(16), source=source)
    model = nn.Sequential(source, layer, activation(16))
    model(torch.randn(20, 64))
    assert exact_type(torch.zeros(1), layer.reach) == torch.float64
    x = torch.randn(20, 64)
    model.eval()
    codes, weights = source.codes(x), layer.weights.codes(layer.weight)
    bias = layer.cast_bias().double() * 2.0 ** (layer.weights.points + source.points)
    wanted = codes @ weights.T + bias.long()
    assert torch.equal(layer(source(x)).double() * 2.0 ** (layer.weights.points + source.points), wanted.double())
    assert_equal_everywhere(model, x)


def test_frozen_statistics_train_as_they_evaluate() -> None:
    source = activation()
    model = nn.Sequential(source, conv(3, 5, source), norm(5), activation())
    for _ in range(3):
        model(torch.randn(IMAGE))
    freeze_statistics(model)
    x = torch.randn(IMAGE)
    trained = model.train()(x)
    assert torch.equal(trained, model.eval()(x).float())


def test_norm_of_a_batch_is_the_multiplication_and_addition() -> None:
    """Training mode, with the batch's own statistics: the quantized factor and shift, up to float32's rounding."""
    layer = norm(3, product=None)
    reference = nn.BatchNorm2d(3)
    reference.load_state_dict({k: v for k, v in layer.state_dict().items() if k in reference.state_dict()})
    fine = norm(3)
    fine.load_state_dict(reference.state_dict(), strict=False)
    for quantizer in (fine.multiplier, fine.addend):
        quantizer.fixed = type(quantizer.fixed)(24)
    x = torch.randn(IMAGE, requires_grad=True)
    again = x.detach().clone().requires_grad_()
    gradient = torch.randn(IMAGE)
    fine(x).backward(gradient)
    reference(again).backward(gradient)
    assert (x.grad - again.grad).abs().max().item() < 1e-5
    assert torch.equal(fine.running_mean, reference.running_mean)
    assert torch.equal(fine.running_var, reference.running_var)
    assert (fine(x) - reference(x)).abs().max().item() < 1e-5
