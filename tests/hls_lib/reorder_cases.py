"""Cases of reorderings."""

from __future__ import annotations

import numpy as np

from fpgaflow.units.reorder import ReorderUnit
from tests.hls_lib.bench import Case
from tests.units.reorders import FEW

FRAMES = 3
SOME = (
    "upsample_6",
    "depth_to_space_dcr_8",
    "crop_2",
    "transpose_1",
    "border_2",
    "spread_4",
    "nothing_1",
    "first_only_2",
    "channels_wired_8",
    "border_wired",
)


def reorder_case(name: str, unit: ReorderUnit) -> Case:
    codes = np.random.default_rng(9).integers(0, 1 << unit.format.width, (FRAMES, unit.input_elements))
    return Case(f"reorder_{name}", unit, unit.format, unit.format, unit.format.decode(codes))


def reorder_cases() -> list[Case]:
    return [reorder_case(name, FEW[name]) for name in SOME]
