"""Time of a training step of ResNet-8: the float network, prepared by fpgaflow.train, and by Brevitas if it is installed.

Run it with ``python -m benchmarks.train_step [--compile]``: 4-bit weights and activations, batches of 128 images of 32x32.
Steps of all networks alternate and the least time of each counts, so that other work on the machine counts little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from fpgaflow.train.config import Config
from fpgaflow.train.prepare import prepare
from fpgaflow.train.quantizer import learning_rate_groups

BATCH, ROUNDS = 128, 8
WIDTHS = (16, 32, 64)


class Layers:
    """The layers that a ResNet-8 is made of; another set of them makes another network."""

    def conv(self, channels: int, outputs: int, kernel: int, stride: int) -> nn.Module:
        return nn.Conv2d(channels, outputs, kernel, stride, kernel // 2, bias=False)

    def relu(self) -> nn.Module:
        return nn.ReLU()

    def cast(self) -> nn.Module:
        """In front of a sum, and at the input."""
        return nn.Identity()

    def linear(self, channels: int, outputs: int) -> nn.Module:
        return nn.Linear(channels, outputs)


class BrevitasLayers(Layers):
    """4 bits, power-of-two scales, as fpgaflow.train has them."""

    def conv(self, channels: int, outputs: int, kernel: int, stride: int) -> nn.Module:
        from brevitas.nn import QuantConv2d  # noqa: PLC0415 - for comparison only
        from brevitas.quant import Int8WeightPerTensorFixedPoint  # noqa: PLC0415

        return QuantConv2d(
            channels, outputs, kernel, stride=stride, padding=kernel // 2, bias=False,
            weight_quant=Int8WeightPerTensorFixedPoint, weight_bit_width=4,
        )  # fmt: skip

    def relu(self) -> nn.Module:
        from brevitas.nn import QuantReLU  # noqa: PLC0415
        from brevitas.quant import Uint8ActPerTensorFixedPoint  # noqa: PLC0415

        return QuantReLU(act_quant=Uint8ActPerTensorFixedPoint, bit_width=4)

    def cast(self) -> nn.Module:
        from brevitas.nn import QuantIdentity  # noqa: PLC0415
        from brevitas.quant import Int8ActPerTensorFixedPoint  # noqa: PLC0415

        return QuantIdentity(act_quant=Int8ActPerTensorFixedPoint)

    def linear(self, channels: int, outputs: int) -> nn.Module:
        from brevitas.nn import QuantLinear  # noqa: PLC0415
        from brevitas.quant import Int8WeightPerTensorFixedPoint  # noqa: PLC0415

        return QuantLinear(channels, outputs, bias=True, weight_quant=Int8WeightPerTensorFixedPoint, weight_bit_width=4)


class Block(nn.Module):
    def __init__(self, layers: Layers, channels: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(layers.conv(channels, outputs, 3, stride), nn.BatchNorm2d(outputs), layers.relu())
        self.second = nn.Sequential(layers.conv(outputs, outputs, 3, 1), nn.BatchNorm2d(outputs), layers.cast())
        straight = channels == outputs
        self.shortcut = (
            nn.Identity() if straight else nn.Sequential(layers.conv(channels, outputs, 1, stride), layers.cast())
        )
        self.relu = layers.relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.second(self.first(x)) + self.shortcut(x))


class ResNet8(nn.Module):
    def __init__(self, layers: Layers) -> None:
        super().__init__()
        width = WIDTHS[0]
        self.stem = nn.Sequential(layers.cast(), layers.conv(3, width, 3, 1), nn.BatchNorm2d(width), layers.relu())
        pairs = zip((width, *WIDTHS), WIDTHS, strict=False)
        self.blocks = nn.Sequential(*(Block(layers, c, o, 1 if c == o else 2) for c, o in pairs))
        self.head = layers.linear(WIDTHS[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


def step_of(model: nn.Module) -> Callable[[], None]:
    """A training step on random data."""
    x, wanted = torch.randn(BATCH, 3, 32, 32), torch.randint(10, (BATCH,))
    optimizer = torch.optim.SGD(learning_rate_groups(model, 0.01, 0.001), momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), wanted).backward()
        optimizer.step()

    return step


def networks() -> dict[str, nn.Module]:
    narrow = Config(weight_width=4, activation_width=4)
    plain = ResNet8(Layers())
    found = {
        "float": plain,
        "fpgaflow.train": prepare(plain, narrow),
        "fpgaflow.train, norms cast": prepare(plain, Config(weight_width=4, activation_width=4, cast_norms=True)),
        "fpgaflow.train, norms folded": prepare(plain, Config(weight_width=4, activation_width=4, fold_norms=True)),
    }
    if find_spec("brevitas") is not None:
        found["brevitas"] = ResNet8(BrevitasLayers())
    return found


def measure(compiled: bool) -> dict[str, float]:
    """Least seconds of a step, by network."""
    steps = {}
    for name, model in networks().items():
        steps[name] = step_of(torch.compile(model) if compiled and name != "brevitas" else model)
        for _ in range(3):
            steps[name]()
    seconds: dict[str, float] = dict.fromkeys(steps, float("inf"))
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds


def main() -> None:
    seconds = measure("--compile" in sys.argv)
    table = Table(
        "network", "ms a step", "of float", title=f"ResNet-8, {BATCH} images, {torch.get_num_threads()} threads"
    )
    for name, taken in seconds.items():
        table.add_row(name, f"{1000 * taken:.0f}", f"{taken / seconds['float']:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
