"""What a mapping is chosen for."""

from __future__ import annotations

from enum import Enum


class Objective(Enum):
    """``THROUGHPUT``: the fewest cycles between frames; ``LATENCY``: the fewest from a frame's first beat to its last
    result; ``AREA``: the fewest LUT equivalents.
    """

    THROUGHPUT = "throughput"
    LATENCY = "latency"
    AREA = "area"
