"""Bias correction: what rounding a layer's weights adds to its outputs on average is taken away from its bias.

1. layer with integers, Add -> the same, Add of another constant
2. layer with integers      -> the layer, Add

Changes results, towards those of the float network. The mean of a layer's output is linear in the mean of its input, so
the shift is the layer's result for the mean frame and the weights' rounding errors, borders included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fpgaflow.ir.graph import Array, Constant, Graph, Node
from fpgaflow.ops.add import Add
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.passes.rewrite import Rewrite, is_float_layer


def correct_bias(graph: Graph, real: Graph, means: Mapping[str, Array]) -> Graph:
    """``graph`` with corrected biases; ``real`` has the same layers with float weights, ``means`` the mean frame (*shape) of
    what each of them reads, by the layers' names.
    """
    change = Rewrite(graph)
    for layer in real.nodes:
        if is_float_layer(real, layer):
            _correct(change, change.nodes[layer.name], real.constants[layer.inputs[1]].values, means[layer.name])
    return change.finish()


def _correct(change: Rewrite, layer: Node, weights: Array, mean: Array) -> None:
    error = change.constants[layer.inputs[1]].values.astype(np.float64) - weights
    if not np.any(error):
        return
    shift = layer.op.evaluate(mean[None], error)[0]
    along_last = isinstance(layer.op, MatMul)
    axes = tuple(range(shift.ndim - 1) if along_last else range(1, shift.ndim))
    column = shift.mean(axis=axes).reshape(-1 if along_last else (-1, *(1,) * (shift.ndim - 1)))
    bias = change.only_reader(layer.name)
    if bias is not None and isinstance(bias.op, Add):
        values = change.constants[bias.inputs[1]].values
        change.own_constant(bias, 1, (values - column).astype(np.float32))
        return
    product = replace(layer, name=change.fresh(f"{layer.name}_product"))
    name = change.fresh(f"{layer.name}_bias")
    change.constants[name] = Constant((-column).astype(np.float32))
    change.put(layer.name, [product, replace(layer, op=Add(), inputs=(product.name, name))])
