"""Networks made with other people's tools; their references came from qonnx and onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.errors import FlowError
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Array, Graph

MODELS = Path(__file__).parents[3] / "shared" / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="the collection of real networks is not here")


def load(name: str) -> tuple[Graph, dict[str, Array], Array]:
    """Graph, all its values for the stored inputs, stored outputs."""
    data = np.load(MODELS / f"{name}.npz")
    graph = read_model(MODELS / f"{name}.onnx")
    (source,) = graph.inputs
    return graph, graph.evaluate({source: data["x"][:, 0]}), data["y"][:, 0]


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


@pytest.mark.parametrize("name", ["conv2d_small_float", "small_po2_w4a4__qonnx_ts", "resnet8_float_w8a8__qcdq_ts"])
def test_convolutions_are_refused_politely(name: str) -> None:
    with pytest.raises(FlowError, match=r"FF20[15]"):
        read_model(MODELS / f"{name}.onnx")
