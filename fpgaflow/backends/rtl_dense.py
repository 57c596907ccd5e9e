"""Parameters of ``ff_dense`` for a matrix-vector unit."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import FixedFormat, format_for_range
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.khot import Recoding


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
        "shifts": shift_values(unit.recoding) if unit.shifted else None,
    }


def shift_values(recoding: Recoding) -> dict[str, object]:
    """The parameters of ``ff_shift_row``; the shifts as hexadecimal digits."""
    return {
        "digits": len(recoding.digits),
        "fine_bits": recoding.fine_bits,
        "coarse_bits": recoding.coarse_bits,
        "words": "".join(digit.word for digit in reversed(recoding.digits)),
    }


def _product(unit: DenseUnit) -> FixedFormat:
    """Holds every product; signed if an operand's format is."""
    if unit.packed:
        return unit.packing.product
    corners = np.outer([unit.input_format.min, unit.input_format.max], unit.weights)
    signed = unit.input_format.signed or unit.weight_format.signed
    return format_for_range(min(int(corners.min()), -1 if signed else 0), int(corners.max()))
