"""One pass over example frames: histograms of values, and the mean frame of what layers read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fpgaflow.calibration.histogram import Histogram
from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.ops.conv import Conv, products

BATCH = 64


@dataclass(frozen=True, eq=False)
class Observed:
    """What frames did: ``histograms`` and ``means`` (*shape) by the values' names."""

    histograms: dict[str, Histogram]
    means: dict[str, Array]


def observe(graph: Graph, frames: Array, counted: Collection[str], averaged: Collection[str]) -> Observed:
    """Evaluate ``graph`` on ``frames`` (frames, *shape) in batches."""
    histograms = {name: Histogram() for name in counted}
    sums: dict[str, Array] = {name: np.zeros(graph.type_of(name).shape) for name in averaged}
    for values in batches(graph, frames):
        for name, histogram in histograms.items():
            _check_finite(name, values[name])
            histogram.add(values[name])
        for name in sums:
            sums[name] += values[name].sum(axis=0, dtype=np.float64)
    return Observed(histograms, {name: total / len(frames) for name, total in sums.items()})


def _check_finite(name: str, values: Array) -> None:
    if not np.all(np.isfinite(values)):
        raise FlowError(
            "FF308",
            f"'{name}' is infinite or NaN for some frames",
            reason="no format holds such values",
            hint="look for a training run that diverged, or for frames that are scaled otherwise than in training",
        )


def reach(graph: Graph, frames: Array, names: Collection[str]) -> dict[str, Array]:
    """The largest magnitude of values in the first frames: (channels,), or (elements,) of frames of one axis."""
    values = next(batches(graph, frames))
    return {name: np.abs(values[name]).max(axis=(0, *range(2, values[name].ndim))) for name in names}


def batches(graph: Graph, frames: Array) -> Iterator[dict[str, Array]]:
    """All values of the graph and its constants, batch by batch."""
    (source,) = graph.inputs
    for start in range(0, len(frames), BATCH):
        yield evaluate(graph, {source: frames[start : start + BATCH].astype(np.float32)})


def evaluate(graph: Graph, known: Mapping[str, Array]) -> dict[str, Array]:
    """All values of the graph and its constants, where some nodes' values may be ``known`` beside the input's.

    As ``Graph.evaluate``, but float32 sums of convolutions are float32: twice as fast, and as good for statistics.
    """
    values = {**{name: constant.values for name, constant in graph.constants.items()}, **known}
    for node in graph.nodes:
        if node.name in known:
            continue
        inputs = [values[name] for name in node.inputs]
        if isinstance(node.op, Conv):
            values[node.name] = products(inputs[0], inputs[1], node.op.window, node.op.groups)
        else:
            values[node.name] = node.op.evaluate(*inputs)
    return values
