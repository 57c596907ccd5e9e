"""Quant, BipolarQuant, Trunc and MultiThreshold against results of the qonnx package (tests/golden/make_qonnx.py)."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fpgaflow.ops.base import Quantizer
from fpgaflow.ops.qonnx_rounding import ROUNDING_NAMES
from tests.models import QONNX
from tests.ops.single import fractions, ours, read, single

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "qonnx.npz")
CASES: list[dict[str, Any]] = json.loads(str(GOLDEN["cases"]))
NAMES = [f"{i}-{case['op']}-{case.get('rounding_mode', '')}" for i, case in enumerate(CASES)]


def model(case: dict[str, Any]) -> Any:
    attributes = {key: value for key, value in case.items() if key not in ("op", "parameters")}
    if case["op"] == "MultiThreshold":
        attributes["out_dtype"] = "UINT4"
    constants = (np.asarray(parameter, np.float32) for parameter in case["parameters"])
    return single(case["op"], (6,), *constants, domain=QONNX, **attributes)


@pytest.mark.parametrize("index", range(len(CASES)), ids=NAMES)
def test_equals_qonnx(index: int) -> None:
    assert np.array_equal(ours(model(CASES[index]), GOLDEN["x"]), GOLDEN["y"][index])


@pytest.mark.parametrize("index", range(len(CASES)), ids=NAMES)
def test_codes_lie_on_the_grid_and_within_bounds(index: int) -> None:
    graph = read(model(CASES[index]))
    (node,) = graph.nodes
    op, constants = node.op, [graph.constants[name].values for name in node.inputs[1:]]
    assert isinstance(op, Quantizer)
    codes, real = op.codes(GOLDEN["x"], *constants), op.evaluate(GOLDEN["x"], *constants)
    assert codes.dtype == np.float32
    assert np.array_equal(codes, np.rint(codes))
    scale, offset = op.grid(*constants)
    step = np.spacing(np.maximum(np.abs(real), np.abs(offset).astype(np.float32))).astype(np.float64)
    assert np.all(np.abs(codes * scale + offset - real) <= step)
    if CASES[index]["op"] != "Trunc" or len(CASES[index]["parameters"]) == 5:
        low, high = op.bounds(*constants)
        assert low <= codes.min() and codes.max() <= high
        assert set(np.unique(codes)) <= ({-1, 1} if op.bipolar else set(range(low, high + 1)))


@pytest.mark.parametrize("index", range(0, len(CASES), 5), ids=NAMES[::5])
def test_fractions_are_computed_exactly(index: int) -> None:
    """With fractions, x / scale has no rounding error: the codes are those of exact arithmetic."""
    graph = read(model(CASES[index]))
    (node,) = graph.nodes
    op, constants = node.op, [graph.constants[name].values for name in node.inputs[1:]]
    assert isinstance(op, Quantizer)
    exact = op.codes(fractions(GOLDEN["x"]), *constants)
    close = np.abs(exact.astype(np.float64) - op.codes(GOLDEN["x"], *constants)) <= 1
    assert np.all(close)
    real = op.evaluate(fractions(GOLDEN["x"]), *constants)
    scale, offset = op.grid(*constants)
    zero = np.asarray(-offset / scale)
    want = (exact.astype(np.float64) - zero) * scale
    assert np.array_equal(real.astype(np.float64), want) or np.all(np.abs(real.astype(np.float64) - want) < 1e-9)


def test_rounding_modes_on_exact_ties() -> None:
    half = [Fraction(n, 4) for n in range(-10, 11)]
    for mode in set(ROUNDING_NAMES.values()):
        exact = mode.apply(np.array(half, dtype=object))
        assert np.array_equal(exact.astype(np.float64), mode.apply(np.array(half, dtype=np.float64)))


def test_wide_codes_stay_within_their_width() -> None:
    for bits in (24, 25, 26, 31, 32):
        for signed in (0, 1):
            parameters = (np.float32(1), np.float32(0), np.float32(bits))
            graph = read(
                single("Quant", (1,), *parameters, domain=QONNX, signed=signed, narrow=0, rounding_mode="ROUND")
            )
            (node,) = graph.nodes
            assert isinstance(node.op, Quantizer)
            low, high = node.op.bounds(*(graph.constants[name].values for name in node.inputs[1:]))
            assert (low, high) == ((-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1))
            ends = graph.evaluate({"x": np.array([[-1e12], [1e12]], np.float32)})[graph.outputs[0]]
            assert ends[0, 0] == low
            assert high - 2 ** max(0, bits - 24) < int(ends[1, 0]) <= high
            exact = graph.evaluate({"x": fractions(np.array([[1e12]]))})[graph.outputs[0]]
            assert exact[0, 0] == high


@pytest.mark.parametrize("layout", ["NCHW", "NHWC", ""])
def test_threshold_layouts(layout: str) -> None:
    axis = 3 if layout == "NHWC" else 1
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 4, 4, 4)).astype(np.float32)
    thresholds = np.sort(rng.normal(size=(4, 3))).astype(np.float32)
    attributes = {"data_layout": layout} if layout else {}
    net = single("MultiThreshold", (4, 4, 4), thresholds, domain=QONNX, out_dtype="UINT2", **attributes)
    moved = np.moveaxis(x, axis, -1)[..., None]
    want = np.moveaxis((moved >= thresholds).sum(axis=-1), -1, axis)
    assert np.array_equal(ours(net, x), want)


@pytest.mark.parametrize("domain", ["qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general", "brevitas"])
@pytest.mark.parametrize("op_type", ["Quant", "IntQuant"])
def test_domains_and_names(domain: str, op_type: str) -> None:
    parameters = (np.float32(0.5), np.float32(0), np.float32(3))
    net = single(op_type, (2,), *parameters, domain=domain, signed=1, narrow=0, rounding_mode="ROUND_TO_ZERO")
    net.opset_import.add(domain=domain, version=1)
    x = np.array([[0.9, -0.9], [7, -7]], np.float32)
    assert ours(net, x).tolist() == [[0.5, -0.5], [1.5, -2]]
