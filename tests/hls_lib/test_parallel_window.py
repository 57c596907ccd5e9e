"""The parallel window's C++ on windows of every form, besides the cases of ``test_units.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.hls_lib.bench import run_cases
from tests.hls_lib.parallel_window_cases import parallel_window_case
from tests.units.windows import NAMED, WIDE, parallel, random_wide_windows, random_windows


def test_random_windows(tmp_path: Path) -> None:
    """``frame_cycles`` steps are always enough: the bench fails if a beat is not read or not written in them."""
    windows = {**NAMED, **random_windows(5, 30)}
    units = {name: parallel(unit) for name, unit in windows.items()}
    units |= {f"several_{name}": unit for name, unit in {**WIDE, **random_wide_windows(5, 20)}.items()}
    cases = [parallel_window_case(name, unit) for name, unit in units.items()]
    results = run_cases(cases, tmp_path)
    for case in cases:
        np.testing.assert_array_equal(results[case.name], case.expected, err_msg=f"{case.name}: {case.unit}")
