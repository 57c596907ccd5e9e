"""Convolutional networks become integers exactly: random ones with every operator, and networks of other people's tools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.frames import random_frames
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.check import check
from fpgaflow.ir.graph import Graph
from fpgaflow.passes.lower import Lowered, lower
from tests.exact import exact_integers
from tests.random_cnn import random_cnn

MODELS = Path(__file__).parents[3] / "shared" / "models"
real_networks = pytest.mark.skipif(not MODELS.is_dir(), reason="the collection of real networks is not here")


def integers(lowered: Lowered, frames: np.ndarray) -> np.ndarray:
    """What the decoder reads, and that every value keeps within its format."""
    ((name, _),) = lowered.head.inputs.items()
    codes = lowered.head.evaluate({name: frames})[lowered.head.outputs[0]]
    values = lowered.body.evaluate({next(iter(lowered.body.inputs)): codes.astype(np.int64)})
    for node in lowered.body.nodes:
        assert node.type.format.min <= values[node.name].min() and values[node.name].max() <= node.type.format.max
    return lowered.in_model_order(values[lowered.body.outputs[0]]).reshape(len(frames), -1)


@pytest.mark.parametrize("seed", range(60))
def test_random_networks(seed: int, tmp_path: Path) -> None:
    """Integers equal the float32 reference, or exact arithmetic where float32 rounds."""
    onnx.save(random_cnn(seed), tmp_path / "m.onnx")
    model = check(read_model(tmp_path / "m.onnx"))
    try:
        lowered = lower(model, {})
    except FlowError as error:
        assert error.code == "FF305", error
        return
    for part in (lowered.head, lowered.body, lowered.tail):
        check(part)
    frames = random_frames(lowered.head, 4, seed)
    got = integers(lowered, frames)
    found = compare_with_reference(model, lowered, frames)
    if found.equal < found.outputs:
        np.testing.assert_array_equal(got, exact_integers(model, lowered, frames))


def signature(body: Graph) -> list[object]:
    """Everything of an integer graph but its names."""
    places = {name: index for index, name in enumerate((*body.inputs, *body.by_name))}
    return [
        (
            repr(node.op),
            node.type,
            [places[name] if name in places else body.constants[name].values.tolist() for name in node.inputs],
        )
        for node in body.nodes
    ]


@real_networks
def test_exporters_agree_on_the_integer_graph() -> None:
    """TorchScript and dynamo exports, QONNX and QCDQ, of one network."""
    exporters = ("qonnx_ts", "qonnx_dynamo", "qcdq_ts", "qcdq_dynamo")
    bodies = [lower(read_model(MODELS / f"small_po2_w4a4__{name}.onnx"), {}).body for name in exporters]
    assert all(signature(body) == signature(bodies[0]) for body in bodies[1:])


@real_networks
@pytest.mark.parametrize("name", ["resnet8_po2_w4a4", "dscnn_po2_w4a4", "mbv1_025_po2_w4a4", "cnv_2w2a"])
def test_power_of_two_networks_equal_their_stored_outputs(name: str) -> None:
    lowered = lower(read_model(MODELS / f"{name}__qonnx_ts.onnx"), {})
    data = np.load(MODELS / f"{name}.npz")
    ((port, type_),) = lowered.tail.inputs.items()
    ((source, shape),) = lowered.head.inputs.items()
    frames = data["x"].reshape(-1, *shape.shape)[:8]
    codes = lowered.head.evaluate({source: frames})[lowered.head.outputs[0]]
    out = lowered.body.evaluate({next(iter(lowered.body.inputs)): codes})[lowered.body.outputs[0]]
    got = lowered.tail.evaluate({port: out.reshape(len(out), *type_.shape)})[lowered.tail.outputs[0]]
    np.testing.assert_array_equal(got.ravel(), data["y"][:8].ravel())
