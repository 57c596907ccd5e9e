"""Cases of the sliding window."""

from __future__ import annotations

import numpy as np

from fpgaflow.units.window import WindowUnit
from tests.hls_lib.bench import Case
from tests.units.windows import NAMED

FRAMES = 3
FEW = (
    "same",
    "valid",
    "strided",
    "dilated",
    "line",
    "subsampled_padded",
    "larger_than_frame",
    "stride_beyond_kernel",
    "bipolar",
    "single",
)


def window_case(name: str, unit: WindowUnit) -> Case:
    codes = np.random.default_rng(8).integers(0, 1 << unit.format.width, (FRAMES, unit.input_elements))
    return Case(f"window_{name}", unit, unit.format, unit.format, unit.format.decode(codes))


def window_cases() -> list[Case]:
    return [window_case(name, NAMED[name]) for name in FEW]
