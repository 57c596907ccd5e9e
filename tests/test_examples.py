"""The shipped examples are what their README says, and build."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import onnx
import pytest

import fpgaflow
from fpgaflow.frontend.onnx_reader import read_model

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
RIGHT = {"digits": 355, "digits_cnn": 356}
"""Held-out digits of the 360 that each network reads right."""


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    with np.load(EXAMPLES / "digits.npz") as stored:
        return dict(stored)


@pytest.fixture(params=RIGHT)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def trained(name: str) -> np.ndarray:
    """Outputs that the training program computed."""
    with np.load(EXAMPLES / f"{name}.npz") as stored:
        return np.asarray(stored["y"])


def test_file(name: str) -> None:
    file = EXAMPLES / f"{name}.onnx"
    model = onnx.load(file)
    assert file.stat().st_size < 300_000
    assert model.ir_version <= 10
    assert {node.domain for node in model.graph.node if node.op_type == "Quant"} == {"qonnx.custom_op.general"}
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param


def test_float_evaluation_is_the_trainings(name: str, data: dict[str, np.ndarray]) -> None:
    graph = read_model(EXAMPLES / f"{name}.onnx")
    outputs = graph.evaluate({"pixels": data["x"]})[graph.outputs[0]]
    assert np.array_equal(outputs, trained(name))
    right = int((outputs.argmax(axis=1) == data["labels"]).sum())
    assert right == RIGHT[name]
    assert f"{100 * right / len(outputs):.1f} % " in (EXAMPLES / "README.md").read_text()


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


@pytest.mark.slow
def test_convolutional_network(tmp_path: Path, data: dict[str, np.ndarray]) -> None:
    design = fpgaflow.build(EXAMPLES / "digits_cnn.onnx", output=tmp_path / "built", synth=False)
    report = design.report
    assert report.exactness.equal == report.exactness.outputs
    assert {engine: result and result["mismatches"] for engine, result in report.verified.items()} == {
        "numpy": 0,
        "cpp": 0,
        "rtl": 0,
    }
    assert report.throughput.cycles_per_frame["measured"] == report.throughput.cycles_per_frame["model"]
    assert np.array_equal(design(data["x"], engine="rtl"), trained("digits_cnn"))
