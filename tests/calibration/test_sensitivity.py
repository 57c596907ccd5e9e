"""What bits cost, and bits chosen by it: budgets are kept, and no other choice is better."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.calibration.budget import Budget
from fpgaflow.calibration.calibration import Calibration, Formats, calibrate
from fpgaflow.calibration.choose_bits import choose_bits, luts_of_product
from fpgaflow.calibration.options import LayerOptions, QuantizeOptions, merged, with_layers
from fpgaflow.calibration.sensitivity import BITS, TensorSensitivity, measure
from fpgaflow.errors import FlowError
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.quantize import decibels, quantize
from tests.floats import convolutional, images
from tests.models import Network, save

OPTIONS = QuantizeOptions()


def calibration(folder: Path) -> Calibration:
    return calibrate(read_model(save(convolutional(), folder)), images(20), OPTIONS)


def test_measured_alone(tmp_path: Path) -> None:
    """As computed from scratch for one tensor; fewer bits never cost much less."""
    made = calibration(tmp_path)
    found = measure(made, OPTIONS)
    assert [t.tensor for t in found if t.is_weights] == [layer.name for layer in made.layers]
    assert [t.values for t in found if not t.is_weights] == list(made.places.groups)
    tensor = next(t for t in found if t.is_weights)
    layer = made.layers[0]
    format = made.of_weights(layer, with_layers(OPTIONS, {layer.name: LayerOptions(weights=3)}))
    output = made.real.outputs[0]
    first, second = (
        graph.evaluate({"x": made.frames})[output].astype(np.float64)
        for graph in (made.real, made.quantized(Formats({layer.name: format}, {})))
    )
    whole = np.square(first - second).sum() / np.square(first).sum()
    assert abs(decibels(whole, tensor.losses[3])) < 0.01
    assert all(set(t.losses) == set(BITS) and t.losses[2] > t.losses[8] for t in found)


def small(folder: Path) -> Calibration:
    """Two dense layers."""
    rng = np.random.default_rng(0)
    net = Network()
    inside = net.node("Relu", net.node("MatMul", "x", net.constant(rng.normal(size=(8, 6)))))
    value = net.node("MatMul", inside, net.constant(rng.normal(size=(6, 3))))
    graph = read_model(save(net.model(value, ("N", 8), ("N", 3)), folder))
    return calibrate(graph, rng.normal(size=(50, 8)).astype(np.float32), OPTIONS)


def every_choice(tensors: list[TensorSensitivity]) -> list[tuple[int, ...]]:
    return list(itertools.product(BITS, repeat=len(tensors)))


def chosen(tensors: list[TensorSensitivity], layers: dict[str, LayerOptions]) -> tuple[int, ...]:
    entries = [layers[t.tensor if t.is_weights else t.values[0]] for t in tensors]
    bits = [entry.weights if t.is_weights else entry.activations for t, entry in zip(tensors, entries, strict=True)]
    return tuple(number for number in bits if number is not None)


def loss(tensors: list[TensorSensitivity], bits: tuple[int, ...]) -> float:
    return sum(round(tensor.losses[number] * 1e12) for tensor, number in zip(tensors, bits, strict=True))


def test_bits_of_weights(tmp_path: Path) -> None:
    made = small(tmp_path)
    weights = [t for t in measure(made, OPTIONS) if t.is_weights]
    for budget in (2, 3.7, 5, 8):
        fits = [bits for bits in every_choice(weights) if 48 * bits[0] + 18 * bits[1] <= budget * 66]
        found = chosen(weights, choose_bits(made, weights, Budget(bits=budget)))
        assert found in fits and loss(weights, found) <= 1.002 * min(loss(weights, bits) for bits in fits)


def test_luts_and_error(tmp_path: Path) -> None:
    made = small(tmp_path)
    tensors = measure(made, OPTIONS)
    assert [t.is_weights for t in tensors] == [False, True, False, True]

    def luts(bits: tuple[int, ...]) -> int:
        return round(48 * luts_of_product(bits[1], bits[0])) + round(18 * luts_of_product(bits[3], bits[2]))

    for budget in (700, 1500, 3000):
        found = chosen(tensors, choose_bits(made, tensors, Budget(luts=budget)))
        best = min(loss(tensors, bits) for bits in every_choice(tensors) if luts(bits) <= budget)
        assert luts(found) <= budget and loss(tensors, found) <= 1.002 * best
    for budget in (12, 25):
        found = chosen(tensors, choose_bits(made, tensors, Budget(error=budget)))
        limit = int(10 ** (-budget / 10) * 1e12)
        best = min(luts(bits) for bits in every_choice(tensors) if loss(tensors, bits) <= limit)
        assert loss(tensors, found) <= limit and luts(found) <= 1.002 * best


@pytest.mark.parametrize("limits", [{}, {"bits": 0}, {"luts": math.nan}, {"bits": 3, "luts": 100}])
def test_budgets(limits: dict[str, float]) -> None:
    with pytest.raises(FlowError, match="is not possible"):
        Budget(**limits)


def test_exceptions_are_merged() -> None:
    first = {"a": LayerOptions(weights=3), "b": LayerOptions(activations=4)}
    second = {"a": LayerOptions(activations=5), "b": LayerOptions(activations=6)}
    assert merged(first, second) == {"a": LayerOptions(3, 5), "b": LayerOptions(None, 6)}


def test_an_error_budget_holds(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", images(20))
    model = save(convolutional(), tmp_path)
    result = quantize(model, tmp_path / "out.onnx", data=tmp_path / "x.npy", budget=Budget(error=22))
    assert result.agreement is not None and result.agreement.sqnr_db >= 22
    assert {int(row.codes[1:]) for row in result.formats} <= set(BITS)
    assert result.sensitivity is not None and len(result.sensitivity) == len(result.formats) - 1
    assert result.picture == tmp_path / "out_sensitivity.svg"
    assert "node_conv_0 (weights)" in result.sensitivity
    assert result.picture.read_text().startswith("<?xml")
