"""The shipped example is what its README says, and builds."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import onnx
import pytest

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
def test_python_of_the_readme_and_use(
    tmp_path: Path,
    data: dict[str, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "examples").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", (EXAMPLES.parent / "README.md").read_text(), re.DOTALL)
    (tmp_path / "readme.py").write_text(code)
    made = runpy.run_path("readme.py")
    assert np.array_equal(made["outputs"], data["y"])
    exactness = made["design"].report.exactness
    assert exactness.equal == exactness.outputs
    capsys.readouterr()
    runpy.run_path("examples/use_accelerator.py")["main"]("digits-ultra96")
    _, *rows = capsys.readouterr().out.splitlines()
    accuracy = f"{np.mean(data['y'].argmax(axis=1) == data['labels']):.2%}"
    assert [row.split() for row in rows] == [[name, "360", accuracy, "True"] for name in ("numpy", "cpp", "rtl")]
