"""Fine-tuning of small networks: better than before, repeatable, interruptible, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fpgaflow
from fpgaflow.errors import FlowError
from fpgaflow.exactness import compare_with_reference
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import Weighted
from fpgaflow.passes.lower import lower
from fpgaflow.train.examples import read_examples, split
from fpgaflow.train.fit import PATIENCE
from fpgaflow.train.khot import khot_codes
from fpgaflow.train.tune import Tuned, tune
from tests.floats import convolutional, images
from tests.models import MlpSpec, Network, mlp, save
from tests.written import differences

SPEC = MlpSpec(widths=(8, 12, 4), weight_bits=8, activation_bits=8, batch_norm=True)
COUNT = 100


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A network, and frames with the classes that it tells them to be, some of them wrong."""
    model = save(mlp(SPEC), tmp_path, "net.onnx")
    graph, rng = read_model(model), np.random.default_rng(1)
    x = rng.normal(scale=0.5, size=(COUNT, 8)).astype(np.float32)
    y = graph.evaluate({"x": x})[graph.outputs[0]].argmax(axis=1)
    y[::10] = rng.integers(0, 4, COUNT // 10)
    np.savez(tmp_path / "train.npz", x=x, y=y)
    return model, tmp_path / "train.npz"


def run(files: tuple[Path, Path], **options: Any) -> Tuned:
    model, data = files
    return tune(model, data, **{"output": model.parent / "out.onnx", "epochs": 4, "batch": 16, **options})


def held_back(data: Path) -> tuple[Array, Array]:
    _, validation = split(read_examples(data, "x", (8,)), 0)
    assert validation.labels is not None
    return validation.frames.numpy(), validation.labels.numpy()


OPTIONS: list[dict[str, Any]] = [
    {"weights": 3, "activations": 3},
    {"weights": 3, "activations": 3, "loss": "labels"},
    {"khot": 1, "activations": 4},
    {"weights": 3, "activations": 3, "method": "layerwise"},
    {"khot": 1, "method": "layerwise", "epochs": 40, "learning_rate": 0.01},
    {"weights": 3, "method": "adaround", "epochs": 40},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_improves(files: tuple[Path, Path], options: dict[str, Any]) -> None:
    """What it says of the result is true of the file that it wrote."""
    tuned = run(files, **options)
    assert tuned.after.loss < tuned.before.loss
    graph = read_model(tuned.path)
    assert differences(tuned.graph, graph) == []
    frames, labels = held_back(files[1])
    found = graph.evaluate({"x": frames})[graph.outputs[0]].argmax(axis=1)
    source = read_model(files[0])
    wanted = source.evaluate({"x": frames})[source.outputs[0]].argmax(axis=1)
    assert tuned.after.agreement == np.mean(found == wanted)
    assert tuned.after.accuracy == np.mean(found == labels)
    assert tuned.reference.accuracy == np.mean(wanted == labels)
    assert (tuned.frames, tuned.reference.agreement) == (len(frames), 1.0)
    assert tuned.done.startswith("4 epochs, the best was number ") or " of 2 layers got better" in tuned.done
    assert sorted(path.name for path in tuned.path.parent.iterdir()) == ["net.onnx", "out.onnx", "train.npz"]


def test_khot(files: tuple[Path, Path]) -> None:
    graph = run(files, khot=2, epochs=1).graph
    codes = [c.quantization.codes for c in graph.constants.values() if c.quantization is not None]
    assert len(codes) == 2 and all(np.all(np.isin(part, khot_codes(8, 2, True))) for part in codes)


def test_regression(tmp_path: Path) -> None:
    """Without labels, and with real numbers as labels; nothing is a class."""
    model = save(mlp(SPEC), tmp_path, "net.onnx")
    x = np.random.default_rng(0).normal(size=(COUNT, 8)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    tuned = run((model, tmp_path / "x.npy"), weights=4, activations=4)
    assert tuned.after.loss < tuned.before.loss and tuned.after.sqnr_db > tuned.before.sqnr_db
    assert tuned.after.agreement is None and tuned.after.accuracy is None
    np.savez(tmp_path / "xy.npz", x=x, y=x[:, :4])
    tuned = run((model, tmp_path / "xy.npz"), loss="labels")
    assert tuned.after.loss < tuned.before.loss and tuned.reference.agreement is None


@pytest.mark.parametrize("head", ["Softmax", "LogSoftmax", "ArgMax"])
def test_head(tmp_path: Path, head: str) -> None:
    """A network that ends with one of these is a classifier; what it reads is learnt."""
    model = save(mlp(MlpSpec(widths=(8, 12, 4), head=head)), tmp_path, "net.onnx")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(COUNT, 8)).astype(np.float32))
    tuned = run((model, tmp_path / "x.npy"), weights=3, activations=3, epochs=2)
    assert tuned.after.agreement is not None and tuned.after.loss <= tuned.before.loss
    graph = read_model(tuned.path)
    assert type(graph.nodes[-1].op).__name__ == head


@pytest.mark.parametrize("method", ["train", "layerwise", "adaround"])
def test_float_network(tmp_path: Path, method: str) -> None:
    """It gets formats first; the weights that are trained are its own real ones, and the result can be lowered."""
    model = save(convolutional(), tmp_path, "net.onnx")
    np.save(tmp_path / "x.npy", images(60))
    epochs = 3 if method == "train" else 8
    tuned = run((model, tmp_path / "x.npy"), weights=3, activations=4, method=method, epochs=epochs)
    assert tuned.after.loss <= tuned.before.loss
    found = compare_with_reference(tuned.graph, lower(tuned.graph, {}), images(20, seed=1))
    assert found.equal == found.outputs
    layers = [node for node in tuned.graph.nodes if isinstance(node.op, Weighted)]
    quantized = [tuned.graph.constants[layer.inputs[1]].quantization for layer in layers]
    assert all(q is not None and -4 <= q.codes.min() <= q.codes.max() <= 3 for q in quantized)


@pytest.mark.slow
def test_built(tmp_path: Path) -> None:
    """From a float network to hardware of 4 bits: all engines compute the same."""
    model = save(convolutional(), tmp_path, "net.onnx")
    np.save(tmp_path / "x.npy", images(200))
    tuned = run((model, tmp_path / "x.npy"), weights=4, activations=4)
    assert tuned.after.loss < tuned.before.loss
    design = fpgaflow.build(tuned.path, "ultra96", tmp_path / "built", frames=8, synth=False)
    for engine in ("numpy", "cpp", "rtl"):
        assert design.report.verified[engine] == {"frames": 8, "mismatches": 0}
    frames = images(50, seed=1)
    found, wanted = design(frames), tuned.graph.evaluate({"x": frames})[tuned.graph.outputs[0]]
    assert np.array_equal(found, wanted)


def test_never_worse(files: tuple[Path, Path]) -> None:
    """Far too fast, all epochs are bad: the network stays as it was, and training ends early."""
    tuned = run(files, epochs=20, learning_rate=1e3)
    assert tuned.done == f"{PATIENCE} epochs, none was better than before"
    assert tuned.after == tuned.before


def test_resume(files: tuple[Path, Path]) -> None:
    """An interrupted run that goes on ends like an uninterrupted one, bit for bit."""
    options: dict[str, Any] = {"weights": 3, "activations": 3, "epochs": 5}
    whole = run(files, **options)
    wanted = whole.path.read_bytes()
    whole.path.unlink()
    lines: list[str] = []

    def interrupt(step: str, done: str = "", /) -> None:
        lines.append(done)
        if done.startswith("epoch 2 "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(files, **options, progress=interrupt)
    assert lines[-1].startswith("epoch 2 of 5, loss ") and "agreement" in lines[-1]
    checkpoint = whole.path.with_suffix(".checkpoint")
    assert checkpoint.exists() and not whole.path.exists()
    rest: list[str] = []
    again = run(files, **options, resume=True, progress=lambda _, done="": rest.append(done))
    assert again.path.read_bytes() == wanted
    assert (again.before, again.after, again.done) == (whole.before, whole.after, whole.done)
    assert not checkpoint.exists()
    assert [line.split(",")[0] for line in rest if line] == [f"epoch {epoch} of 5" for epoch in (3, 4, 5)]


def refused(files: tuple[Path, Path], **options: Any) -> str:
    with pytest.raises(FlowError) as caught:
        run(files, **options)
    return str(caught.value).replace(f"{files[0].parent}/", "")


def test_resume_refused(files: tuple[Path, Path]) -> None:
    hint = "   = hint: repeat the command as it was with --resume, or leave --resume out to begin anew"
    assert refused(files, resume=True) == (
        "error[FF509]: there is no checkpoint\n"
        "  --> out.checkpoint\n"
        "   = reason: nothing was interrupted here: a run that ends removes it\n" + hint
    )
    file = files[0].parent / "out.checkpoint"
    file.write_bytes(b"no checkpoint")
    assert refused(files, resume=True) == (
        "error[FF509]: the checkpoint can't be read\n"
        "  --> out.checkpoint\n"
        "   = reason: the file is damaged, or of something else\n" + hint
    )

    def interrupt(_step: str, done: str = "", /) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(files, progress=interrupt)
    assert refused(files, resume=True, learning_rate=0.25) == (
        "error[FF509]: the checkpoint is of another run\n"
        "  --> out.checkpoint\n"
        "   = reason: learning_rate was 0.003, now it is 0.25\n" + hint
    )


def test_only_training_resumes(files: tuple[Path, Path]) -> None:
    assert refused(files, resume=True, method="adaround") == (
        "error[FF503]: --resume is not possible with --method adaround\n"
        "   = reason: checkpoints are written while the whole network is trained\n"
        "   = hint: leave it out: layer by layer takes little time"
    )


WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "width": ({"weights": 1}, "--weights 1 is not possible", "widths are 2 to 16 bits", "for example --weights 4"),
    "epochs": ({"epochs": 0}, "--epochs 0 is not possible", "it must be at least 1", "leave it out for the default"),
    "khot": ({"khot": 0}, "--khot 0 is not possible", "it must be at least 1", "leave it out for the default"),
    "khot of adaround": (
        {"khot": 2, "method": "adaround"},
        "--khot 2 is not possible",
        "adaround chooses between two neighbours",
        "take --method train",
    ),
    "rate": (
        {"learning_rate": float("nan")},
        "--learning-rate nan is not possible",
        "it must be positive and finite",
        "for example 0.001",
    ),
    "loss": ({"loss": "hinge"}, "--loss hinge is not possible", "known are distill, labels", "take one of them"),
    "method": (
        {"method": "magic"},
        "--method magic is not possible",
        "known are train, layerwise, adaround",
        "take one of them",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_options_refused(files: tuple[Path, Path], name: str) -> None:
    options, what, reason, hint = WRONG[name]
    assert refused(files, **options) == f"error[FF503]: {what}\n   = reason: {reason}\n   = hint: {hint}"


X = np.zeros((20, 8), np.float32)
COUNTED = "save classes counted from 0, or what the network is to give"
DATA: dict[str, tuple[dict[str, Array], dict[str, Any], str]] = {
    "name": (
        {"a": X, "b": X},
        {},
        "error[FF501]: 'data.npz' has no array for input 'x'\n"
        "   = reason: it holds a, b\n"
        "   = hint: call the array 'x' or 'x'",
    ),
    "shape": (
        {"x": X[:, :7]},
        {},
        "error[FF502]: frames of shape (7,) instead of (8,)\n"
        "  --> data.npz\n"
        "   = reason: the first axis counts frames, the others must be the model's input\n"
        "   = hint: reshape the data to (frames, 8)",
    ),
    "one frame": (
        {"x": X[:1]},
        {},
        "error[FF502]: 'data.npz' holds 1 frames\n"
        "   = reason: at least one is needed to learn from, and one to validate on\n"
        "   = hint: give some hundred frames or more",
    ),
    "nan": (
        {"x": X * np.nan},
        {},
        "error[FF501]: 'data.npz' holds frames with numbers that are not finite\n"
        "   = reason: nothing can be learnt from nan or inf\n"
        "   = hint: look for a division by zero in what prepares the data",
    ),
    "no labels": (
        {"x": X},
        {"loss": "labels"},
        "error[FF501]: the data have no labels\n"
        "   = reason: --loss labels learns from them\n"
        "   = hint: save them as array 'y' of the .npz, or take --loss distill, which needs none",
    ),
    "count of labels": (
        {"x": X, "y": np.zeros(19, np.int64)},
        {},
        "error[FF502]: 'y' has shape (19,) and type int64\n"
        "  --> data.npz\n"
        "   = reason: there must be a label for each of the 20 frames: a class, or what the network is to give\n"
        "   = hint: save classes as integers of shape (frames,)",
    ),
    "classes": (
        {"x": X, "y": np.arange(20)},
        {},
        f"error[FF502]: labels are 0 to 19\n   = reason: the network has 4 classes\n   = hint: {COUNTED}",
    ),
    "targets": (
        {"x": X, "y": X[:, :3]},
        {"loss": "labels"},
        f"error[FF502]: labels have shape (3,)\n   = reason: the network gives (4,) a frame\n   = hint: {COUNTED}",
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_data_refused(files: tuple[Path, Path], name: str) -> None:
    arrays, options, text = DATA[name]
    data = files[0].parent / "data.npz"
    np.savez(data, **arrays)
    assert refused((files[0], data), **options) == text


def test_inputs_refused(tmp_path: Path) -> None:
    net = Network()
    model = net.model(net.node("Add", "x", "z"), (1, 8), (1, 8))
    model.graph.input.append(type(model.graph.input[0]).FromString(model.graph.input[0].SerializeToString()))
    model.graph.input[1].name = "z"
    np.save(tmp_path / "x.npy", X)
    assert refused((save(model, tmp_path), tmp_path / "x.npy")) == (
        "error[FF205]: the network has 2 inputs: x, z\n"
        "  --> model.onnx\n"
        "   = reason: the accelerator has one AXI4-Stream input\n"
        "   = hint: join the inputs into one before the first layer, or fix all but one to constants"
    )
