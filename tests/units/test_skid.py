"""Which stages have one output register: every second of matrix units that follow each other, and each before others."""

from __future__ import annotations

from fpgaflow.units.skid import without_skid
from tests.backends.test_rtl import chain, folded
from tests.rtl.units import dense, signed


def test_matrix_units_before_others() -> None:
    names = {stage.name for stage in folded().stages if stage.unit.kind == "dense"}
    assert len(names) == 3
    assert without_skid(folded()) == names


def test_matrix_units_behind_each_other() -> None:
    """The last one's reader is the port."""
    cases = [dense("", (4, 4), (2, 2), signed(4), signed(4))]
    for _ in range(3):
        cases.append(dense("", (4, 4), (2, 2), cases[-1].output_format, signed(4)))
    found = chain("layers", cases)
    assert [stage.unit.kind for stage in found.stages] == ["dense"] * 4
    assert without_skid(found) == {found.stages[1].name, found.stages[3].name}
