"""The networks that are trained: ordinary PyTorch modules, made of whatever layers a kit brings."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn


class Kit(Protocol):
    """Makes the layers of a network; with ``FloatKit`` ordinary ones."""

    def conv(self, inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
        """Without bias, padded so that stride 1 keeps the size."""
        ...

    def linear(self, inputs: int, outputs: int) -> nn.Module: ...

    def relu(self) -> nn.Module: ...

    def summand(self) -> nn.Module:
        """Stands behind both operands of a sum, one for both."""
        ...


class FloatKit:
    """Layers of real numbers."""

    def conv(self, inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
        return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)

    def linear(self, inputs: int, outputs: int) -> nn.Module:
        return nn.Linear(inputs, outputs)

    def relu(self) -> nn.Module:
        return nn.ReLU()

    def summand(self) -> nn.Module:
        return nn.Identity()


class Block(nn.Module):
    """Two convolutions beside a shortcut, which is one of 1x1 where the size changes."""

    def __init__(self, kit: Kit, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1, self.relu1 = kit.conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), kit.relu()
        self.conv2, self.norm2 = kit.conv(outputs, outputs, 3, 1), nn.BatchNorm2d(outputs)
        self.changes = stride != 1 or inputs != outputs
        if self.changes:
            self.shortcut, self.shortcut_norm = kit.conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)
        self.summand, self.relu2 = kit.summand(), kit.relu()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        if self.changes:
            x = self.shortcut_norm(self.shortcut(x))
        total: torch.Tensor = self.relu2(self.summand(y) + self.summand(x))
        return total


class ResNet8(nn.Module):
    """The residual network of MLPerf Tiny: images (frames, 3, 32, 32) of bytes / 256 to 10 numbers."""

    def __init__(self, kit: Kit | None = None) -> None:
        super().__init__()
        kit = kit or FloatKit()
        self.conv, self.norm, self.relu = kit.conv(3, 16, 3, 1), nn.BatchNorm2d(16), kit.relu()
        self.blocks = nn.Sequential(Block(kit, 16, 16, 1), Block(kit, 16, 32, 2), Block(kit, 32, 64, 2))
        self.pool, self.flatten, self.linear = nn.AvgPool2d(8), nn.Flatten(), kit.linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.blocks(self.relu(self.norm(self.conv(x))))
        scores: torch.Tensor = self.linear(self.flatten(self.pool(features)))
        return scores


class DigitsNet(nn.Module):
    """Handwritten digits (frames, 1, 8, 8) of 0 to 15 / 16 to 10 numbers."""

    def __init__(self, kit: Kit | None = None) -> None:
        super().__init__()
        kit = kit or FloatKit()
        self.conv1, self.norm1, self.relu1 = kit.conv(1, 8, 3, 1), nn.BatchNorm2d(8), kit.relu()
        self.conv2, self.norm2, self.relu2 = kit.conv(8, 16, 3, 2), nn.BatchNorm2d(16), kit.relu()
        self.flatten, self.linear = nn.Flatten(), kit.linear(16 * 16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.relu2(self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x))))))
        scores: torch.Tensor = self.linear(self.flatten(features))
        return scores
