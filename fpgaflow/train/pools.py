"""Means of windows and of whole feature maps: exact sums, the division is part of the quantizer behind."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from fpgaflow.train.quantizer import Quantizer


class QAvgPool2d(nn.Module):
    """``output(sum / taps)`` of windows, zeros of the padding among the taps or not, as nn.AvgPool2d.

    In evaluation mode the sum is exact, and the quotient, rounded in float64, is on the right side of every threshold.
    """

    def __init__(
        self,
        kernel: tuple[int, int],
        output: Quantizer,
        stride: tuple[int, int] | None = None,
        padding: tuple[int, int] = (0, 0),
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride or kernel, padding
        self.count_include_pad = count_include_pad
        self.output = output

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.training else x.double()
        mean = F.avg_pool2d(wide, self.kernel, self.stride, self.padding, False, self.count_include_pad)
        result: Tensor = self.output(mean)
        return result


class QGlobalAvgPool(nn.Module):
    """``output(mean)`` over all axes behind the channels, which stay with extent 1 if ``keep``."""

    def __init__(self, output: Quantizer, keep: bool = True) -> None:
        super().__init__()
        self.output, self.keep = output, keep

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.training else x.double()
        result: Tensor = self.output(wide.flatten(2).sum(dim=2) / wide[0, 0].numel())
        return result.view(*result.shape, *(1,) * (x.ndim - 2)) if self.keep else result
