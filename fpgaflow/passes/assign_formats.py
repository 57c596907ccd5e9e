"""Formats for a float network: quantizers on weights and values.

1. weights of a layer      -> the same with integers, of the codes and scales given
2. a value that needs one  -> the value, Quant; who reads integers reads the Quant, elementwise functions the value itself

Changes results: this is where real numbers are rounded. Which values and which scales is decided before
(``quantizer_places``, ``fpgaflow/calibration``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.calibration.scales import Codes, quantized
from fpgaflow.errors import Loc
from fpgaflow.ir.graph import Array, Constant, Graph, Node, Quantization
from fpgaflow.ops.base import Elementwise
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import Quant
from fpgaflow.passes.quantizer_places import reads_integers
from fpgaflow.passes.rewrite import Rewrite


@dataclass(frozen=True, eq=False)
class TensorFormat:
    """Codes and scale: a float32 number, for weights also one an output, in a shape that broadcasts to them."""

    codes: Codes
    scale: Array


def assign_formats(graph: Graph, weights: Mapping[str, TensorFormat], values: Mapping[str, TensorFormat]) -> Graph:
    """The graph with quantized weights, by the layers' names, and Quants behind ``values``."""
    change = Rewrite(graph)
    for layer, format in weights.items():
        node = change.nodes[layer]
        name = node.inputs[1]
        node = change.own_constant(node, 1, change.constants[name].values)
        change.constants[node.inputs[1]] = quantized_constant(change.constants[node.inputs[1]].values, format)
    quantizers = {name: change.fresh(f"{name}_quant") for name in values}
    for node in list(change.nodes.values()):
        takes = reads_integers(node.op) or not isinstance(node.op, Elementwise)
        inputs = tuple(quantizers.get(name, name) if takes or name in graph.inputs else name for name in node.inputs)
        change.nodes[node.name] = replace(node, inputs=inputs)
    for name, format in values.items():
        quantizer = _quantizer(change, name, quantizers[name], format)
        if name in graph.by_name:
            change.put(name, [change.nodes[name], quantizer])
        else:
            change.nodes = {quantizer.name: quantizer, **change.nodes}
    return change.finish()


def quantized_constant(values: Array, format: TensorFormat) -> Constant:
    """Weights on their grid."""
    codes = quantized(values.astype(np.float64), format.scale, format.codes)
    real = codes.astype(np.float32) * format.scale.astype(np.float32)
    return Constant(real, Quantization(codes.astype(np.int64), format.scale, np.zeros(())))


def _quantizer(change: Rewrite, source: str, name: str, format: TensorFormat) -> Node:
    """A Quant with constants of its own."""
    numbers = {"scale": format.scale, "zero_point": np.zeros(()), "bits": np.asarray(format.codes.bits)}
    names = []
    for part, values in numbers.items():
        names.append(change.fresh(f"{name}_{part}"))
        change.constants[names[-1]] = Constant(values.astype(np.float32))
    op = Quant(format.codes.signed, False, QonnxRounding.ROUND)
    loc = Loc(change.graph.name, name, "Quant")
    return Node(name, op, (source, *names), replace(change.graph.type_of(source)), loc)
