"""Calibration without data: noise, and a network whose BatchNormalizations have its statistics, not the training data's.

Behind every BatchNormalization values then have the mean and variance that they had in training, which is what the ranges
of values depend on. Noise is Gaussian; the first BatchNormalization's statistics tell how large it is and, where only layers
stand before it, around which mean. The idea, though not the way, is that of Y. Cai et al., ZeroQ, 2020.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Constant, Graph, Node
from fpgaflow.ops.base import Elementwise, Weighted
from fpgaflow.ops.batch_normalization import BatchNormalization

FRAMES = 64
MOST_CHANNELS = 1024
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
    frames += _mean(graph, name, first)
    return _normalized(graph, name, frames), frames


def _mean(graph: Graph, source: str, first: Node) -> Array:
    """Mean of each channel of the input (channels, 1, …), such that ``first`` reads the means that it read in training: least
    squares. Zeros where more than layers and affine functions stand between.
    """
    shape = graph.inputs[source].shape
    channels = np.zeros((shape[0], *(1,) * (len(shape) - 1)), dtype=np.float32)
    if shape[0] > MOST_CHANNELS or not _is_affine(graph, first.inputs[0]):
        return channels
    probes = np.zeros((shape[0] + 1, *shape), dtype=np.float32)
    for channel in range(shape[0]):
        probes[channel + 1, channel] = 1
    found = graph.evaluate({source: probes})[first.inputs[0]].astype(np.float64)
    means = found.reshape(*found.shape[:2], -1).mean(axis=2)
    wanted = graph.constants[first.inputs[3]].values.ravel() - means[0]
    solved = np.linalg.lstsq((means[1:] - means[0]).T, wanted, rcond=None)[0]
    return np.asarray(solved.astype(np.float32).reshape(channels.shape))


def _is_affine(graph: Graph, name: str) -> bool:
    """True if a value is the network's input, or comes from it through layers and affine functions alone."""
    if name in graph.inputs:
        return True
    node = graph.by_name[name]
    affine = isinstance(node.op, Weighted) or (isinstance(node.op, Elementwise) and node.op.affine)
    return affine and _is_affine(graph, node.inputs[0])


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
