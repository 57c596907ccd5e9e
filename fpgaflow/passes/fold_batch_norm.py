"""BatchNormalization behind a layer goes into the layer's weights and bias.

1. layer, BatchNormalization            -> layer with other weights, Add
2. layer, Add, BatchNormalization       -> layer with other weights, Add of another constant

Not bit-exact: weights are rounded to float32 once more. The result keeps the BatchNormalization's name. Left alone where
something else reads the layer's own result, or the weights are integers already.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Graph, Node
from fpgaflow.ops.add import Add
from fpgaflow.ops.base import Weighted
from fpgaflow.ops.batch_normalization import BatchNormalization
from fpgaflow.passes.layer_weights import times_outputs
from fpgaflow.passes.rewrite import Rewrite, is_float_layer


def fold_batch_norm(graph: Graph) -> Graph:
    """The graph without the BatchNormalizations that directly follow a layer."""
    change = Rewrite(graph)
    for node in graph.nodes:
        if isinstance(node.op, BatchNormalization):
            _fold(change, node)
    return change.finish()


def _fold(change: Rewrite, node: Node) -> None:
    before = change.nodes.get(node.inputs[0])
    bias = before if before is not None and isinstance(before.op, Add) else None
    layer = change.nodes.get(bias.inputs[0]) if bias is not None else before
    if layer is None or not isinstance(layer.op, Weighted) or not is_float_layer(change.graph, layer):
        return
    alone = change.only_reader(layer.name) is not None and change.only_reader(node.inputs[0]) is not None
    column = (-1, *(1,) * (len(node.type.shape) - 1))
    scale, beta, mean, variance = (_numbers(change, name) for name in node.inputs[1:])
    if not alone or scale.ndim != len(node.type.shape) or (bias is not None and not _is_column(change, bias)):
        return
    weights = change.constants[layer.inputs[1]].values
    if len(node.type.shape) > 1 and weights.ndim == 2:
        # the channels of the BatchNormalization are vectors of the product, not its outputs
        return
    factor = scale / np.sqrt(variance + node.op.epsilon)  # type: ignore[attr-defined]
    shift = beta - mean * factor
    if bias is not None:
        shift = shift + _numbers(change, bias.inputs[1]) * factor
        del change.nodes[bias.name]
    change.own_constant(layer, 1, times_outputs(layer.op, weights, factor.ravel()).astype(np.float32))
    name = change.fresh(f"{node.name}_bias")
    change.constants[name] = Constant(shift.reshape(column).astype(np.float32))
    change.nodes[node.name] = replace(node, op=Add(), inputs=(layer.name, name))


def _numbers(change: Rewrite, name: str) -> Array:
    return change.constants[name].values.astype(np.float64)


def _is_column(change: Rewrite, bias: Node) -> bool:
    """True if an Add's constant differs between channels only."""
    values = change.constants[bias.inputs[1]].values
    return values.size == 1 or (values.ndim == len(bias.type.shape) and values.size == len(values))
