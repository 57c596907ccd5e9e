"""Biases between two integers of the accumulators they are added to, where scales are powers of two.

1. layer with integers, Add of real numbers -> the layer, Add of odd halves of the accumulator's unit

Changes results by at most half a unit, which is far below the step of the quantizer behind. In return float32 computes the
sum exactly, it never lies in the middle between two codes, and so rescaling is an integer addition and a shift.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fpgaflow.ir.graph import Array, Graph, Node
from fpgaflow.ops.add import Add
from fpgaflow.ops.base import Weighted
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.quant import Quant
from fpgaflow.passes.layer_weights import grouped
from fpgaflow.passes.quantizer_places import grid_roots
from fpgaflow.passes.rewrite import Rewrite


def round_biases(graph: Graph, layers: Iterable[Node]) -> Graph:
    """``graph`` with rounded biases behind ``layers``, nodes of it or of what it was made of."""
    change = Rewrite(graph)
    for layer in layers:
        node = graph.by_name[layer.name]
        product = node if isinstance(node.op, Weighted) else graph.by_name[node.inputs[0]]
        bias = change.only_reader(product.name)
        unit = _unit(graph, product)
        if bias is not None and isinstance(bias.op, Add) and unit is not None:
            column = (-1,) if isinstance(product.op, MatMul) else (-1, *(1,) * (len(product.type.shape) - 1))
            step = unit.reshape(column)
            values = change.constants[bias.inputs[1]].values
            change.own_constant(bias, 1, ((np.floor(values / step) + 0.5) * step).astype(np.float32))
    return change.finish()


def _unit(graph: Graph, layer: Node) -> Array | None:
    """(outputs,): what an accumulator's integer 1 stands for; None unless these are powers of two."""
    constant = graph.constants[layer.inputs[1]]
    sources = [graph.by_name.get(root) for root in grid_roots(graph, layer.inputs[0])]
    if constant.quantization is None or not all(node is not None and isinstance(node.op, Quant) for node in sources):
        return None
    scales = {float(scale) for node in sources if node for scale in graph.constants[node.inputs[1]].values.ravel()}
    weights = np.broadcast_to(constant.quantization.scale, constant.values.shape)
    unit = grouped(layer.op, weights)[:, 0, :, 0].ravel() * min(scales)
    powers = len(scales) == 1 and np.array_equal(np.frexp(unit)[0], np.full(unit.shape, 0.5))
    return np.asarray(unit) if powers else None
