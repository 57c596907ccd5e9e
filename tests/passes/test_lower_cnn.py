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
from tests.models import QONNX, Network
from tests.random_cnn import falling_before_pool, random_cnn

CHANNELS_LAST = "qonnx.custom_op.channels_last"
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


def quantized(net: Network, value: str, bits: int = 4, *, signed: bool = True) -> str:
    parameters = (net.constant(0.25), net.constant(0.0), net.constant(float(bits)))
    return net.node("Quant", value, *parameters, domain=QONNX, signed=int(signed), narrow=0, rounding_mode="ROUND")


def weights(net: Network, *shape: int) -> str:
    return quantized(net, net.constant(np.random.default_rng(0).normal(size=shape)))


def lowered(model: onnx.ModelProto, folder: Path) -> tuple[Graph, Lowered]:
    onnx.save(model, folder / "m.onnx")
    graph = read_model(folder / "m.onnx")
    found = lower(graph, {})
    check(found.body)
    exactness = compare_with_reference(graph, found, random_frames(found.head, 8, 1))
    assert (exactness.equal, exactness.max_abs_diff) == (exactness.outputs, 0.0)
    return graph, found


def kinds(body: Graph) -> list[str]:
    return [type(node.op).__name__ for node in body.nodes]


def test_channels_last_operators_move_no_data(tmp_path: Path) -> None:
    """Their transposes and the flattening into a fully connected layer are a matter of positions."""
    net = Network()
    pixels = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    value = net.node("Conv", quantized(net, "x"), weights(net, 6, 3, 3, 3), domain=CHANNELS_LAST, **pixels)
    value = quantized(net, net.node("Relu", value), signed=False)
    value = net.node("MaxPool", value, domain=CHANNELS_LAST, kernel_shape=[2, 2], strides=[2, 2])
    value = net.node("MatMul", net.node("Flatten", value, axis=1), weights(net, 96, 5))
    model = net.model(value, (1, 8, 8, 3), (1, 5))
    model.opset_import.append(onnx.helper.make_opsetid(CHANNELS_LAST, 1))
    _, found = lowered(model, tmp_path)
    assert kinds(found.body) == ["Convolution", "Requantize", "Pooling", "Dense"]
    assert [type(node.op).__name__ for node in found.head.nodes] == ["Codes"]


def test_a_border_becomes_padding_of_the_window(tmp_path: Path) -> None:
    net = Network()
    border = net.constant([0, 0, 1, 2, 0, 0, 1, 0], "pads", np.int64)
    value = net.node("Pad", quantized(net, "x"), border, mode="constant")
    value = net.node("Conv", value, weights(net, 4, 2, 3, 3), kernel_shape=[3, 3], pads=[0, 0, 0, 1])
    _, found = lowered(net.model(value, (1, 2, 6, 6), (1, 4, 6, 7)), tmp_path)
    assert kinds(found.body) == ["Convolution"]
    assert found.body.nodes[0].op.pads == (1, 2, 1, 1)


def test_a_transposed_convolution_is_a_convolution_of_its_phases(tmp_path: Path) -> None:
    net = Network()
    attributes = {"kernel_shape": [3, 2], "strides": [2, 3], "pads": [1, 0, 0, 1], "group": 2}
    value = net.node("ConvTranspose", quantized(net, "x"), weights(net, 4, 3, 3, 2), **attributes)
    _, found = lowered(net.model(value, (1, 4, 4, 5), (1, 6, None, None)), tmp_path)
    assert kinds(found.body) == ["Convolution"]
    assert found.body.nodes[0].type.shape[-1] == 6 * 2 * 3


def test_a_border_has_the_scales_of_its_channels(tmp_path: Path) -> None:
    net = Network()
    scales = net.constant(np.array([0.25, 0.5, 2]).reshape(3, 1, 1), "scales")
    parameters = (scales, net.constant(0.0), net.constant(4.0))
    value = net.node("Quant", "x", *parameters, domain=QONNX, signed=1, narrow=0, rounding_mode="ROUND")
    value = net.node("Pad", value, net.constant([0, 0, 1, 1, 0, 0, 0, 1], "pads", np.int64), mode="constant")
    value = quantized(net, net.node("MaxPool", value, kernel_shape=[2, 2]))
    value = net.node("Conv", value, weights(net, 2, 3, 1, 1), kernel_shape=[1, 1])
    _, found = lowered(net.model(value, (1, 3, 4, 4), (1, 2, 4, 5)), tmp_path)
    assert kinds(found.body) == ["Rearrange", "Pooling", "Requantize", "Convolution"]


def test_what_a_window_leaves_out_is_not_moved(tmp_path: Path) -> None:
    net = Network()
    scales = net.constant([1, 1, 2, 2], "scales")
    options = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    value = net.node("Resize", quantized(net, "x"), "", scales, **options)
    attributes = {"kernel_shape": [2, 2], "pads": [3, 0, 0, 2]}
    value = net.node("ConvTranspose", value, weights(net, 3, 2, 2, 2), **attributes)
    _, found = lowered(net.model(value, (1, 3, 4, 4), (1, 2, 6, 7)), tmp_path)
    assert kinds(found.body) == ["Rearrange", "Convolution"]
    assert found.body.nodes[0].type.shape == (6, 7, 3)


