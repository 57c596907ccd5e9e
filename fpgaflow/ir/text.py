"""A graph as text: what people read, and what tests compare.

    integer graph jets
    input x: s16.10[16]
    constant w = (32, 16) int64
    MatMul_0 = Dense(weight_format=s6.0, accumulator=s20.0)(x, w): s20.0[32]  # model.onnx: node 'MatMul_0' (MatMul)
    output MatMul_0

Only shape and type of constants are shown.
"""

from __future__ import annotations

from dataclasses import fields
from enum import Enum

from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.ir.graph import Graph
from fpgaflow.ops.base import Op


def show(graph: Graph) -> str:
    """The graph as text for people."""
    lines = [f"{graph.stage.value} graph {graph.name}"]
    lines += [f"input {name}: {type_}" for name, type_ in graph.inputs.items()]
    lines += [f"constant {name} = {c.values.shape} {c.values.dtype}" for name, c in graph.constants.items()]
    for node in graph.nodes:
        lines.append(f"{node.name} = {_show_value(node.op)}({', '.join(node.inputs)}): {node.type}  # {node.loc}")
    lines += [f"output {name}" for name in graph.outputs]
    return "\n".join(lines) + "\n"


def _show_value(value: object) -> str:
    if isinstance(value, FixedFormat | BipolarFormat):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Op):
        inside = ", ".join(f"{f.name}={_show_value(getattr(value, f.name))}" for f in fields(value))  # type: ignore[arg-type]
        return f"{type(value).__name__}({inside})"
    return repr(value)
