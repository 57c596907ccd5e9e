"""Calibration without data: values as they were in training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fpgaflow.calibration.synthesise import synthesise
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ops.batch_normalization import BatchNormalization
from tests.floats import convolutional
from tests.models import Network, save


def test_values_behind_normalizations_have_the_trained_statistics(tmp_path: Path) -> None:
    graph = read_model(save(convolutional(), tmp_path))
    noisy, frames = synthesise(graph)
    values = noisy.evaluate({"x": frames})
    for node in noisy.nodes:
        if isinstance(node.op, BatchNormalization):
            scale, bias = (noisy.constants[name].values.ravel() for name in node.inputs[1:3])
            data = values[node.name].astype(np.float64)
            assert np.abs(data.mean(axis=(0, 2, 3)) - bias).max() < 1e-4
            assert np.abs(data.std(axis=(0, 2, 3)) - np.abs(scale)).max() < 1e-3
    assert [node.name for node in noisy.nodes] == [node.name for node in graph.nodes]


def test_noise_has_the_mean_and_size_of_the_training_data(tmp_path: Path) -> None:
    """As the statistics of the first BatchNormalization tell, that were collected on numbers around 3, 0 and -1."""
    rng = np.random.default_rng(0)
    centre = np.array([3, 0, -1]).reshape(3, 1, 1)
    weights = rng.normal(size=(8, 3, 3, 3))
    net = Network()
    inside = net.node("Conv", "x", net.constant(weights), net.constant(rng.normal(size=8)), pads=[1] * 4)
    plain = read_model(save(net.model(inside, ("N", 3, 16, 16), (None,) * 4), tmp_path))
    seen = plain.evaluate({"x": (centre + 0.5 * rng.normal(size=(200, 3, 16, 16))).astype(np.float32)})[inside]
    statistics = (seen.mean(axis=(0, 2, 3)), seen.var(axis=(0, 2, 3)))
    ones = (net.constant(np.ones(8)) for _ in range(2))
    value = net.node("BatchNormalization", inside, *ones, *map(net.constant, statistics))
    _, frames = synthesise(read_model(save(net.model(value, ("N", 3, 16, 16), (None,) * 4), tmp_path)))
    assert np.abs(frames.mean(axis=(0, 2, 3)) - centre.ravel()).max() < 0.05
    # the borders of frames around 3 add to the variance
    assert 0.4 < frames.std(axis=(0, 2, 3)).min() <= frames.std(axis=(0, 2, 3)).max() < 1.5
