"""Files that fpgaflow writes are the graphs that it wrote; tests/ops/single.py does the same for every operator's tests."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from fpgaflow.errors import FlowError, Loc
from fpgaflow.fixed import parse_input_format
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.frontend.qonnx_writer import write_qonnx
from fpgaflow.ir.graph import Constant, Graph, GraphStage, Node, Quantization, TensorType
from fpgaflow.ops.base import ModelOp
from fpgaflow.ops.host import Arrange
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.mul import Mul
from fpgaflow.passes.lower import lower
from tests.models import Dialect, MlpSpec, Network, Scales, frames, mlp, save
from tests.written import differences, written

MODELS = Path(__file__).parents[3] / "shared" / "models"
FILES = sorted(MODELS.glob("*.onnx")) if MODELS.is_dir() else []
SPECS = {
    "float scales": MlpSpec(scales=Scales.FLOAT, weight_channels=True, batch_norm=True),
    "bipolar": MlpSpec(weight_bits=1, activation_bits=1, activation="Tanh"),
    "codes": MlpSpec(dialect=Dialect.QCDQ, weight_channels=True, quantize_output=True, head="ArgMax"),
    "narrow": MlpSpec(narrow=True, rounding="FLOOR", gemm=True, head="Softmax"),
}


def integers(model: Graph) -> Graph:
    return lower(model, dict.fromkeys(model.inputs, parse_input_format("s16.8"))).body


def check_lowers_alike(first: Graph, second: Graph) -> None:
    bodies = [integers(first), integers(second)]
    assert [(node.op, node.type) for node in bodies[0].nodes] == [(node.op, node.type) for node in bodies[1].nodes]
    for mine, theirs in zip(*(body.constants.values() for body in bodies), strict=True):
        assert np.array_equal(mine.values, theirs.values)


@pytest.mark.parametrize("name", SPECS)
def test_networks(name: str, tmp_path: Path) -> None:
    graph = read_model(save(mlp(SPECS[name]), tmp_path))
    again = written(graph, tmp_path)
    assert differences(graph, again) == []
    assert [node.name for node in again.nodes] == [node.name for node in graph.nodes]
    assert [node.loc.node for node in again.nodes if isinstance(node.op, MatMul)] == [
        node.loc.node for node in graph.nodes if isinstance(node.op, MatMul)
    ]
    check_lowers_alike(graph, again)


@pytest.mark.skipif(not FILES, reason="the collection of real networks is not here")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_real_networks(file: Path, tmp_path: Path) -> None:
    graph = read_model(file)
    again = written(graph, tmp_path)
    assert differences(graph, again) == []
    assert [node.name for node in again.nodes] == [node.name for node in graph.nodes]


@pytest.mark.slow
@pytest.mark.skipif(not FILES, reason="the collection of real networks is not here")
@pytest.mark.parametrize(
    "file", [f for f in FILES if "float" not in f.stem.partition("_")[2]], ids=lambda file: file.stem
)
def test_real_networks_lower_alike(file: Path, tmp_path: Path) -> None:
    graph = read_model(file)
    check_lowers_alike(graph, written(graph, tmp_path))


@pytest.mark.parametrize("name", ["codes", "numbers"])
def test_onnxruntime_runs_what_has_no_operators_of_qonnx(name: str, tmp_path: Path) -> None:
    """Batches of any size; integers become real numbers where an operator needs them."""
    model = {"codes": mlp(SPECS["codes"]), "numbers": integers_as_numbers()}[name]
    graph = read_model(save(model, tmp_path))
    assert differences(graph, written(graph, tmp_path)) == []
    x = frames(model, 20)
    (found,) = onnxruntime.InferenceSession(tmp_path / "written.onnx").run(None, {"x": x})
    assert np.array_equal(found, graph.evaluate({"x": x})[graph.outputs[0]])


def integers_as_numbers() -> onnx.ModelProto:
    """QuantizeLinear without its counterpart: its integers are pooled, and then numbers like any others."""
    net = Network()
    codes = net.node("QuantizeLinear", "x", net.constant(0.25), net.constant(3, dtype=np.int8))
    pooled = net.node("MaxPool", codes, kernel_shape=[2, 2])
    value = net.node("Mul", net.node("Cast", pooled, to=onnx.TensorProto.FLOAT), net.constant(0.5))
    return net.model(net.node("ArgMax", value, axis=3), ("N", 2, 6, 6), (None,) * 4, element=onnx.TensorProto.INT64)


@pytest.mark.parametrize("zero_point", [0, 3, -300])
def test_integers_of_constants_are_kept(zero_point: int, tmp_path: Path) -> None:
    codes = np.array([[5, -7], [0, 127]])
    scale = np.array([0.1, 3.0], np.float32)
    real = (codes - zero_point).astype(np.float32) * scale
    constant = Constant(real, Quantization(codes, scale, np.asarray(zero_point)))
    node = Node("y", MatMul(), ("x", "w"), TensorType((2,)), Loc("made.onnx", "product", "MatMul"))
    graph = Graph(GraphStage.MODEL, {"x": TensorType((2,))}, {"w": constant}, (node,), ("y",))
    assert differences(graph, written(graph, tmp_path)) == []


def test_two_forms_of_one_constant(tmp_path: Path) -> None:
    """BatchNormalization reads one number a channel, Mul a column: both are the same constant of the graph."""
    net = Network()
    one = net.constant(np.ones(3))
    value = net.node("BatchNormalization", "x", one, one, one, one)
    graph = read_model(save(net.model(net.node("Relu", value), ("N", 3, 4, 4), (None,) * 4), tmp_path))
    first, last = graph.nodes
    scaled = Node("scaled", Mul(), (first.name, first.inputs[1]), last.type, Loc("", "scaled", "Mul"))
    graph = replace(graph, nodes=(first, scaled, replace(last, inputs=("scaled",))))
    assert differences(graph, written(graph, tmp_path)) == []


def test_every_operator_that_can_be_read_can_be_written() -> None:
    kinds = {kind for kind in subclasses(ModelOp) if not inspect.isabstract(kind)}
    assert {kind.__name__ for kind in kinds if kind.write is ModelOp.write} == {
        "Arrange",
        "Codes",
        "Dequantize",
        "EncodeInput",
    }
    with pytest.raises(TypeError, match="Arrange has no form in ONNX"):
        Arrange((4,)).write(None, None)  # type: ignore[arg-type]


def subclasses(kind: type) -> set[type]:
    return {kind, *(found for below in kind.__subclasses__() for found in subclasses(below))}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    graph = read_model(save(mlp(MlpSpec()), tmp_path))
    with pytest.raises(FlowError, match="can't be written"):
        write_qonnx(graph, tmp_path / "nowhere" / "model.onnx")
