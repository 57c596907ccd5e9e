"""Functions that rise and fall, quantized: tables of integers, or of the steps where integers are many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

import fpgaflow
from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.frames import random_frames
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Graph
from fpgaflow.passes import lower as lowering
from fpgaflow.passes.lower import lower
from tests.exact import exact_integers
from tests.models import QONNX, Network

ACTIVATIONS = {
    "HardSwish": lambda net, x: net.node("HardSwish", x),
    "PRelu": lambda net, x: net.node("PRelu", x, net.constant([[[-0.5]], [[0.25]], [[-2.0]], [[0.0]]])),
    "LeakyRelu": lambda net, x: net.node("LeakyRelu", x, alpha=-0.25),
    "shifted": lambda net, x: net.node("Relu", net.node("HardSwish", net.node("Neg", x))),
}


def model(name: str, bits: int, *, scale: float) -> onnx.ModelProto:
    """A convolution, a BatchNormalization that turns channels round, an activation, a quantizer of 8 bits."""
    net, rng = Network(), np.random.default_rng(3)

    def quantized(value: str, step: float, width: int) -> str:
        parameters = (net.constant(step), net.constant(0.0), net.constant(float(width)))
        return net.node("Quant", value, *parameters, domain=QONNX, signed=1, narrow=0, rounding_mode="ROUND")

    reach = 2.0 ** (bits - 1)
    kernel = quantized(net.constant(rng.normal(size=(4, 2, 3, 3))), 2.5 * scale / reach, bits)
    value = net.node("Conv", quantized("x", 4 * scale / reach, bits), kernel, kernel_shape=[3, 3])
    parts = ([1.0, -0.5, 2.0, -0.25], [0.5, -0.25, 0.0, 1.0], [0.0, 0.5, -0.5, 0.25], [1.0, 1.0, 4.0, 0.25])
    value = net.node("BatchNormalization", value, *(net.constant(part) for part in parts), epsilon=0.0)
    value = quantized(ACTIVATIONS[name](net, value), 0.0625 * scale, 8)
    value = net.node(
        "MatMul", net.node("Flatten", value, axis=1), quantized(net.constant(rng.normal(size=(64, 5))), 1, 4)
    )
    return net.model(value, (1, 2, 6, 6), (1, 5), opset=14)


def read(made: onnx.ModelProto, folder: Path) -> Graph:
    onnx.save(made, folder / "m.onnx")
    return read_model(folder / "m.onnx")


def kinds(body: Graph) -> list[str]:
    return [type(node.op).__name__ for node in body.nodes]


@pytest.mark.parametrize("scale", [1.0, 0.7])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_many_integers_are_counted_in_steps(name: str, scale: float, tmp_path: Path) -> None:
    graph = read(model(name, 8, scale=scale), tmp_path)
    lowered = lower(graph, {})
    assert kinds(lowered.body) == ["Convolution", "Requantize", "LookupTable", "Dense"]
    assert lowered.body.nodes[0].type.format.width > 16
    assert lowered.body.nodes[1].type.format.width <= 10
    frames = random_frames(lowered.head, 20, 1)
    found = compare_with_reference(graph, lowered, frames)
    if found.equal < found.outputs:
        integers = lowered.in_model_order(lowered.body.evaluate(lowered_feed(lowered, frames))[lowered.body.outputs[0]])
        assert np.array_equal(integers.reshape(len(frames), -1), exact_integers(graph, lowered, frames))


def lowered_feed(lowered: lowering.Lowered, frames: np.ndarray) -> dict[str, np.ndarray]:
    """What the body reads for frames of the model."""
    (source,) = lowered.head.inputs
    (name,) = lowered.body.inputs
    return {name: lowered.head.evaluate({source: frames})[name]}


@pytest.mark.parametrize("scale", [1.0, 0.7])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_counting_steps_gives_what_a_table_gives(
    name: str, scale: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = read(model(name, 4, scale=scale), tmp_path)
    monkeypatch.setattr(lowering, "SMALL_TABLE", 1 << 16)
    body = lower(graph, {}).body
    assert kinds(body) == ["Convolution", "LookupTable", "Dense"]
    monkeypatch.setattr(lowering, "SMALL_TABLE", 0)
    counted = lower(graph, {}).body
    assert kinds(counted) == ["Convolution", "Requantize", "LookupTable", "Dense"]
    table, (requantize, codes) = body.nodes[1], counted.nodes[1:3]
    parameters = [counted.constants[constant].values for constant in requantize.inputs[1:]]
    low, high = (np.broadcast_to(part, 4) for part in parameters[2:])
    every = np.clip(np.arange(low.min(), high.max() + 1)[:, None], low, high)
    steps = requantize.op.evaluate(every, *parameters)
    found = codes.op.evaluate(steps, counted.constants[codes.inputs[1]].values)
    assert np.array_equal(found, table.op.evaluate(every, body.constants[table.inputs[1]].values))
    assert codes.type == table.type


def test_two_turns_in_many_integers_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        ACTIVATIONS, "twice", lambda net, x: net.node("HardSwish", net.node("LeakyRelu", x, alpha=-0.25))
    )
    with pytest.raises(FlowError, match="not monotone over") as caught:
        lower(read(model("twice", 8, scale=1.0), tmp_path), {})
    assert caught.value.code == "FF305"


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_hardware_computes_the_same(name: str, tmp_path: Path) -> None:
    onnx.save(model(name, 8, scale=1.0), tmp_path / "m.onnx")
    design = fpgaflow.build(tmp_path / "m.onnx", output=tmp_path / "out", frames=20, synth=False)
    assert design.report.verified == {engine: {"frames": 20, "mismatches": 0} for engine in ("numpy", "cpp", "rtl")}