def test_largest_of_falling_values(tmp_path: Path) -> None:
    net = Network()
    value = net.node("MaxPool", net.node("Neg", quantized(net, "x")), kernel_shape=[2, 2])
    value = net.node("Conv", value, weights(net, 2, 3, 1, 1), kernel_shape=[1, 1])
    _, found = lowered(net.model(value, (1, 3, 4, 4), (1, 2, 3, 3)), tmp_path)
    assert kinds(found.body) == ["Convolution", "Pooling", "Convolution"]


@pytest.mark.parametrize("activation", [None, "Relu", "Sigmoid"])
def test_largest_of_wide_accumulators_of_which_some_fall(activation: str | None, tmp_path: Path) -> None:
    found = lowered(falling_before_pool(activation), tmp_path)[1].body
    assert kinds(found) == ["Convolution", "Convolution", "Pooling", "Requantize", "Dense"]
    assert found.nodes[0].type.format.width > 16
    assert found.constants[found.nodes[1].inputs[1]].values.ravel().tolist() == [1, -1, 1, -1]


def test_sum_of_wide_accumulators_whose_ratio_of_scales_differs_between_channels(tmp_path: Path) -> None:
    net = Network()
    rng = np.random.default_rng(0)
    data = quantized(net, "x", 8)
    branches = []
    for exponents in ([-4, -5, -6, -4], [-4, -6, -3, -4]):
        scales = net.constant(2.0 ** np.array(exponents).reshape(4, 1, 1, 1), "scales")
        parameters = (net.constant(rng.normal(size=(4, 3, 3, 3)) * 4), scales, net.constant(0.0), net.constant(8.0))
        kernel = net.node("Quant", *parameters, domain=QONNX, signed=1, narrow=0, rounding_mode="ROUND")
        branches.append(net.node("Conv", data, kernel, kernel_shape=[3, 3]))
    total = quantized(net, net.node("Add", *branches), 8)
    _, found = lowered(net.model(total, (1, 3, 5, 5), (1, 4, 3, 3)), tmp_path)
    assert kinds(found.body) == ["Convolution"] * 4 + ["Join", "Requantize"]
    factors = [found.body.constants[node.inputs[1]].values.ravel().tolist() for node in found.body.nodes[2:4]]
    assert factors == [[1, 2, 1, 1], [1, 1, 8, 1]]


def test_branches_that_differ_in_scale_or_border_are_moved_alike(tmp_path: Path) -> None:
    """The same integers in the same new order, but with another scale, or with another number around them."""
    net = Network()
    value = quantized(net, "x")
    doubled = net.node("Mul", value, net.constant(2.0))
    scales = net.constant([1, 1, 2, 2], "scales")
    options = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    pads = net.constant([0, 0, 1, 0, 0, 0, 0, 0], "pads", np.int64)
    branches = []
    for part, border in ((value, 0.0), (value, 0.5), (doubled, 0.0)):
        enlarged = net.node("Resize", part, "", scales, **options)
        bordered = net.node("Pad", enlarged, pads, net.constant(border), mode="constant")
        branches.append(net.node("Conv", bordered, weights(net, 2, 3, 1, 1), kernel_shape=[1, 1]))
    total = net.node("Add", net.node("Add", *branches[:2]), branches[2])
    lowered(net.model(total, (1, 3, 4, 4), (1, 2, 9, 8)), tmp_path)


def test_nothing_but_a_border(tmp_path: Path) -> None:
    net = Network()
    value = net.node("Pad", quantized(net, "x"), net.constant([0, 0, 2, 0, 0, 0, 0, 0], "pads", np.int64))
    value = net.node("Slice", value, *(net.constant([n], "n", np.int64) for n in (0, 2, 2)))
    value = net.node("Conv", value, weights(net, 2, 3, 1, 1), kernel_shape=[1, 1])
    with pytest.raises(FlowError) as caught:
        lowered(net.model(value, (1, 3, 4, 4), (1, 2, 2, 4)), tmp_path)
    assert str(caught.value).splitlines() == [
        "error[FF205]: the result of 'node_slice_0' is constant",
        "  --> m.onnx: node 'node_slice_0' (Slice)",
        "   = reason: it reads the border of a Pad, and nothing that is computed from the network's input",
        "   = hint: replace what follows it by a constant",
    ]


def test_means_over_any_axes(tmp_path: Path) -> None:
    for axes in ([1], [2], [1, 3], [1, 2, 3]):
        net = Network()
        value = net.node("ReduceMean", quantized(net, "x"), axes=axes, keepdims=1)
        _, found = lowered(net.model(quantized(net, value, 6), (1, 4, 8, 2), (1, None, None, None)), tmp_path)
        assert "Requantize" in kinds(found.body)


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
