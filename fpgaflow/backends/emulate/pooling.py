"""Pooling."""

from __future__ import annotations

from collections.abc import Sequence

from fpgaflow.backends.emulate.kernels import pool
from fpgaflow.backends.emulate.lines import Lines
from fpgaflow.backends.emulate.number_types import Operand, widest
from fpgaflow.backends.emulate.step import Step, compiles
from fpgaflow.ir.graph import Array
from fpgaflow.ops.pooling import Pooling
from fpgaflow.units.pool import Reduction


@compiles(Pooling)
def pooling(op: Pooling, data: Sequence[Operand], _constants: Sequence[Array]) -> Step:
    (operand,) = data
    largest = op.reduction is Reduction.MAX
    reach = max(operand.magnitude, abs(op.pad_value))
    dtype = widest(reach if largest else op.taps * reach)
    lines = Lines(op, operand.shape, dtype)

    def run(values: Array) -> Array:
        data, result = lines(values)
        pool(data, *lines.geometry, lines.taps, largest, lines.flat(result))
        return result

    return Step(run, dtype)
