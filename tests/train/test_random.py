"""Random layers in random formats and modes: module, graph and integers are equal."""

from __future__ import annotations

import random

import pytest
import torch
from torch import nn

from fpgaflow.fixed import Overflow, Rounding
from fpgaflow.train.activations import QLeakyReLU, QReLU
from fpgaflow.train.batch_norm import QBatchNorm
from fpgaflow.train.products import QConv2d
from fpgaflow.train.quantizer import FixedPointQuantizer, Quantizer
from tests.train.engines import assert_equal_everywhere

SATURATING = (Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC)


def quantizer(chance: random.Random, low: int, high: int, **options: object) -> FixedPointQuantizer:
    modes = {"rounding": chance.choice(list(Rounding)), "overflow": chance.choice(SATURATING)}
    return FixedPointQuantizer(chance.randint(low, high), **modes, **options)


def layers(chance: random.Random, channels: int, source: Quantizer) -> tuple[list[nn.Module], int, Quantizer]:
    """A convolution, perhaps a BatchNorm, an activation; its number of channels and its quantizer."""
    groups = chance.choice([1, channels])
    outputs = groups * chance.randint(1, 3)
    kernel = (chance.randint(1, 3), chance.randint(1, 3))
    weights = quantizer(chance, 2, 9, channels=chance.choice([None, outputs]), axis=0)
    made: list[nn.Module] = [
        QConv2d(
            channels,
            outputs,
            kernel,
            stride=(chance.randint(1, 2), chance.randint(1, 2)),
            padding=(chance.randint(0, 2), chance.randint(0, 2)),
            dilation=(chance.randint(1, 2), 1),
            groups=groups,
            bias=chance.random() < 0.5,
            weights=weights,
            source=source,
        )
    ]
    if chance.random() < 0.6:
        if cast := chance.random() < 0.5:
            made.append(quantizer(chance, 6, 10))
        norm = QBatchNorm(
            outputs,
            multiplier=quantizer(chance, 5, 10, channels=outputs, axis=0),
            addend=quantizer(chance, 5, 10, channels=outputs, axis=0),
            product=quantizer(chance, 6, 10) if cast else None,
            output=quantizer(chance, 6, 10) if cast else None,
        )
        nn.init.uniform_(norm.weight, 0.3, 2.0)
        nn.init.normal_(norm.bias)
        made.append(norm)
    shared = chance.choice([None, outputs])
    output = quantizer(chance, 3, 8, signed=chance.random() < 0.5, channels=shared)
    kind = chance.choice(["plain", "relu", "leaky"])
    slope = chance.choice([0.25, 0.1])
    made.append(output if kind == "plain" else QReLU(output) if kind == "relu" else QLeakyReLU(output, slope))
    return made, outputs, output


@pytest.mark.parametrize("seed", range(24))
def test_random_network(seed: int) -> None:
    chance = random.Random(seed)
    torch.manual_seed(seed)
    channels = chance.randint(1, 4)
    shape = (channels, chance.randint(9, 12), chance.randint(9, 12))
    source: Quantizer = quantizer(chance, 2, 8)
    made: list[nn.Module] = [source]
    for _ in range(chance.randint(1, 2)):
        more, channels, source = layers(chance, channels, source)
        made += more
    model = nn.Sequential(*made)
    for _ in range(3):
        model(torch.randn(6, *shape) * 2)
    assert_equal_everywhere(model, torch.randn(12, *shape) * 2)
