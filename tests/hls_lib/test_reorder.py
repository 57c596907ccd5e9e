"""The C++ of reorderings of every form, besides the cases of ``test_units.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.hls_lib.bench import run_cases
from tests.hls_lib.reorder_cases import FRAMES, reorder_case
from tests.units.reorders import FEW, random_reorders


def test_random_reorders(tmp_path: Path) -> None:
    """``frame_cycles`` steps are always enough: the bench fails if a beat is not read or not written in them."""
    cases = [reorder_case(name, unit) for name, unit in {**FEW, **random_reorders(2, 60)}.items()]
    results = run_cases(cases, tmp_path)
    for case in cases:
        np.testing.assert_array_equal(results[case.name], case.expected, err_msg=f"{case.name}: {case.unit}")
    assert all(len(case.frames) == FRAMES for case in cases)
