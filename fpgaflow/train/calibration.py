"""The binary point of least squared error, over examples."""

from __future__ import annotations

import torch
from torch import Tensor

from fpgaflow.train.cast import Grid
from fpgaflow.train.rounding import power_of_two

POINTS = range(-24, 41)
SAMPLES = 1 << 17


def squared_errors(x: Tensor, grid: Grid, width: Tensor | None) -> Tensor:
    """x (channels, samples) -> (channels, points): summed squared error of the cast at each of ``POINTS``, in float64.

    Beyond ``SAMPLES`` numbers every k-th stands for all, with an odd k: those of a power of two would be of one column.
    """
    if x.numel() > SAMPLES:
        x = x[:, :: x.numel() // SAMPLES | 1]
    errors = []
    for point in POINTS:
        step = power_of_two(torch.tensor(-point, device=x.device))
        codes, _ = grid.nearest(x / step, width)
        errors.append((codes * step - x).double().square().sum(dim=1))
    return torch.stack(errors, dim=1)


def best_points(errors: Tensor) -> Tensor:
    """(channels, points) summed errors -> (channels,) binary points; of equals the one nearest to 0."""
    order = torch.tensor(sorted(range(len(POINTS)), key=lambda index: abs(POINTS[index])), device=errors.device)
    points = torch.tensor(POINTS, dtype=torch.float32, device=errors.device)
    return points[order[errors[:, order].argmin(dim=1)]]
