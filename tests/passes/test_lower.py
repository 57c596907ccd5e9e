"""Lowering is exact: head, integers and tail compute the model, on every kind of multilayer perceptron."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpgaflow.backends.emulate import Emulator
from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference, run_body
from fpgaflow.fixed import parse_input_format
from fpgaflow.frames import random_frames
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.check import check
from fpgaflow.ops.dense import Dense
from fpgaflow.ops.requantize import Requantize
from fpgaflow.passes.lower import lower
from tests.exact import exact_integers
from tests.models import QONNX, MlpSpec, Network, Scales, mlp

SPECS = st.builds(
    MlpSpec,
    widths=st.lists(st.integers(1, 20), min_size=3, max_size=4).map(tuple),
    weight_bits=st.integers(1, 6),
    activation_bits=st.integers(1, 6),
    input_bits=st.sampled_from([1, 2, 4, 8]),
    scales=st.sampled_from(list(Scales)),
    weight_channels=st.booleans(),
    bias=st.booleans(),
    batch_norm=st.booleans(),
    activation=st.sampled_from([None, "Relu", "Sigmoid", "Tanh", "LeakyRelu"]),
    rounding=st.sampled_from(["ROUND", "FLOOR", "CEIL"]),
    narrow=st.booleans(),
    quantize_output=st.booleans(),
    gemm=st.booleans(),
    batch=st.sampled_from([1, "N", 64]),
    seed=st.integers(0, 2**16),
)


def read(model: onnx.ModelProto, folder: Path):
    onnx.save(model, folder / "m.onnx")
    return check(read_model(folder / "m.onnx"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=SPECS)
def test_integers_equal_the_reference(spec, tmp_path):
    model = read(mlp(replace(spec, scales=Scales.POWER_OF_TWO)), tmp_path)
    lowered = lower(model, {})
    for part in (lowered.head, lowered.body, lowered.tail):
        check(part)
    frames = random_frames(lowered.head, 50, spec.seed)
    found = compare_with_reference(model, lowered, frames)
    assert (found.equal, found.max_abs_diff) == (found.outputs, 0.0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=SPECS, activation=st.sampled_from([None, "Relu", "LeakyRelu"]))
def test_integers_equal_exact_arithmetic_where_float32_is_not_exact(spec, activation, tmp_path):
    model = read(mlp(replace(spec, scales=Scales.FLOAT, activation=activation)), tmp_path)
    lowered = lower(model, {})
    frames = random_frames(lowered.head, 8, spec.seed)
    got = run_body(lowered, Emulator(lowered.body), frames).reshape(len(frames), -1)
    np.testing.assert_array_equal(got, exact_integers(model, lowered, frames))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=SPECS)
def test_emulator_equals_the_graph(spec, tmp_path):
    lowered = lower(read(mlp(spec), tmp_path), {})
    ((name, type_),) = lowered.body.inputs.items()
    generator = np.random.default_rng(spec.seed)
    integers = type_.format.decode(generator.integers(0, 1 << type_.format.width, (40, *type_.shape)))
    want = lowered.body.evaluate({name: integers})[lowered.body.outputs[0]]
    np.testing.assert_array_equal(Emulator(lowered.body)(integers), want)


@pytest.mark.parametrize("text", ["s8.4", "u8.8", "u8/255", "s16.10", "bipolar"])
def test_input_format_puts_the_first_quantizer_into_hardware(text, tmp_path):
    model = read(mlp(MlpSpec(input_bits=4)), tmp_path)
    lowered = lower(model, {name: parse_input_format(text) for name in model.inputs})
    assert isinstance(lowered.body.nodes[0].op, Requantize)
    found = compare_with_reference(model, lowered, random_frames(lowered.head, 100, 3))
    assert found.equal == found.outputs


@pytest.mark.parametrize("text", ["s8.4", "u8.8", "s12.10", "bipolar"])
def test_input_format_of_a_network_without_input_quantizer(text, tmp_path):
    model = read(mlp(MlpSpec(input_bits=None)), tmp_path)
    lowered = lower(model, {name: parse_input_format(text) for name in model.inputs})
    found = compare_with_reference(model, lowered, random_frames(lowered.head, 100, 3))
    assert (found.equal, found.max_abs_diff) == (found.outputs, 0.0)


def test_missing_input_format(tmp_path):
    with pytest.raises(FlowError) as caught:
        lower(read(mlp(MlpSpec(input_bits=None)), tmp_path), {})
    assert caught.value.code == "FF303"
    assert "--input-format" in caught.value.hint


def test_accumulator_holds_every_partial_sum(tmp_path):
    lowered = lower(read(mlp(MlpSpec(widths=(9, 5, 3), weight_bits=3)), tmp_path), {})
    for node in lowered.body.nodes:
        if isinstance(node.op, Dense):
            weights = lowered.body.constants[node.inputs[1]].values
            data = lowered.body.type_of(node.inputs[0]).format
            extreme = np.abs(weights).sum(axis=1).max() * max(abs(data.min), abs(data.max))
            assert node.op.accumulator.max <= 2 * extreme + 1
            for x in (data.min, data.max):
                partial = np.cumsum(weights * x, axis=1)
                assert partial.min() >= node.op.accumulator.min
                assert partial.max() <= node.op.accumulator.max


@pytest.mark.parametrize("text", [None, "u8/255"])
def test_image_is_flattened_on_either_side_of_the_first_quantizer(text, tmp_path):
    net = Network()

    def quant(value, scale, bits):
        attributes = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
        parameters = (net.constant(scale), net.constant(0.0), net.constant(float(bits)))
        return net.node("Quant", value, *parameters, domain=QONNX, **attributes)

    shifted = net.node("Sub", "x", net.constant(0.5))
    if text is None:
        data = quant(net.node("Flatten", shifted, axis=1), 0.125, 4)
    else:
        data = net.node("Flatten", quant(shifted, 0.125, 4), axis=1)
    weights = quant(net.constant(np.random.default_rng(0).normal(size=(12, 5))), 0.25, 3)
    product = net.node("MatMul", data, weights)
    model = read(net.model(product, (1, 1, 3, 4), (1, 5)), tmp_path)
    lowered = lower(model, {} if text is None else {"x": parse_input_format(text)})
    check(lowered.body)
    found = compare_with_reference(model, lowered, random_frames(lowered.head, 30, 1))
    assert (found.equal, found.outputs) == (150, 150)


def test_float_weights_are_named_before_a_missing_input_format(tmp_path):
    net = Network()
    product = net.node("MatMul", "x", net.constant(np.random.default_rng(0).normal(size=(4, 3))))
    with pytest.raises(FlowError) as caught:
        lower(read(net.model(product, (1, 4), (1, 3)), tmp_path), {})
    assert caught.value.code == "FF301"
    assert str(caught.value).splitlines()[1] == "  --> m.onnx: node 'node_matmul_0' (MatMul)"


def test_weights_on_the_grid_of_fixed_point_need_no_quantizer(tmp_path):
    net = Network()
    weights = np.random.default_rng(0).integers(-5, 6, (4, 3)) / 8
    product = net.node("MatMul", "x", net.constant(weights))
    model = read(net.model(product, (1, 4), (1, 3)), tmp_path)
    lowered = lower(model, {"x": parse_input_format("s8.4")})
    found = compare_with_reference(model, lowered, random_frames(lowered.head, 30, 1))
    assert (found.equal, found.max_abs_diff) == (90, 0.0)
