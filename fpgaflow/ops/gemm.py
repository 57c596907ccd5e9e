"""Reader of ONNX's Gemm, ``alpha * A @ B + beta * C``: a MatMul, a Mul if alpha is not 1, an Add if there is a C."""

from __future__ import annotations

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ops.add import Add
from fpgaflow.ops.base import ModelBuilder, OnnxNode, reads
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.mul import Mul
from fpgaflow.ops.reading import data_operand, finite, has_input, integer, number


@reads("Gemm")
def read(node: OnnxNode, builder: ModelBuilder) -> None:
    """A is data, B and C are constants; alpha, beta, transB."""
    data, weights = node.inputs[:2]
    if data_operand(node, builder) == 1 or integer(node, "transA", 0):
        raise FlowError(
            "FF205",
            f"Gemm multiplies {'constant' if builder.is_constant(data) else 'the transpose of'} '{data}' from the left",
            node=node.loc,
            reason="the product would mix frames",
            hint="write it as A @ B with the data as A and transA=0",
        )
    alpha, beta = (np.float32(finite(node, name, np.asarray(number(node, name, 1.0)))) for name in ("alpha", "beta"))
    if integer(node, "transB", 0):
        weights = builder.move_constant(weights, np.transpose)
    steps = [MatMul(), *([Mul()] if alpha != 1 else []), *([Add()] if has_input(node, 2) else [])]
    name = data
    for position, op in enumerate(steps):
        last = position == len(steps) - 1
        result = node.outputs[0] if last else f"{node.outputs[0]}_{type(op).__name__.lower()}"
        operand = weights
        if isinstance(op, Mul):
            operand = builder.add_constant(f"{node.outputs[0]}_alpha", np.asarray(alpha))
        elif isinstance(op, Add):
            bias = finite(node, node.inputs[2], builder.constant(node, 2))
            operand = node.inputs[2]
            if beta != 1:
                operand = builder.add_constant(f"{node.inputs[2]}_beta", np.asarray(bias * beta, dtype=bias.dtype))
        name = builder.add(op, (name, operand), result, node.loc)
    builder.bind(node.outputs[0], name)
