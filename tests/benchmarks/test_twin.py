"""The twin that other programs are measured on is the same network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from benchmarks.twin import NoTwinError, qdq_twin, with_float_weights
from benchmarks.zoo import ZOO
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Array
from tests.models import MlpSpec, frames, mlp, save

SPECS = {
    "default": MlpSpec(),
    "narrow": MlpSpec(weight_bits=3, activation_bits=2, narrow=True),
    "wide weights": MlpSpec(weight_bits=10),
    "unquantized input": MlpSpec(input_bits=None),
    "batch norm": MlpSpec(batch_norm=True, bias=False),
    "bipolar": MlpSpec(weight_bits=1, activation_bits=1),
}


def run(model: onnx.ModelProto, x: Array) -> Array:
    """The first output of a model, computed without any optimization."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    (result, *_) = onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})
    return np.asarray(result)


@pytest.mark.parametrize("name", SPECS)
def test_same_outputs(name: str, tmp_path: Path) -> None:
    model = mlp(SPECS[name])
    x = frames(model, 50)
    if SPECS[name].input_bits is None:
        x = np.rint(x * 16) / np.float32(16)  # so that sums are exact in any order
    graph = read_model(save(model, tmp_path))
    ours = graph.evaluate({"x": x})[graph.outputs[0]]
    twin = qdq_twin(model)
    assert np.array_equal(run(twin, x), ours)
    assert np.array_equal(run(with_float_weights(twin), x), ours)


@pytest.mark.parametrize("name", ["dscnn_w4a4", "cnv_w1a1"])
def test_same_outputs_of_feature_maps(name: str, tmp_path: Path) -> None:
    model = ZOO[name]()
    graph = read_model(save(model, tmp_path))
    x = np.random.default_rng(0).normal(scale=0.5, size=(3, *graph.inputs["x"].shape)).astype(np.float32)
    ours = graph.evaluate({"x": x})[graph.outputs[0]]
    twin = qdq_twin(model)
    assert np.array_equal(run(twin, x), ours)
    assert np.array_equal(run(with_float_weights(twin), x), ours)


def test_float_weights_have_no_quantizers() -> None:
    twin = qdq_twin(ZOO["dscnn_w4a4"]())
    kinds, folded = ([node.op_type for node in m.graph.node] for m in (twin, with_float_weights(twin)))
    layers = kinds.count("Conv") + kinds.count("Gemm")
    assert folded.count("QuantizeLinear") == kinds.count("QuantizeLinear") - layers
    assert {kind for kind in kinds if kind not in ("QuantizeLinear", "Clip", "DequantizeLinear")} <= set(folded)


@pytest.mark.parametrize("spec", [MlpSpec(rounding="FLOOR"), MlpSpec(input_bits=16), MlpSpec(weight_channels=True)])
def test_no_twin(spec: MlpSpec) -> None:
    with pytest.raises(NoTwinError):
        qdq_twin(mlp(spec))
