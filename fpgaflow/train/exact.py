"""In which float type sums of fixed-point numbers are exact, and where integers come from."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fpgaflow.train.quantizer import Quantizer

FLOAT32_EXACT = 1 << 24


def largest(quantizer: Quantizer) -> int:
    """Largest magnitude of a quantizer's codes."""
    return max(map(abs, quantizer.bounds))


def exact_type(x: Tensor, reach: int | None) -> torch.dtype:
    """Type that holds every sum of numbers of a common grid exactly, ``reach`` steps being the largest; None if not known.

    float32 holds sums below 2**24 steps in any order of summation, float64 below 2**53. Only a CPU's float32 products
    are trusted: elsewhere libraries compute them by transforms, or with shorter factors.
    """
    small = reach is not None and reach < FLOAT32_EXACT
    return torch.float32 if small and x.device.type == "cpu" else torch.float64


def reach_of_sum(sources: Sequence[Quantizer | None]) -> int | None:
    """Largest sum of one number of each source, in the finest of their steps; None if a source is not known."""
    points: list[int] = []
    sizes: list[int] = []
    for source in sources:
        if source is None or source.point.ndim:
            return None
        points.append(int(source.points))
        sizes.append(largest(source))
    return sum(size << (max(points) - point) for size, point in zip(sizes, points, strict=True))
