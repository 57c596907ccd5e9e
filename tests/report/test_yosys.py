"""Yosys's statistics -> resources."""

from __future__ import annotations

import json

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.report.yosys import count_cells, parse_stat
from fpgaflow.units.base import Resources


def test_every_kind_of_cell_is_counted() -> None:
    cells = {
        **{"LUT1": 1, "LUT2": 2, "LUT3": 3, "LUT4": 4, "LUT5": 5, "LUT6": 6, "INV": 1},
        **{"SRL16E": 2, "SRLC32E": 3, "RAM64X1S": 7, "RAM32M": 1, "RAM64M8": 2, "RAM32M16": 1},
        **{"FDRE": 10, "FDSE": 1, "FDCE": 2, "LDCE": 1, "MUXF7": 9, "CARRY4": 3, "CARRY8": 2},
        **{"RAMB18E2": 3, "RAMB36E2": 2, "DSP48E2": 4, "URAM288": 1, "$scopeinfo": 12},
    }
    counts = count_cells(cells)
    assert counts.resources == Resources(lut=22 + 5 + 7 + 4 + 16 + 8, ff=14, bram=3.5, dsp=4)
    assert (counts.uram, counts.carry8) == (1, 3.5)
    assert counts.cells == cells


def test_an_unknown_cell_is_not_counted_as_nothing() -> None:
    with pytest.raises(FlowError) as caught:
        count_cells({"LUT2": 1, "$mul": 3, "DSP58": 1})
    assert caught.value.code == "FF603"
    assert caught.value.what == "Yosys's netlist has cells of unknown type: $mul, DSP58"


def test_parse_stat() -> None:
    text = json.dumps({"modules": {"\\top": {}}, "design": {"num_cells_by_type": {"LUT2": 3, "\\FDRE": 1}}})
    assert parse_stat(text) == {"LUT2": 3, "FDRE": 1}


@pytest.mark.parametrize("text", ["", "{}", '{"design": 3}', '{"design": {"num_cells_by_type": {"LUT2": null}}}'])
def test_not_statistics(text: str) -> None:
    with pytest.raises(FlowError) as caught:
        parse_stat(text)
    assert caught.value.code == "FF603"
