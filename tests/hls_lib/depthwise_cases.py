"""Cases of depthwise units."""

from __future__ import annotations

import numpy as np

from tests.hls_lib.bench import Case
from tests.units.depthwise_units import DEPTHWISE

FRAMES = 3


def depthwise_cases() -> list[Case]:
    cases = []
    for name, unit in DEPTHWISE.items():
        shape = (FRAMES, unit.cycles * unit.input_lanes)
        frames = unit.input_format.decode(np.random.default_rng(10).integers(0, 1 << unit.input_format.width, shape))
        cases.append(Case(f"depthwise_{name}", unit, unit.input_format, unit.accumulator, frames))
    return cases
