"""The network's inputs: shapes without the batch, integer inputs as quantizers."""

from __future__ import annotations

import numpy as np
import onnx

from fpgaflow.errors import FlowError, Loc
from fpgaflow.frontend.graph_builder import Batch, GraphBuilder
from fpgaflow.ir.graph import TensorType
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import Quant

REAL = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE)
INTEGERS: dict[int, tuple[int, bool]] = {
    onnx.TensorProto.UINT8: (8, False),
    onnx.TensorProto.INT8: (8, True),
    onnx.TensorProto.UINT16: (16, False),
    onnx.TensorProto.INT16: (16, True),
}


def add_input(builder: GraphBuilder, value: onnx.ValueInfoProto, file: str) -> None:
    """Add a network input. FF202 if its type, FF204 if its shape can't be used.

    Integer inputs pass a quantizer with scale 1 and their type's width, which changes nothing and tells the format.
    """
    name, tensor = value.name, value.type.tensor_type
    if tensor.elem_type not in REAL and tensor.elem_type not in INTEGERS:
        kinds = onnx.TensorProto.DataType
        known = tensor.elem_type in kinds.values()
        raise FlowError(
            "FF202",
            f"input '{name}' has type {kinds.Name(tensor.elem_type) if known else tensor.elem_type}",
            node=Loc(file),
            reason="network inputs are float, double, or integers of 8 or 16 bits",
            hint="export the model with a float32 input",
        )
    if not tensor.HasField("shape"):
        raise _unknown(f"the shape of input '{name}' is not known", file)
    dims = list(tensor.shape.dim)
    batch = None
    if len(dims) > 1:
        first = dims.pop(0)
        batch = Batch(max(first.dim_value, 1), first.dim_value >= 1)
    for axis, dim in enumerate(dims):
        if dim.dim_value < 1:
            label = f"'{dim.dim_param}'" if dim.dim_param else f"number {axis + (batch is not None)}"
            raise _unknown(f"dimension {label} of input '{name}' is not known", file)
    builder.inputs[name] = TensorType(tuple(dim.dim_value for dim in dims))
    builder.batches[name] = batch
    if tensor.elem_type in INTEGERS:
        bits, signed = INTEGERS[tensor.elem_type]
        one, zero, width = (np.float32(number) for number in (1, 0, bits))
        constants = [np.asarray(number) for number in (one, zero, width)]
        names = [
            builder.add_constant(f"{name}_{part}", c)
            for part, c in zip(("scale", "zero", "bits"), constants, strict=True)
        ]
        op = Quant(signed, False, QonnxRounding.ROUND)
        builder.bind(name, builder.add(op, (name, *names), f"{name}_integers", Loc(file, name, "input")))


def _unknown(what: str, file: str) -> FlowError:
    return FlowError(
        "FF204",
        what,
        node=Loc(file),
        reason="hardware is built for one size of frame; only the first axis, the batch, may be unknown",
        hint="fix it at export, or with onnx.tools.update_model_dims",
    )
