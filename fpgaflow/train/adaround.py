"""Learned rounding of weights: up or down, a number between 0 and 1 that is driven to one of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fpgaflow.train.formats import steps_of
from fpgaflow.train.quantizer import FixedPointQuantizer

LOW, HIGH = -0.1, 1.1
"""The sigmoid is stretched to this range and cut off at 0 and 1, which it then reaches."""
SHARPNESS = (20.0, 2.0)
"""Exponent of the regulariser at the beginning and at the end: first it moves only what is nearly decided."""
WARM_UP = 0.2
"""Share of the steps before the regulariser begins."""


class AdaptiveRounding(nn.Module):
    """Weights as a quantizer of fixed binary point casts them, each to the code below or the code above it.

    Source: AdaRound, "Up or Down? Adaptive Rounding for Post-Training Quantization".
    """

    def __init__(self, weights: Tensor, quantizer: FixedPointQuantizer) -> None:
        super().__init__()
        steps = torch.from_numpy(steps_of(quantizer, weights.ndim)).float()
        scaled = weights.detach() / steps
        low, high = quantizer.bounds
        self.steps, self.low, self.high, self.below = steps, low, high, scaled.floor()
        share = ((scaled - self.below - LOW) / (HIGH - LOW)).clamp(0.01, 0.99)
        self.decision = nn.Parameter(share.logit())

    def forward(self) -> Tensor:
        """The weights with each decision as far as it is made."""
        return (self.below + self._share()).clamp(self.low, self.high) * self.steps

    def undecided(self, done: float) -> Tensor:
        """How far the decisions are from being made, 0 to 1 on average; ``done`` is the share of the steps taken."""
        if done < WARM_UP:
            return self.decision.new_zeros(())
        first, last = SHARPNESS
        sharpness = first + (last - first) * (done - WARM_UP) / (1 - WARM_UP)
        return (1 - (2 * self._share() - 1).abs() ** sharpness).mean()

    def decided(self) -> Tensor:
        """The weights with every decision made: numbers that the quantizer leaves as they are."""
        codes = self.below + (self._share().detach() >= 0.5)
        return codes.clamp(self.low, self.high) * self.steps

    def _share(self) -> Tensor:
        """Of each weight, how much of the code above: 0 to 1."""
        return (torch.sigmoid(self.decision) * (HIGH - LOW) + LOW).clamp(0, 1)
