"""Random multilayer perceptrons, written in random ways, compute what ONNX's own evaluator computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.disguise import DISGUISES, Disguise, constants_as_inputs, constants_as_nodes
from tests.frontend.reference import reference_result
from tests.models import Dialect, MlpSpec, Scales, frames, mlp
from tests.ops.single import onnxruntime_result, ours, read

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "widths": st.lists(st.integers(1, 9), min_size=2, max_size=4).map(tuple),
    "weight_bits": st.integers(1, 8),
    "activation_bits": st.integers(1, 8),
    "input_bits": st.one_of(st.none(), st.integers(1, 8)),
    "scales": st.sampled_from(Scales),
    "weight_channels": st.booleans(),
    "activation_channels": st.booleans(),
    "bias": st.booleans(),
    "batch_norm": st.booleans(),
    "activation": st.sampled_from(["Relu", "LeakyRelu", None]),
    "rounding": st.sampled_from(["ROUND", "FLOOR", "CEIL", "DOWN"]),
    "narrow": st.booleans(),
    "quantize_output": st.booleans(),
    "gemm": st.booleans(),
    "batch": st.sampled_from([1, "N", None, 7]),
    "opset": st.sampled_from([9, 11, 13, 17, 21]),
    "ir_version": st.sampled_from([4, 7, 8, 10]),
    "seed": st.integers(0, 1000),
}


def specs(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[MlpSpec]:
    return st.builds(MlpSpec, **{**FIELDS, **fixed})


def disguised(model: onnx.ModelProto, disguises: list[Disguise]) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    if constants_as_inputs in disguises and constants_as_nodes in disguises:
        disguises = [disguise for disguise in disguises if disguise is not constants_as_nodes]
    for disguise in sorted(disguises, key=DISGUISES.index):
        disguise(copy)
    return copy


@given(specs(), st.lists(st.sampled_from(DISGUISES), unique=True, max_size=4))
@settings(max_examples=40, deadline=None)
def test_qonnx(spec: MlpSpec, disguises: list[Disguise]) -> None:
    model = mlp(spec)
    x = frames(model, 7, spec.seed)
    assert np.array_equal(ours(disguised(model, disguises), x), reference_result(model, x))


POWER_OF_TWO = st.just(Scales.POWER_OF_TWO)
WIDE = st.integers(2, 8)


@given(
    specs(
        dialect=st.just(Dialect.QCDQ),
        weight_bits=WIDE,
        activation_bits=WIDE,
        input_bits=WIDE,
        scales=POWER_OF_TWO,
        bias=st.just(False),
        opset=st.sampled_from([13, 21]),
        batch=st.sampled_from(["N", None, 7]),
    ),
    st.lists(st.sampled_from(DISGUISES), unique=True, max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_qcdq(spec: MlpSpec, disguises: list[Disguise]) -> None:
    """With power-of-two scales onnxruntime computes exactly too."""
    model = mlp(spec)
    x = frames(model, 7, spec.seed)
    assert np.array_equal(ours(disguised(model, disguises), x), onnxruntime_result(model, x))


@given(specs(), st.lists(st.sampled_from(DISGUISES), unique=True))
@settings(max_examples=20, deadline=None)
def test_structure(spec: MlpSpec, disguises: list[Disguise]) -> None:
    """Names are unique, nodes are in topological order, weights keep integers that mean their values."""
    graph = read(disguised(mlp(spec), disguises))
    known = {*graph.inputs, *graph.constants}
    assert len(known) == len(graph.inputs) + len(graph.constants)
    for node in graph.nodes:
        assert set(node.inputs) <= known and node.name not in known
        known.add(node.name)
    used = {name for node in graph.nodes for name in node.inputs}
    assert set(graph.constants) <= used
    assert list(graph.inputs) == ["x"]
    products = [node for node in graph.nodes if type(node.op).__name__ == "MatMul"]
    assert len(products) == len(spec.widths) - 1
    for node in products:
        weights = graph.constants[node.inputs[1]]
        assert weights.quantization is not None
        codes, zero = weights.quantization.codes, weights.quantization.zero_point
        real = ((codes - zero) * weights.quantization.scale).astype(np.float32)
        assert codes.dtype == np.int64 and np.array_equal(real, weights.values)
