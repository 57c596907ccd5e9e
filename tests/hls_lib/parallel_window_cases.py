"""Cases of the parallel window."""

from __future__ import annotations

import numpy as np

from fpgaflow.units.parallel_window import ParallelWindowUnit
from tests.hls_lib.bench import Case
from tests.hls_lib.window_cases import FEW, FRAMES
from tests.units.windows import NAMED, parallel


def parallel_window_case(name: str, unit: ParallelWindowUnit) -> Case:
    codes = np.random.default_rng(9).integers(0, 1 << unit.format.width, (FRAMES, unit.input_elements))
    return Case(f"parallel_window_{name}", unit, unit.format, unit.format, unit.format.decode(codes))


def parallel_window_cases() -> list[Case]:
    return [parallel_window_case(name, parallel(NAMED[name])) for name in FEW]
