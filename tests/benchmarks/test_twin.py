"""The twin that other programs are measured on is the same network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from benchmarks.twin import NoTwinError, qdq_twin
from fpgaflow.frontend.onnx_reader import read_model
from tests.models import MlpSpec, frames, mlp, save

SPECS = {
    "default": MlpSpec(),
    "narrow": MlpSpec(weight_bits=3, activation_bits=2, narrow=True),
    "wide weights": MlpSpec(weight_bits=10),
    "unquantized input": MlpSpec(input_bits=None),
    "batch norm": MlpSpec(batch_norm=True, bias=False),
}


@pytest.mark.parametrize("name", SPECS)
def test_same_outputs(name: str, tmp_path: Path) -> None:
    model = mlp(SPECS[name])
    x = frames(model, 50)
    if SPECS[name].input_bits is None:
        x = np.rint(x * 16) / np.float32(16)  # so that sums are exact in any order
    graph = read_model(save(model, tmp_path))
    ours = graph.evaluate({"x": x})[graph.outputs[0]]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(qdq_twin(model).SerializeToString(), options)
    assert np.array_equal(session.run(None, {"x": x})[0], ours)


@pytest.mark.parametrize(
    "spec", [MlpSpec(rounding="FLOOR"), MlpSpec(input_bits=16), MlpSpec(weight_channels=True), MlpSpec(weight_bits=1)]
)
def test_no_twin(spec: MlpSpec) -> None:
    with pytest.raises(NoTwinError):
        qdq_twin(mlp(spec))
