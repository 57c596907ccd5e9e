"""Parameters of ``ff_dense`` for a matrix-vector unit."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import FixedFormat, format_for_range
from fpgaflow.units.dense import DenseUnit


def dense_values(unit: DenseUnit) -> dict[str, object]:
    """The numbers that the template places, besides formats and the memory."""
    return {
        "simd": unit.simd,
        "pe": unit.pe,
        "beats": unit.synapse_folds,
        "folds": unit.neuron_folds,
        "groups": unit.groups,
        "product_width": _product(unit).width,
        "result_width": unit.accumulator.width,
        "pack": unit.packing.rows if unit.packed else 0,
        "spacing": unit.packing.spacing if unit.packed else 1,
    }


def _product(unit: DenseUnit) -> FixedFormat:
    """Holds every product; signed if an operand's format is."""
    if unit.packed:
        return unit.packing.product
    corners = np.outer([unit.input_format.min, unit.input_format.max], unit.weights)
    signed = unit.input_format.signed or unit.weight_format.signed
    return format_for_range(min(int(corners.min()), -1 if signed else 0), int(corners.max()))
