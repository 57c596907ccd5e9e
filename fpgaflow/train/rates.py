"""How fast parameters learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor

LEAST_SIZE = 0.02
"""Parameters that are smaller on average learn as if they were of this size: biases of a new network are 0."""


def rate_groups(reals: Iterable[Tensor], points: Iterable[Tensor], rate: float) -> list[dict[str, Any]]:
    """Parameter groups for Adam, whose step is about its learning rate.

    Every tensor of ``reals`` moves by ``rate`` of its own size, so that one rate suits networks of any scale; binary points
    (and widths) by ``rate`` bits.
    """
    groups: list[dict[str, Any]] = [{"params": list(points), "lr": rate}]
    for real in reals:
        size = float(real.detach().square().mean().sqrt())
        groups.append({"params": [real], "lr": rate * max(size, LEAST_SIZE)})
    return groups
