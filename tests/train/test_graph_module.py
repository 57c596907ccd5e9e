"""A graph as a module: its values are those of the graph it gives back, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.check import check
from fpgaflow.ir.graph import Graph
from fpgaflow.ops.quant import Quant
from fpgaflow.passes.lower import lower
from fpgaflow.train.graph_module import GraphModule, input_quantizers
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer, khot_codes
from fpgaflow.train.quantizer import FixedPointQuantizer
from tests.models import Dialect, MlpSpec, Scales, mlp, save
from tests.random_cnn import random_cnn
from tests.written import differences, written

MODELS = Path(__file__).parents[3] / "shared" / "models"
NETWORKS = [
    "cnv_2w2a__qonnx_ts",
    "conv2d_small_float",
    "dscnn_po2_w4a4__qonnx_ts",
    "jets",
    "resnet8_float_w8a8__qcdq_ts",
    "resnet8_po2_w4a4__qonnx_ts",
    "small_bin_w1a1__qonnx_ts",
    "small_float_w4a4__qonnx_ts",
    "small_po2_w4a4__qonnx_dynamo",
    "small_po2_w4a4_trunc__qonnx_ts",
    "tfc_2W2A",
]


def frames(graph: Graph, count: int = 6) -> torch.Tensor:
    ((_, type_),) = graph.inputs.items()
    return torch.randn(count, *type_.shape)


def shake(module: GraphModule) -> None:
    """What training might do: other weights, other binary points."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * (0.1 * parameter.abs().mean() + 0.1))


def assert_equal(module: GraphModule, x: torch.Tensor) -> Graph:
    """Every value of the module in evaluation mode == the given graph's; the graph is legal, and survives a file."""
    module.eval()
    ((name, _),) = module.graph.inputs.items()
    with torch.no_grad():
        found = module.evaluate({name: x}, module.graph.nodes)
    graph = check(module.to_graph())
    wanted = graph.evaluate({name: x.numpy()})
    assert [node.name for node in graph.nodes if not np.array_equal(found[node.name].numpy(), wanted[node.name])] == []
    return graph


def unchanged(first: Graph, second: Graph, x: torch.Tensor) -> bool:
    results = [graph.evaluate({next(iter(graph.inputs)): x.numpy()})[graph.outputs[0]] for graph in (first, second)]
    return np.array_equal(*results)


@pytest.mark.parametrize("seed", range(24))
def test_random_networks(seed: int, tmp_path: Path) -> None:
    """As they are and trained; with power-of-two scales nothing changes by becoming a module."""
    graph = read_model(save(random_cnn(seed), tmp_path))
    module = GraphModule(graph)
    x = frames(graph)
    same = assert_equal(module, x)
    scales = [constant.values for name, constant in graph.constants.items() if "scale" in name]
    scales += [c.quantization.scale for c in graph.constants.values() if c.quantization is not None]
    if all(np.all(np.frexp(scale)[0] == 0.5) for scale in scales):
        assert unchanged(graph, same, x)
    shake(module)
    trained = assert_equal(module, x)
    assert differences(trained, written(trained, tmp_path)) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_real_networks(name: str) -> None:
    path = MODELS / f"{name}.onnx"
    if not path.exists():
        pytest.skip("the networks are not here")
    graph = read_model(path)
    module, x = GraphModule(graph), frames(graph, 2)
    same = assert_equal(module, x)
    assert unchanged(graph, same, x) or "float" in name or "bin" in name
    shake(module)
    assert_equal(module, x)


SPECS = {
    "power of two": MlpSpec(batch_norm=True, activation="PRelu"),
    "channels": MlpSpec(weight_channels=True, activation_channels=True, activation="LeakyRelu", gemm=True),
    "float": MlpSpec(scales=Scales.FLOAT, weight_channels=True, narrow=True),
    "bipolar": MlpSpec(weight_bits=1, activation_bits=1, activation=None, batch_norm=True),
    "qcdq": MlpSpec(dialect=Dialect.QCDQ, weight_bits=8, activation_bits=8),
    "softmax": MlpSpec(head="Softmax"),
    "rounding up": MlpSpec(rounding="CEIL"),
}


