"""Cross-layer equalisation: channels between two layers are scaled so that both layers' weights use their range equally.

1. layer, what commutes with positive factors, layer -> the same with factor 1/s in the first and s in the second layer

The network computes the same but for float32's rounding; one scale for all channels then fits better. What commutes: Add
of a constant (which is scaled too), Relu, LeakyRelu, PRelu, MaxPool, AveragePool, and Reshapes that lay channels one behind
the other. No channel is enlarged further than the value between the layers reaches anyhow: else one that hardly varies, but
has a bias, would take the range of all.
Source: M. Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fpgaflow.ir.graph import Array, Graph, Node
from fpgaflow.ops.add import Add
from fpgaflow.ops.average_pool import AveragePool
from fpgaflow.ops.base import Op
from fpgaflow.ops.leaky_relu import LeakyRelu
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.prelu import PRelu
from fpgaflow.ops.relu import Relu
from fpgaflow.ops.reshape import Reshape
from fpgaflow.passes.layer_weights import grouped, times_inputs, times_outputs
from fpgaflow.passes.rewrite import Rewrite, is_float_layer

ROUNDS = 20
COMMUTES = (Relu, LeakyRelu, PRelu, MaxPool, AveragePool, Reshape)


@dataclass(frozen=True)
class _Pair:
    """Two layers, the constants added between them, and how many inputs of the second come of one output of the first."""

    first: Node
    second: Node
    biases: tuple[Node, ...]
    repeats: int


def equalize(graph: Graph, reach: Mapping[str, Array]) -> Graph:
    """The graph with equalised layers; ``reach`` (channels or elements,) is the largest magnitude of what each layer reads,
    by that value's name.
    """
    change = Rewrite(graph)
    pairs = [pair for node in graph.nodes if is_float_layer(graph, node) for pair in _pairs(change, node)]
    between = {pair.second.name: reach[pair.second.inputs[0]] for pair in pairs}
    for _ in range(ROUNDS):
        for pair in pairs:
            between[pair.second.name] = _equalize(change, pair, between[pair.second.name])
    return change.finish()


def _pairs(change: Rewrite, first: Node) -> Iterator[_Pair]:
    channels, repeats = _outputs(first), 1
    biases: list[Node] = []
    node = change.only_reader(first.name)
    while node is not None:
        if is_float_layer(change.graph, node):
            # a product along the last of several axes sees no channels
            if not isinstance(node.op, MatMul) or len(change.graph.type_of(node.inputs[0]).shape) == 1:
                yield _Pair(first, node, tuple(biases), repeats)
            return
        if isinstance(node.op, Add) and _is_by_channel(change, node, channels * repeats):
            biases.append(node)
        elif not isinstance(node.op, COMMUTES) or (isinstance(node.op, Reshape) and len(node.type.shape) > 1):
            return
        if isinstance(node.op, Reshape):
            repeats *= node.type.elements // (channels * repeats)
        node = change.only_reader(node.name)


def _outputs(layer: Node) -> int:
    return layer.type.shape[-1 if isinstance(layer.op, MatMul) else 0]


def _is_by_channel(change: Rewrite, node: Node, channels: int) -> bool:
    values = change.constants[node.inputs[1]].values
    return values.size == channels and len(values) == channels and values.ndim == len(node.type.shape)


def _equalize(change: Rewrite, pair: _Pair, reach: Array) -> Array:
    """Scale the channels between two layers; returns their new ``reach``."""
    first, second = change.nodes[pair.first.name], change.nodes[pair.second.name]
    weights, behind = (change.constants[node.inputs[1]].values for node in (first, second))
    ours = _reach(first.op, weights, inputs=False)
    theirs = _reach(second.op, behind, inputs=True).reshape(-1, pair.repeats).max(axis=1)
    used = (ours > 0) & (theirs > 0)
    factors = np.where(used, np.sqrt(np.where(used, ours, 1) / np.where(used, theirs, 1)), 1.0)
    by_channel = reach.reshape(-1, pair.repeats).max(axis=1)
    factors = np.maximum(factors, by_channel / max(float(by_channel.max()), 1e-30))
    change.own_constant(first, 1, times_outputs(first.op, weights, 1 / factors).astype(np.float32))
    spread = np.repeat(factors, pair.repeats)
    change.own_constant(second, 1, times_inputs(second.op, behind, spread).astype(np.float32))
    for bias in pair.biases:
        values = change.constants[change.nodes[bias.name].inputs[1]].values
        shape = factors if values.size == len(factors) else spread
        divided = values / shape.reshape(values.shape)
        change.own_constant(change.nodes[bias.name], 1, divided.astype(np.float32))
    return np.asarray(reach / spread)


def _reach(op: Op, weights: Array, *, inputs: bool) -> Array:
    """The largest magnitude among the weights of each input or output."""
    largest = np.abs(grouped(op, weights)).max(axis=(2, 3) if inputs else (1, 3))
    return np.asarray(largest, dtype=np.float64).ravel()
