"""From an ONNX file to a verified design, and back from its folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

import fpgaflow
from fpgaflow.design import Engine
from fpgaflow.errors import FlowError
from fpgaflow.frontend.onnx_reader import read_model
from tests.models import MlpSpec, Scales, frames, mlp

NETWORKS = Path(__file__).parents[2] / "shared" / "models"
SPEC = MlpSpec(widths=(12, 8, 6, 4), weight_bits=3, activation_bits=3, input_bits=4, batch_norm=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    file = tmp_path_factory.mktemp("model") / "small.onnx"
    onnx.save(mlp(SPEC), file)
    return file


@pytest.fixture(scope="module")
def design(model, tmp_path_factory):
    return fpgaflow.build(
        model, output=tmp_path_factory.mktemp("out") / "small", frames=20, synth=False, target_fps=2e7
    )


def test_every_engine_ran_and_is_equal(design):
    report = design.report
    for engine in ("numpy", "cpp", "rtl"):
        assert report.verified[engine] == {"frames": 20, "mismatches": 0}
    assert report.exactness.equal == report.exactness.outputs == 20 * 4
    assert report.exactness.max_abs_diff == 0.0
    assert report.throughput.cycles_per_frame["measured"] == report.throughput.cycles_per_frame["model"]
    assert report.throughput.latency_cycles > 0
    assert "yosys" in report.not_run


def test_report_json_has_the_documented_fields(design):
    report = json.loads((design.folder / "report.json").read_text())
    assert {"model", "board", "exactness", "verified", "stages", "throughput", "resources", "schema"} <= set(report)
    assert {"reference", "outputs", "equal", "max_abs_diff"} <= set(report["exactness"])
    for stage in report["stages"]:
        assert {"name", "op", "kind", "requantize_form", "folding", "cycles", "fifo_depth", "resources"} <= set(stage)
        assert stage["resources"]["estimate"]["lut"] > 0
    assert {"cycles_per_frame", "latency_cycles", "clock_mhz", "fps"} <= set(report["throughput"])
    assert {"used", "available"} <= set(report["resources"])


def test_design_computes_the_model_in_every_engine(design, model):
    x = frames(onnx.load(model), 15)
    graph = read_model(model)
    want = graph.evaluate({next(iter(graph.inputs)): x})[graph.outputs[0]]
    for engine in Engine:
        np.testing.assert_array_equal(design(x, engine=engine), want)
    np.testing.assert_array_equal(design(x[:, None]), want[:, None])


def test_raw_integers(design, model):
    x = frames(onnx.load(model), 5)
    integers = design.encode(x)
    np.testing.assert_array_equal(design(integers, raw=True, engine="rtl"), design(integers, raw=True))
    with pytest.raises(FlowError) as caught:
        design(integers + 0.5, raw=True)
    assert caught.value.code == "FF502"


def test_loaded_design_is_the_same(design, model):
    loaded = fpgaflow.load(design.folder)
    x = frames(onnx.load(model), 5)
    np.testing.assert_array_equal(loaded(x), design(x))
    assert loaded.report == design.report


@pytest.mark.parametrize(("engine", "pattern"), [("cpp", "hls/src/memories/*.hpp"), ("rtl", "rtl/weights/*/*.mem")])
def test_a_changed_weight_is_found_and_located(design, engine, pattern, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(design.folder, folder)
    file = sorted(file for file in folder.glob(pattern) if "dense" in str(file))[-1]
    text = file.read_text()
    place = max(
        i for i, letter in enumerate(text) if letter in "123456789abcde" and text[i - 1] in "x0123456789abcdef\n"
    )
    file.write_text(text[:place] + "f" + text[place + 1 :])
    result = fpgaflow.load(folder).verify(frames=40, engines=[engine])
    assert not result.passed
    assert result.mismatches[Engine(engine)] > 0
    assert result.first.stage in str(file)
    assert f"stage '{result.first.stage}'" in str(result.first)
    assert f"want {result.first.at_stage.want}, got {result.first.at_stage.got}" in str(result.first)


def test_a_failing_build_leaves_what_was_there(design, model, tmp_path):
    folder = tmp_path / "kept"
    shutil.copytree(design.folder, folder)
    before = (folder / "report.json").read_text()
    with pytest.raises(FlowError):
        fpgaflow.build(model, output=folder, target_fps=1e12)
    assert (folder / "report.json").read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


def test_a_foreign_folder_is_not_replaced(model, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(FlowError) as caught:
        fpgaflow.build(model, output=folder)
    assert caught.value.code == "FF505"
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_calibration_gives_the_input_format(tmp_path):
    file, data = tmp_path / "open.onnx", tmp_path / "frames.npz"
    onnx.save(mlp(MlpSpec(input_bits=None, widths=(6, 5, 3))), file)
    x = np.random.default_rng(0).integers(-20, 20, (30, 6)).astype(np.float32) / 8
    np.savez(data, x=x)
    built = fpgaflow.build(file, output=tmp_path / "open", calibration=data, verify=False, synth=False)
    assert built.report.input["format"] == "s6.3"
    assert built.report.exactness.equal == built.report.exactness.outputs
    assert set(built.report.not_run) >= {"cpp", "rtl", "yosys"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec",
    [
        MlpSpec(widths=(9, 7, 5), weight_bits=1, activation_bits=1, input_bits=1),
        MlpSpec(
            widths=(16, 11, 4), weight_bits=3, activation_bits=3, input_bits=3, scales=Scales.FLOAT, batch_norm=True
        ),
        MlpSpec(widths=(7, 13, 1), weight_bits=8, activation_bits=8, activation="Sigmoid", quantize_output=True),
        MlpSpec(widths=(5, 17, 3), weight_bits=2, activation_bits=4, activation="LeakyRelu", rounding="FLOOR"),
    ],
)
def test_kinds_of_networks_are_equal_in_every_engine(spec, tmp_path):
    file = tmp_path / "net.onnx"
    onnx.save(mlp(spec), file)
    built = fpgaflow.build(file, output=tmp_path / "net", frames=100, synth=False)
    assert [built.report.verified[e]["mismatches"] for e in ("numpy", "cpp", "rtl")] == [0, 0, 0]
    assert built.report.exactness.equal == built.report.exactness.outputs
    measured, model = (built.report.throughput.cycles_per_frame[key] for key in ("measured", "model"))
    assert measured == model


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "cycles"),
    [
        ("tfc_2W2A", {}, 14),
        ("jets", {"input_format": "s16.10"}, 1),
        ("jets", {"calibration": "jets.npz", "target_fps": 1e6}, None),
    ],
)
def test_public_networks_are_equal_in_every_engine(name, options, cycles, tmp_path):
    if not (NETWORKS / f"{name}.onnx").is_file():
        pytest.skip("the collection of real networks is not here")
    if "calibration" in options:
        options = {**options, "calibration": NETWORKS / options["calibration"]}
    built = fpgaflow.build(NETWORKS / f"{name}.onnx", output=tmp_path / name, frames=120, synth=False, **options)
    report = built.report
    assert [report.verified[e] for e in ("numpy", "cpp", "rtl")] == [{"frames": 120, "mismatches": 0}] * 3
    assert (report.exactness.equal, report.exactness.max_abs_diff) == (report.exactness.outputs, 0.0)
    per_frame = report.throughput.cycles_per_frame
    assert per_frame["measured"] == per_frame["model"]
    if cycles is not None:
        assert per_frame["measured"] <= cycles
    with np.load(NETWORKS / f"{name}.npz") as stored:
        x, y = stored["x"], stored["y"]
    got = built(x)
    assert got.shape == y.shape
    # Softmax ends in exp, whose last bit is every library's own; everything before it is exact.
    np.testing.assert_array_equal(got.argmax(axis=-1), y.argmax(axis=-1))
    if name == "tfc_2W2A":
        np.testing.assert_array_equal(got, y)
