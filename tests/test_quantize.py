"""``fpgaflow quantize``: every network that it writes lowers to integers that compute the same, and its errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

import fpgaflow
from fpgaflow.calibration.calibration import exact_grid
from fpgaflow.calibration.scales import Codes, Method, Scales
from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Graph
from fpgaflow.ops.base import Weighted
from fpgaflow.ops.hard_sigmoid import HardSwish
from fpgaflow.ops.quant import Quant
from fpgaflow.passes.lower import lower
from fpgaflow.quantize import Quantized, quantize
from tests.command_line import call
from tests.floats import Part, convolutional, images, with_part
from tests.models import Network, save
from tests.written import differences

REPEATS = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
PARTS: dict[str, Part] = {
    "relu": lambda net, x, rng: net.node("Relu", x),
    "gate": lambda net, x, rng: net.node("Mul", x, net.node("Sigmoid", x)),
    "squeeze": lambda net, x, rng: net.node("Mul", x, net.node("HardSigmoid", net.node("GlobalAveragePool", x))),
    "average": lambda net, x, rng: net.node("AveragePool", x, kernel_shape=[2, 2]),
    "scaled": lambda net, x, rng: net.node("Mul", net.node("Tanh", x), net.constant(rng.normal(size=(6, 1, 1)))),
    "split": lambda net, x, rng: net.node("Concat", *reversed(halves(net, x)), axis=1),
    "negative": lambda net, x, rng: net.node("MaxPool", net.node("Neg", x), kernel_shape=[2, 2]),
    "difference": lambda net, x, rng: net.node("Sub", net.node("Relu", x), x),
    "padded": lambda net, x, rng: net.node("Pad", net.node("Elu", x), net.constant([0, 0, 1, 1] * 2, dtype=np.int64)),
    "upsampled": lambda net, x, rng: net.node("Resize", x, "", net.constant([1, 1, 2, 2]), mode="nearest", **REPEATS),
    "transposed": lambda net, x, rng: net.node(
        "ConvTranspose", x, net.constant(rng.normal(size=(6, 3, 2, 2))), group=2
    ),
}


def halves(net: Network, value: str) -> list[str]:
    ends = [net.constant([number], dtype=np.int64) for number in (0, 3, 6, 1)]
    return [net.node("Slice", value, ends[i], ends[i + 1], ends[3]) for i in (0, 1)]


def data(folder: Path, count: int = 40) -> Path:
    np.savez(folder / "data.npz", x=images(count))
    return folder / "data.npz"


def quantized(model: onnx.ModelProto, folder: Path, **options: object) -> Quantized:
    return quantize(save(model, folder), folder / "out.onnx", data=data(folder), **options)  # type: ignore[arg-type]


def check_lowers(graph: Graph, *, exact: bool) -> None:
    lowered = lower(graph, {})
    found = compare_with_reference(graph, lowered, images(30, seed=7))
    assert found.outputs - found.equal <= (0 if exact else found.outputs // 10)


@pytest.mark.parametrize("scales", Scales)
@pytest.mark.parametrize("bits", [8, 3])
def test_network(scales: Scales, bits: int, tmp_path: Path) -> None:
    result = quantized(convolutional(), tmp_path, scales=scales, weights=bits, activations=bits)
    again = read_model(tmp_path / "out.onnx")
    assert differences(result.graph, again) == []
    check_lowers(again, exact=scales is Scales.PO2)
    assert result.agreement is not None and result.agreement.frames == 40
    assert result.agreement.top1 is not None and result.agreement.top1 >= (0.95 if bits == 8 else 0.4)
    assert result.agreement.sqnr_db > (25 if bits == 8 else 3)
    layers = [node for node in again.nodes if isinstance(node.op, Weighted)]
    assert len(layers) == len([row for row in result.formats if row.kind == "weights"]) == 6
    assert len([node for node in again.nodes if isinstance(node.op, Quant)]) == len(result.formats) - 6
    assert {row.codes for row in result.formats if row.kind == "weights"} == {f"s{bits}"}
    if scales is Scales.PO2:
        assert all(row.scale.startswith("2^") for row in result.formats)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("scales", Scales)
def test_parts(name: str, scales: Scales, tmp_path: Path) -> None:
    result = quantized(with_part(PARTS[name]), tmp_path, scales=scales)
    check_lowers(result.graph, exact=scales is Scales.PO2)
    assert result.agreement is not None and result.agreement.sqnr_db > 15


def test_what_is_not_monotone_reads_sums_as_they_are(tmp_path: Path) -> None:
    result = quantized(with_part(lambda net, x, rng: net.node("HardSwish", x)), tmp_path)
    (node,) = (node for node in result.graph.nodes if isinstance(node.op, HardSwish))
    assert not isinstance(result.graph.by_name[node.inputs[0]].op, Quant)
    check_lowers(result.graph, exact=True)


def test_network_that_ends_with_arg_max(tmp_path: Path) -> None:
    net = Network()
    value = net.node("MatMul", net.node("Flatten", "x"), net.constant(np.random.default_rng(0).normal(size=(192, 5))))
    model = net.model(net.node("ArgMax", value, axis=1), ("N", 3, 8, 8), (None, 1), element=onnx.TensorProto.INT64)
    result = quantized(model, tmp_path)
    check_lowers(result.graph, exact=True)
    assert result.agreement is not None and result.agreement.top1 is not None and result.agreement.top1 > 0.9


@pytest.mark.parametrize("method", Method)
def test_methods(method: Method, tmp_path: Path) -> None:
    result = quantized(convolutional(batch_norm=False), tmp_path, method=method)
    assert result.agreement is not None and result.agreement.sqnr_db > 20


def test_without_frames(tmp_path: Path) -> None:
    """Ranges from the BatchNormalizations alone are good enough to give the same class mostly."""
    model = save(convolutional(), tmp_path)
    result = quantize(model, tmp_path / "out.onnx")
    assert result.agreement is None
    x = images(50, seed=3)
    wanted, found = (graph.evaluate({"x": x})[graph.outputs[0]] for graph in (read_model(model), result.graph))
    assert np.mean(wanted.argmax(axis=1) == found.argmax(axis=1)) > 0.6


def test_exceptions_for_layers(tmp_path: Path) -> None:
    """By the names of nodes or values; an exception for a layer holds for the value that leaves it, too."""
    config = tmp_path / "config.toml"
    config.write_text(
        'weights = 6\nmethod = "minmax"\n'
        "[layers.node_conv_0]\nweights = 4\nactivations = 5\nper_channel = true\n"
        '[layers.gemm_0]\nscales = "float"\n'
        "[layers.x]\nactivations = 10\n"
    )
    result = quantized(convolutional(), tmp_path, config=config, activations=7)
    rows = {row.tensor: row for row in result.formats}
    assert (rows["node_conv_0"].codes, rows["relu_0"].codes, rows["relu_1"].codes) == ("s4", "u5", "u7")
    assert rows["node_conv_1"].codes == "s6" and rows["x"].codes == "s10"
    assert " to " in rows["node_conv_0"].scale
    assert " to " in rows["node_gemm_0"].scale and not rows["node_gemm_0"].scale.startswith("2^")


def test_build_of_a_float_network(tmp_path: Path) -> None:
    model = save(convolutional(), tmp_path)
    design = fpgaflow.build(
        model,
        output=tmp_path / "built",
        calibration=data(tmp_path),
        verify=False,
        synth=False,
        frames=8,
        backends=["rtl"],
    )
    assert design.report.exactness.equal == design.report.exactness.outputs


def test_inputs_that_lie_on_a_grid_are_kept() -> None:
    bytes_ = np.arange(256).reshape(1, -1)
    grids = ((bytes_, 1.0), (bytes_ - 128, 1.0), (bytes_ / 16, 2.0**-4), (bytes_ / 255, float(np.float32(1 / 255))))
    for frames, scale in grids:
        found = exact_grid(frames.astype(np.float32), 8)
        assert found is not None
        assert (float(found.scale), found.codes) == (scale, Codes(8, bool(frames.min() < 0)))
    assert exact_grid(images(3), 8) is None


def test_command(tmp_path: Path) -> None:
    words = ("--data", data(tmp_path), "--weights", "4", "-o", tmp_path / "w4.onnx")
    result = call("quantize", save(convolutional(), tmp_path), *words)
    assert result.exit_code == 0, result.output
    shown = result.stdout.splitlines()
    assert shown[0].split() == ["tensor", "format", "scale", "SQNR"]
    assert len([line for line in shown if " weights " in line and " s4 " in line]) == 6
    assert shown[-2].startswith("Outputs on 40 frames: the largest output is the same in ")
    assert shown[-1] == f"Model: {tmp_path / 'w4.onnx'}"
    result = call("quantize", save(convolutional(), tmp_path), "-o", tmp_path / "w8.onnx")
    assert "Outputs were not compared: there are no frames (--data)\n" in result.stdout


WRONG = {
    "bits": ({"weights": 1}, "weights = 1 is not possible"),
    "scales": ({"scales": "log"}, "scales = 'log' is not possible"),
    "method": ({"method": "best"}, "method = 'best' is not possible"),
}


@pytest.mark.parametrize("name", WRONG)
def test_options(name: str, tmp_path: Path) -> None:
    options, text = WRONG[name]
    with pytest.raises(FlowError) as caught:
        quantized(convolutional(), tmp_path, **options)
    assert caught.value.code == "FF503" and caught.value.what == text
    assert not (tmp_path / "out.onnx").exists()


CONFIGS = {
    "bits = 8": "there is no option 'bits'",
    "weights = ": "is not TOML",
    "[layers.node_conv_0]\nweights = 32": "weights = 32 is not possible",
    "[layers.node_conv_0]\nweights = 'float'": "weights = 'float' is not possible",
    "per_channel = 1": "per_channel = 1 is not possible",
    "layers = 3": "3 is no table of options",
    "layers.x = 3": "3 is no table of options",
    "[layers.node_con_0]": "the network has no layer 'node_con_0'",
}


@pytest.mark.parametrize("text", CONFIGS)
def test_configurations(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(FlowError) as caught:
        quantized(convolutional(), tmp_path, config=tmp_path / "config.toml")
    assert caught.value.code == "FF508" and CONFIGS[text] in caught.value.what
    with pytest.raises(FlowError, match="can't be read"):
        quantized(convolutional(), tmp_path, config=tmp_path / "nowhere.toml")


def test_frames_that_are_no_numbers(tmp_path: Path) -> None:
    model = save(convolutional(), tmp_path)
    for frames, text in (
        (images(0), "the frames are none"),
        (images(2) * np.float32(np.nan), "the frames hold infinite"),
    ):
        np.save(tmp_path / "x.npy", frames)
        with pytest.raises(FlowError, match=text):
            quantize(model, tmp_path / "out.onnx", data=tmp_path / "x.npy")
    large = with_part(lambda net, x, rng: net.node("Mul", net.node("Mul", x, net.constant(1e38)), net.constant(1e38)))
    with np.errstate(all="ignore"), pytest.raises(FlowError, match="'mul_1' is infinite or NaN for some frames"):
        quantized(large, tmp_path)


def test_what_can_not_be_quantized(tmp_path: Path) -> None:
    done = quantized(convolutional(), tmp_path).path
    with pytest.raises(FlowError, match="has no layer with float weights"):
        quantize(done, tmp_path / "again.onnx", data=data(tmp_path))
    with pytest.raises(FlowError, match="nothing to tell the ranges"):
        quantize(save(convolutional(batch_norm=False), tmp_path), tmp_path / "again.onnx")
    assert not (tmp_path / "again.onnx").exists()
