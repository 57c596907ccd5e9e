"""Calibration without data: noise, and a network whose BatchNormalizations have its statistics, not the training data's.

Behind every BatchNormalization values then have the mean and variance that they had in training, which is what the ranges
of values depend on. Noise is Gaussian, as large as the first BatchNormalization's variances tell. The idea, though not the
way, is that of Y. Cai et al., ZeroQ, 2020.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Constant, Graph, Node
from fpgaflow.ops.batch_normalization import BatchNormalization

FRAMES = 64
SEED = 2024


def synthesise(graph: Graph) -> tuple[Graph, Array]:
    """The network with the noise's statistics, and the noise (frames, *shape). Raises FF308 without BatchNormalization."""
    normalizations = [node for node in graph.nodes if isinstance(node.op, BatchNormalization)]
    if not normalizations:
        raise FlowError(
            "FF308",
            "there is nothing to tell the ranges of values",
            reason="no example frames are given, and no BatchNormalization keeps statistics of the training data",
            hint="give frames with --data, some hundred are enough",
        )
    ((name, type_),) = graph.inputs.items()
    frames = np.random.default_rng(SEED).normal(size=(FRAMES, *type_.shape)).astype(np.float32)
    first = normalizations[0]
    noise = graph.evaluate({name: frames})[first.inputs[0]]
    wanted = graph.constants[first.inputs[4]].values.sum()
    frames *= np.sqrt(wanted / _statistics(first, noise)[1].sum())
    return _normalized(graph, name, frames), frames


def _normalized(graph: Graph, source: str, frames: Array) -> Graph:
    """The graph with the statistics of its own values on ``frames``."""
    constants = dict(graph.constants)
    values: dict[str, Array] = {name: constant.values for name, constant in constants.items()}
    values[source] = frames
    nodes = []
    for node in graph.nodes:
        if isinstance(node.op, BatchNormalization):
            names = (f"{node.name} mean", f"{node.name} variance")
            for name, numbers in zip(names, _statistics(node, values[node.inputs[0]]), strict=True):
                values[name] = numbers.astype(np.float32)
                constants[name] = Constant(values[name])
            node = replace(node, inputs=(*node.inputs[:3], *names))  # noqa: PLW2901 - the node itself, changed
        values[node.name] = node.op.evaluate(*(values[name] for name in node.inputs))
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes), constants=constants)


def _statistics(node: Node, data: Array) -> tuple[Array, Array]:
    """Mean and variance of each channel, in the shape of the BatchNormalization's own."""
    axes = tuple(axis for axis in range(data.ndim) if axis != 1)
    shape = (-1, *(1,) * (len(node.type.shape) - 1))
    return data.mean(axis=axes).reshape(shape), data.var(axis=axes).reshape(shape)
