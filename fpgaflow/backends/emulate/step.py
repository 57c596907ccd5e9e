"""A step: one node of the integer graph, ready to run. Each kind of operator has a compiler, registered by its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fpgaflow.backends.emulate.number_types import NumberType, Operand
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import IntegerOp, Op


@dataclass(frozen=True, eq=False)
class Step:
    """``run(*data)``: (frames, *shape) of each data input, C-contiguous -> (frames, *shape) of ``dtype``, C-contiguous.

    The inputs are left as they are; the result may be a view of one of them.
    """

    run: Callable[..., Array]
    dtype: NumberType


Compiler = Callable[[Any, Sequence[Operand], Sequence[Array]], Step]
"""(operator, data inputs, values of its constants) -> step."""

COMPILERS: dict[type[Op], Compiler] = {}


def compiles(kind: type[IntegerOp]) -> Callable[[Compiler], Compiler]:
    """Register a function as the compiler of an operator."""

    def register(compiler: Compiler) -> Compiler:
        COMPILERS[kind] = compiler
        return compiler

    return register
