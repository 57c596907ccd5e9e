"""What prepares a float network for quantization, and what corrects it afterwards: nothing is lost, and errors go down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.calibration.calibration import Calibration, calibrate
from fpgaflow.calibration.observe import reach
from fpgaflow.calibration.options import QuantizeOptions
from fpgaflow.calibration.scales import Scales
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.check import check
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.ops.base import Weighted
from fpgaflow.ops.batch_normalization import BatchNormalization
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.conv_transpose import ConvTranspose
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.window import WindowAxis
from fpgaflow.passes.assign_formats import assign_formats
from fpgaflow.passes.equalize import equalize
from fpgaflow.passes.fold_batch_norm import fold_batch_norm
from fpgaflow.passes.layer_weights import grouped, times_inputs, times_outputs, ungrouped
from fpgaflow.passes.quantizer_places import grid_roots, quantizer_places
from fpgaflow.passes.round_biases import round_biases
from tests.floats import convolutional, images
from tests.models import MlpSpec, Network, mlp, save


def network(folder: Path, *, batch_norm: bool = True) -> Graph:
    return read_model(save(convolutional(batch_norm=batch_norm), folder))


def result(graph: Graph, x: Array) -> Array:
    """In float64, where passes differ in the last places of float32 constants only."""
    return graph.evaluate({"x": x.astype(np.float64)})[graph.outputs[0]]


def relative(found: Array, wanted: Array) -> float:
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def test_folding_changes_no_result(tmp_path: Path) -> None:
    graph = network(tmp_path)
    folded = check(fold_batch_norm(graph))
    kept = [node for node in folded.nodes if isinstance(node.op, BatchNormalization)]
    assert len(kept) == 0 and sum(isinstance(node.op, BatchNormalization) for node in graph.nodes) == 5
    assert relative(result(folded, images(5)), result(graph, images(5))) < 1e-5
    assert {node.name for node in folded.nodes} == {node.name for node in graph.nodes}


def test_folding_behind_a_bias_and_behind_a_dense_layer(tmp_path: Path) -> None:
    spec = MlpSpec(weight_bits=8, input_bits=None, batch_norm=True, gemm=True)
    graph = read_model(save(mlp(spec), tmp_path))
    x = np.random.default_rng(0).normal(size=(9, 16))
    # weights that are integers already are left alone
    assert fold_batch_norm(graph).nodes == graph.nodes
    net = Network()
    rng = np.random.default_rng(0)
    value = net.node("Gemm", "x", net.constant(rng.normal(size=(16, 4))), net.constant(rng.normal(size=4)))
    norm = (net.constant(numbers) for numbers in (*rng.normal(size=(3, 4)), rng.uniform(1, 2, 4)))
    made = read_model(save(net.model(net.node("BatchNormalization", value, *norm), ("N", 16), ("N", 4)), tmp_path))
    folded = check(fold_batch_norm(made))
    assert len(folded.nodes) == 2 and folded.outputs == made.outputs
    assert relative(result(folded, x), result(made, x)) < 1e-5


def test_a_value_that_something_else_reads_is_not_folded(tmp_path: Path) -> None:
    net = Network()
    value = net.node("Conv", "x", net.constant(np.ones((2, 3, 1, 1))))
    norm = net.node("BatchNormalization", value, *(net.constant(np.ones(2)) for _ in range(4)))
    graph = read_model(save(net.model(net.node("Add", value, norm), ("N", 3, 4, 4), (None,) * 4), tmp_path))
    assert fold_batch_norm(graph).nodes == graph.nodes


def reached(graph: Graph) -> dict[str, Array]:
    return reach(graph, images(20), [node.inputs[0] for node in graph.nodes if isinstance(node.op, Weighted)])


def test_equalisation_does_not_enlarge_a_constant_channel(tmp_path: Path) -> None:
    """A channel with hardly any weights, but a bias, keeps within the range of the others."""
    net = Network()
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(4, 3, 1, 1)) * np.array([1, 1, 1, 1e-6]).reshape(-1, 1, 1, 1)
    inside = net.node("Relu", net.node("Conv", "x", net.constant(weights), net.constant(np.ones(4))))
    value = net.node("Conv", inside, net.constant(rng.normal(size=(2, 4, 1, 1))))
    graph = read_model(save(net.model(value, ("N", 3, 8, 8), (None,) * 4), tmp_path))
    equal = equalize(graph, reached(graph))
    (before,), (behind,) = ([graph.evaluate({"x": images(20)})[inside].max()] for graph in (graph, equal))
    assert behind <= before * 1.001


def test_equalisation_changes_no_result_and_evens_out_weights(tmp_path: Path) -> None:
    graph = fold_batch_norm(network(tmp_path))
    equal = check(equalize(graph, reached(graph)))
    assert relative(result(equal, images(5)), result(graph, images(5))) < 1e-5

    def unevenness(graph: Graph) -> float:
        """Between the channels of the depthwise layer, which lies between two others."""
        layer = next(node for node in graph.nodes if isinstance(node.op, Conv) and node.op.groups > 1)
        reach = np.abs(graph.constants[layer.inputs[1]].values).max(axis=(1, 2, 3))
        return float(reach.max() / reach.min())

    assert unevenness(equal) < unevenness(graph)


SHAPES = {
    "dense": (MatMul(), (6, 4), 6, 4),
    "grouped": (Conv((WindowAxis(3), WindowAxis(2)), 2), (4, 3, 3, 2), 6, 4),
    "transposed": (ConvTranspose((WindowAxis(3),), 2), (6, 2, 3), 6, 4),
}


@pytest.mark.parametrize("name", SHAPES)
def test_weights_of_inputs_and_outputs(name: str) -> None:
    """Factors of inputs do what factors of the data do, factors of outputs what factors of the result do."""
    op, shape, inputs, outputs = SHAPES[name]
    rng = np.random.default_rng(0)
    weights, spatial = rng.integers(-9, 9, shape).astype(np.float64), (1,) * (len(shape) - 2)
    data = rng.integers(-9, 9, (5, inputs, *(7,) * len(spatial))).astype(np.float64)
    before, behind = (2.0 ** rng.integers(-3, 3, count) for count in (inputs, outputs))
    found = op.evaluate(data, times_outputs(op, times_inputs(op, weights, before), behind))
    wanted = op.evaluate(data * before.reshape(-1, *spatial), weights) * behind.reshape(-1, *spatial)
    assert np.array_equal(found, wanted)
    assert np.array_equal(ungrouped(op, grouped(op, weights), shape), weights)


def test_biases_are_odd_halves(tmp_path: Path) -> None:
    """Between two integers of the accumulator; where scales are no powers of two they are left alone."""
    calibration, options = calibrated(tmp_path, Scales.PO2)
    graph = calibration.quantized(calibration.formats(options))
    for layer in (node for node in graph.nodes if isinstance(node.op, Weighted)):
        (bias,) = graph.consumers[layer.name]
        quantization = graph.constants[layer.inputs[1]].quantization
        assert quantization is not None
        scales = {float(scale_of(graph, root)) for root in grid_roots(graph, layer.inputs[0])}
        units = graph.constants[bias.inputs[1]].values / (float(quantization.scale) * min(scales))
        assert len(scales) == 1 and np.array_equal(units - 0.5, np.floor(units))
    floats, options = calibrated(tmp_path, Scales.FLOAT)
    graph = floats.quantized(floats.formats(options))
    again = round_biases(graph, floats.layers)
    assert all(again.constants[name] is constant for name, constant in graph.constants.items())


def scale_of(graph: Graph, quantizer: str) -> Array:
    return graph.constants[graph.by_name[quantizer].inputs[1]].values


def test_places(tmp_path: Path) -> None:
    """Behind the last elementwise function; a Concat's operands share a scale, a sum's only where scales are any numbers."""
    graph = network(tmp_path)
    po2, floats = (quantizer_places(graph, common_sums=common).groups for common in (False, True))
    sides = ("leakyrelu_0", "leakyrelu_1")
    assert po2 == (
        ("x",),
        ("relu_0",),
        ("relu_1",),
        ("batchnormalization_2",),
        ("relu_2",),
        sides,
        ("globalaveragepool_0",),
    )
    assert ("relu_0", "batchnormalization_2") in floats and sides in floats


def calibrated(folder: Path, scales: Scales) -> tuple[Calibration, QuantizeOptions]:
    options = QuantizeOptions(3, 8, scales)
    return calibrate(network(folder), images(50), options), options


@pytest.mark.parametrize("scales", Scales)
def test_bias_correction_takes_away_the_mean_error_of_each_layer(scales: Scales, tmp_path: Path) -> None:
    calibration, options = calibrated(tmp_path, scales)
    formats = calibration.formats(options)
    x = images(50)
    wanted, rounded, corrected = (
        graph.evaluate({"x": x})
        for graph in (
            calibration.real,
            assign_formats(calibration.real, formats.weights, {}),
            calibration.quantized(type(formats)(formats.weights, {})),
        )
    )
    biased = calibration.real.consumers[calibration.layers[0].name][0].name
    before, behind = (np.abs((v[biased] - wanted[biased]).mean(axis=(0, 2, 3))).max() for v in (rounded, corrected))
    assert behind < before / 1000
    output = calibration.real.outputs[0]
    errors = [float(np.square(v[output] - wanted[output]).mean()) for v in (rounded, corrected)]
    assert errors[1] < errors[0]
