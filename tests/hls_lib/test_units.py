"""Every unit's C++ against ``unit.evaluate``, with the stand-in and with the vendor's headers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.resources import data_path
from tests.hls_lib.bench import Case, run_cases
from tests.hls_lib.cases import GROUPS, all_cases
from tests.hls_lib.compilers import needs_clang, vendor_headers


def check(cases: list[Case], results: dict[str, np.ndarray]) -> None:
    for case in cases:
        np.testing.assert_array_equal(results[case.name], case.expected, err_msg=f"{case.name}: {case.unit}")


def test_every_template_has_cases() -> None:
    templates = (data_path("templates") / "hls" / "units").glob("*.hpp.j2")
    assert {template.name.removesuffix(".hpp.j2") for template in templates} == set(GROUPS)
    for kind, group in GROUPS.items():
        assert {case.unit.kind for case in group()} == {kind}
        assert kind == "concat" or any(case.unit.cycles == 1 for case in group())


def test_stand_in(tmp_path: Path) -> None:
    cases = all_cases()
    check(cases, run_cases(cases, tmp_path))


@needs_clang
def test_clang(tmp_path: Path) -> None:
    cases = all_cases()
    check(cases, run_cases(cases, tmp_path, compiler="clang++"))


@pytest.mark.slow
def test_vendor_headers(tmp_path: Path) -> None:
    cases = all_cases()
    check(cases, run_cases(cases, tmp_path, vendor=vendor_headers()))
