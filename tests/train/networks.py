"""Float networks to be prepared."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn


class Block(nn.Module):
    """Two convolutions with a shortcut; one ReLU module, called twice."""

    def __init__(self, channels: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        straight = stride == 1 and channels == outputs
        self.shortcut = nn.Identity() if straight else nn.Conv2d(channels, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        y += self.shortcut(x)
        return self.relu(y)


class ResNet(nn.Module):
    """ResNet-8's form, as small as asked for."""

    def __init__(self, width: int = 4, classes: int = 5) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(Block(width, width, 1), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2))
        self.head = nn.Linear(4 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


class Mixed(nn.Module):
    """Functions and modules of many kinds, written in different ways."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding="same")
        self.depthwise = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.prelu = nn.PReLU(4)
        self.dropout = nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(108, 8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(x))
        y = self.prelu(self.norm(self.depthwise(x)))
        z = F.leaky_relu(self.depthwise(x), 0.2)
        x = torch.cat([x, y], 1)
        x = F.max_pool2d(x, 2)
        x = torch.cat((x + x, F.avg_pool2d(z, 2)), dim=1)
        x = F.avg_pool2d(x, 2, stride=1)
        x = F.relu6(self.fc1(self.dropout(x.view(x.size(0), -1))))
        return self.fc2(x.reshape(x.shape[0], 8))
