"""Readers of operators that do nothing at inference: Identity, Dropout, Cast between real numbers."""

from __future__ import annotations

import numpy as np

from fpgaflow.ops.arg_max import ArgMax
from fpgaflow.ops.base import ModelBuilder, OnnxNode, reads
from fpgaflow.ops.quantize_linear import QuantizeLinear
from fpgaflow.ops.reading import has_input, integer, unsupported
from fpgaflow.ops.top_k import TopK, TopKPart

# TensorProto.DataType
REAL = {1: "float", 11: "double"}
INTEGERS = {2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 12: "uint32", 13: "uint64"}


@reads("Identity")
def read_identity(node: OnnxNode, builder: ModelBuilder) -> None:
    """Removed."""
    builder.bind(node.outputs[0], node.inputs[0])


@reads("Dropout")
def read_dropout(node: OnnxNode, builder: ModelBuilder) -> None:
    """Removed; only in inference form and without the mask output."""
    if has_input(node, 2) and np.any(builder.constant(node, 2)):
        raise unsupported(
            node,
            "Dropout in training mode",
            reason="its result is random",
            hint="export the model in evaluation mode",
        )
    builder.bind(node.outputs[0], node.inputs[0])


@reads("Cast")
def read_cast(node: OnnxNode, builder: ModelBuilder) -> None:
    """Removed: to float or double, or of what is an integer already to an integer type."""
    to = integer(node, "to")
    producer = builder.producer(node.inputs[0])
    op = None if producer is None else producer.op
    whole = (
        isinstance(op, ArgMax) or type(op) is QuantizeLinear or (isinstance(op, TopK) and op.part is TopKPart.INDICES)
    )
    if to not in REAL and not (whole and to in INTEGERS):
        raise unsupported(
            node,
            f"Cast of real numbers to {INTEGERS.get(to, f'data type {to}')}",
            reason="only casts to float and double change nothing",
            hint="round with a quantizer (QONNX Quant or QuantizeLinear) instead",
        )
    builder.bind(node.outputs[0], node.inputs[0])
