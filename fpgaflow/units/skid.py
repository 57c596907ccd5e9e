"""Which stages have one output register instead of two entries: both the RTL and the simulation of its streams ask here."""

from __future__ import annotations

from fpgaflow.units.adder_graph import AdderGraphUnit
from fpgaflow.units.base import Accelerator
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.depthwise import DepthwiseUnit

_MATRIX_UNITS = (DenseUnit, DepthwiseUnit, AdderGraphUnit, CopiesUnit)


def without_skid(accelerator: Accelerator) -> set[str]:
    """Matrix units, whose outputs are wide, need no second output register if what reads them has a registered ready."""
    plain: set[str] = set()
    readers = {stream.name: stage.name for stage in accelerator.stages for stream in stage.inputs}
    for stage in reversed(accelerator.stages):
        if isinstance(stage.unit, _MATRIX_UNITS) and readers.get(stage.outputs[0].name) not in plain:
            plain.add(stage.name)
    return plain
