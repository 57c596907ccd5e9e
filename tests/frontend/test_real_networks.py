"""Networks made with other people's tools; their references came from qonnx and onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.mat_mul import MatMul

MODELS = Path(__file__).parents[3] / "shared" / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="the collection of real networks is not here")


def load(name: str) -> tuple[Graph, dict[str, Array], Array]:
    """Graph, all its values for the stored inputs, stored outputs."""
    data = np.load(MODELS / f"{name.partition('__')[0]}.npz")
    graph = read_model(MODELS / f"{name}.onnx")
    (source,) = graph.inputs
    frames = data["x"].reshape(-1, *graph.inputs[source].shape)
    values = graph.evaluate({source: frames})
    return graph, values, data["y"].reshape(values[graph.outputs[0]].shape)


def test_tfc_is_equal() -> None:
    graph, values, want = load("tfc_2W2A")
    assert graph.outputs == ("90",)
    assert np.array_equal(values["90"], want)


@pytest.mark.parametrize("name", ["jets", "three_layer_float"])
def test_softmax_networks(name: str) -> None:
    """Equal but for the last places of 1.0: the references sum floats and take exponentials in orders of their own."""
    graph, values, want = load(name)
    found = values[graph.outputs[0]]
    assert np.array_equal(found.argmax(axis=1), want.argmax(axis=1))
    assert np.max(np.abs(found - want)) <= 2 * np.spacing(np.float32(1))
    logits = values[graph.nodes[-1].inputs[0]].astype(np.float64)
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.max(np.abs(found - share) / np.spacing(found)) <= 1


def test_jets_logits_lie_on_the_grid() -> None:
    """Every logit of jets is an integer multiple of the product of its scales: nothing was rounded on the way."""
    _, values, _ = load("jets")
    steps = values["Add_3_out0"].astype(np.float64) * 2**11
    assert np.array_equal(steps, np.rint(steps))


EXPORTERS = ("qonnx_ts", "qonnx_dynamo", "qcdq_ts", "qcdq_dynamo")
EXACT = (
    "cnv_2w2a__qonnx_ts",
    "dscnn_po2_w4a4__qonnx_ts",
    "mbv1_025_po2_w4a4__qonnx_ts",
    "resnet8_po2_w4a4__qonnx_ts",
    "small_po2_w4a4_trunc__qonnx_ts",
    *(f"small_po2_w4a4__{exporter}" for exporter in EXPORTERS),
)


@pytest.mark.parametrize("name", EXACT)
def test_power_of_two_networks_are_equal(name: str) -> None:
    """All sums are exact in float32, so that their order does not matter."""
    graph, values, want = load(name)
    assert np.array_equal(values[graph.outputs[0]], want)


def test_exporters_agree() -> None:
    """The same operators on the same shapes, and the same value at every one of them."""
    loaded = [load(f"small_po2_w4a4__{exporter}")[:2] for exporter in EXPORTERS]
    first, first_values = loaded[0]
    for graph, values in loaded[1:]:
        assert [node.type.shape for node in graph.nodes] == [node.type.shape for node in first.nodes]
        found = [values[node.name] for node in graph.nodes]
        assert all(np.array_equal(a, first_values[node.name]) for a, node in zip(found, first.nodes, strict=True))


@pytest.mark.parametrize("name", [*EXACT, "resnet8_float_w8a8__qcdq_ts", "small_bin_w1a1__qonnx_ts"])
def test_weights_keep_their_integers(name: str) -> None:
    graph = read_model(MODELS / f"{name}.onnx")
    weights = [graph.constants[node.inputs[1]] for node in graph.nodes if isinstance(node.op, Conv | MatMul)]
    assert len(weights) >= 4
    for constant in weights:
        assert constant.quantization is not None
        codes, zero = constant.quantization.codes, constant.quantization.zero_point
        real = ((codes - zero) * constant.quantization.scale).astype(np.float32)
        assert np.array_equal(real, constant.values)


@pytest.mark.parametrize(
    "name",
    ["conv2d_small_float", "small_bin_w1a1__qonnx_ts", "small_float_w4a4__qcdq_ts", "small_float_w4a4__qonnx_ts"],
)
def test_float_networks(name: str) -> None:
    """Equal but for the last places: the references sum floats in an order of their own."""
    graph, values, want = load(name)
    found = values[graph.outputs[0]]
    assert np.max(np.abs(found - want)) <= np.spacing(np.float32(1))


def test_codes_that_flip() -> None:
    """With 8 bits a few values lie so close to a tie that the reference's own rounding of sums decides on the code."""
    graph, values, want = load("resnet8_float_w8a8__qcdq_ts")
    found = values[graph.outputs[0]]
    assert np.array_equal(found.argmax(axis=1), want.argmax(axis=1))
    assert np.max(np.abs(found - want)) < 0.01 * np.ptp(want)


@pytest.mark.slow
def test_super_resolution() -> None:
    """Pixels are 8-bit codes: fewer than one in ten thousand differs, by one code."""
    graph, values, want = load("espcn_subpixel_quant_model")
    codes = (np.rint(pixels * 255) for pixels in (values[graph.outputs[0]], want))
    difference = np.abs(np.subtract(*codes))
    assert np.max(difference) <= 1
    assert np.count_nonzero(difference) < difference.size / 10_000
