"""Cases of pools."""

from __future__ import annotations

import numpy as np

from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.pool import PoolUnit
from tests.hls_lib.bench import Case
from tests.units.pools import GLOBAL_POOLS, POOLS

FRAMES = 3


def pool_cases() -> list[Case]:
    return [_case(f"pool_{name}", unit) for name, unit in POOLS.items()]


def global_pool_cases() -> list[Case]:
    return [_case(f"global_pool_{name}", unit) for name, unit in GLOBAL_POOLS.items()]


def _case(name: str, unit: PoolUnit | GlobalPoolUnit) -> Case:
    codes = np.random.default_rng(9).integers(0, 1 << unit.input_format.width, (FRAMES, unit.cycles * unit.input_lanes))
    return Case(name, unit, unit.input_format, unit.output_format, unit.input_format.decode(codes))