@pytest.mark.parametrize("name", [name for name in SPECS if name != "power of two"])
def test_lowered(name: str, tmp_path: Path) -> None:
    """What comes back from training becomes integers, which compute the same."""
    graph = read_model(save(mlp(SPECS[name]), tmp_path))
    module = GraphModule(graph)
    shake(module)
    x = frames(graph, 100)
    trained = assert_equal(module, x)
    found = compare_with_reference(trained, lower(trained, {}), x.numpy())
    assert found.equal == found.outputs


def test_what_is_trained(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec(batch_norm=True, rounding="HALF_UP", narrow=True)), tmp_path))
    module = GraphModule(graph)
    assert len(module.quantizers) == 2 and all(isinstance(q, FixedPointQuantizer) for q in module.quantizers)
    # two layers: weights, bias, BatchNormalization's scale and bias
    assert len(module.trained) == 8
    assert [bool(trained.quantizer) for trained in module.trained] == [True, False, False, False] * 2
    module.train()
    module(frames(graph))[0].square().sum().backward()
    assert all(p.grad is not None and torch.any(p.grad != 0) for t in module.trained for p in [t.value])
    (encoder, *_) = module.quantizers
    assert encoder.fixed.narrow and encoder.fixed.rounding.value == "half-away"


def test_training_computes_what_evaluation_does(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec(batch_norm=True, widths=(16, 8, 4))), tmp_path))
    module, x = GraphModule(graph), frames(graph)
    assert torch.equal(module.train()(x)[0], module.eval()(x)[0])


def test_other_widths(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec(widths=(16, 8, 8, 4), weight_bits=8, activation_bits=8)), tmp_path))
    module = GraphModule(graph, weights=3, activations=2)
    with pytest.raises(FlowError) as caught:
        module.to_graph()
    assert str(caught.value) == (
        "error[FF306]: the new format of 'quant_2' is not known\n"
        "  --> model.onnx: node 'node_quant_2' (Quant)\n"
        "   = reason: its binary point comes from the first batch, and there was none\n"
        "   = hint: evaluate the module on a batch of real data first"
    )
    trained = assert_equal(module, frames(graph, 50))
    codes = [c.quantization.codes for c in trained.constants.values() if c.quantization is not None]
    assert len(codes) == 3 and all(
        np.array_equal(np.unique(part), np.arange(-4, 4)[part.min() + 4 :]) for part in codes
    )
    quantizers = [node for node in trained.nodes if isinstance(node.op, Quant)]
    widths = {node.name: int(trained.constants[node.inputs[3]].values) for node in quantizers}
    assert [widths.pop(name) for name in input_quantizers(graph)] == [8]
    assert list(widths.values()) == [2, 2]


def test_khot(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec(weight_bits=8)), tmp_path))
    module = GraphModule(graph, khot=2)
    assert sum(isinstance(trained.quantizer, KHotQuantizer) for trained in module.trained) == 2
    shake(module)
    trained = assert_equal(module, frames(graph))
    codes = [c.quantization.codes for c in trained.constants.values() if c.quantization is not None]
    assert all(np.all(np.isin(part, khot_codes(8, 2, True))) for part in codes)


def test_bipolar(tmp_path: Path) -> None:
    graph = read_model(save(mlp(SPECS["bipolar"]), tmp_path))
    module = GraphModule(graph)
    weights = [trained.quantizer for trained in module.trained if trained.quantizer]
    assert all(isinstance(quantizer, BipolarQuantizer) for quantizer in weights) and len(weights) == 2


def test_state_comes_back(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec()), tmp_path))
    first, second, x = GraphModule(graph), GraphModule(graph), frames(graph)
    shake(first)
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.eval()(x)[0], second.eval()(x)[0])
