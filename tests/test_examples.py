"""The shipped example is what its README says, and builds."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import onnx
import pytest

import fpgaflow
from fpgaflow.frontend.onnx_reader import read_model

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
DIGITS = EXAMPLES / "digits.onnx"


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    with np.load(EXAMPLES / "digits.npz") as stored:
        return dict(stored)


def test_file() -> None:
    model = onnx.load(DIGITS)
    assert DIGITS.stat().st_size < 300_000
    assert model.ir_version == 10
    assert {node.domain for node in model.graph.node if node.op_type == "Quant"} == {"qonnx.custom_op.general"}
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_float_evaluation_is_pytorchs(data: dict[str, np.ndarray]) -> None:
    graph = read_model(DIGITS)
    outputs = graph.evaluate({"pixels": data["x"]})[graph.outputs[0]]
    assert np.array_equal(outputs, data["y"])
    assert np.mean(outputs.argmax(axis=1) == data["labels"]) >= 0.95


@pytest.mark.slow
def test_build_and_use(tmp_path: Path, data: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]) -> None:
    design = fpgaflow.build(DIGITS, "ultra96", tmp_path / "digits-ultra96", synth=False)
    assert design.report.exactness.equal == design.report.exactness.outputs
    assert np.array_equal(design(data["x"]), data["y"])
    capsys.readouterr()
    runpy.run_path(str(EXAMPLES / "use_accelerator.py"))["main"](str(tmp_path / "digits-ultra96"))
    _, *rows = capsys.readouterr().out.splitlines()
    accuracy = f"{np.mean(data['y'].argmax(axis=1) == data['labels']):.2%}"
    assert [row.split() for row in rows] == [[name, "360", accuracy, "True"] for name in ("numpy", "cpp", "rtl")]
