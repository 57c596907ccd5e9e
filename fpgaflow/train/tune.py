"""``fpgaflow tune``: a network learns to compute with few bits what it computed with many."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from fpgaflow.calibration.calibration import calibrate, needs_formats
from fpgaflow.calibration.options import QuantizeOptions
from fpgaflow.errors import FlowError, Loc
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.frontend.qonnx_writer import write_qonnx
from fpgaflow.ir.check import check
from fpgaflow.ir.graph import Graph
from fpgaflow.train.examples import Examples, read_examples, split
from fpgaflow.train.fit import fit
from fpgaflow.train.goal import Quality, check_labels, goal_of, quality, quality_of, values_of
from fpgaflow.train.graph_module import GraphModule
from fpgaflow.train.layers import tune_layers
from fpgaflow.train.options import RATES, Loss, Method, Progress, TuneOptions, chosen, silent

CALIBRATION = 512
"""Frames from which formats that are not known yet come."""


@dataclass(frozen=True, eq=False)
class Tuned:
    """The tuned network and the file it is in; how good it is on ``frames`` held back, ``before`` and ``after``, and the
    network that it learnt from (``reference``); what was ``done``, in words.
    """

    graph: Graph
    path: Path
    frames: int
    reference: Quality
    before: Quality
    after: Quality
    done: str


def tune(
    model: str | Path,
    data: str | Path,
    *,
    output: str | Path | None = None,
    epochs: int = 20,
    weights: int | None = None,
    activations: int | None = None,
    khot: int | None = None,
    loss: Loss | str = Loss.DISTILL,
    method: Method | str = Method.TRAIN,
    learning_rate: float | None = None,
    batch: int = 64,
    seed: int = 0,
    resume: bool = False,
    progress: Progress = silent,
) -> Tuned:
    """Fine-tune the network in the file ``model`` on the frames ``data`` (.npy or .npz) and write it to ``output`` (default:
    MODEL_tuned.onnx in the current folder) as QONNX.

    ``weights`` and ``activations`` are the widths of a float network (8 bits unless given), or new ones of a quantized
    network. ``khot`` limits weights to so many signed digits. It learns to compute what the network in the file computes, or
    with ``loss`` "labels" the array ``y`` of the data. See ``Method`` for the ways. A tenth of the frames, by ``seed``, is
    held back: the result is the best on them. While the run lasts, a checkpoint stands beside ``output``, from which
    ``resume`` goes on. Raises FlowError.
    """
    way = Method(chosen(Method, "method", method))
    rate = RATES[way] if learning_rate is None else learning_rate
    learnt = Loss(chosen(Loss, "loss", loss))
    options = TuneOptions(epochs, weights, activations, khot, learnt, way, rate, batch, seed)
    if resume and way is not Method.TRAIN:
        raise FlowError(
            "FF503",
            f"--resume is not possible with --method {way.value}",
            reason="checkpoints are written while the whole network is trained",
            hint="leave it out: layer by layer takes little time",
        )
    model, data = Path(model), Path(data)
    target = Path(output) if output is not None else Path(f"{model.stem}_tuned.onnx")
    progress(f"reading {model.name}")
    graph = check(read_model(model))
    examples = _examples(graph, model.name, data, learnt)
    training, validation = split(examples, seed)
    progress("assigning formats")
    module, teacher = _student(graph, training, options)
    goal = goal_of(module.graph, examples)
    before = quality(goal, learnt, module, validation)
    file = target.with_suffix(".checkpoint")
    if way is Method.TRAIN:
        run = _run(options, model, data)
        done = fit(module, goal, training, validation, options, file, run, resume=resume, progress=progress)
    else:
        state = copy.deepcopy(module.state_dict())
        done = tune_layers(module, GraphModule(teacher, frozen=True), training.frames, options, progress)
        if quality(goal, learnt, module, validation).loss >= before.loss:
            module.load_state_dict(state)
            done += ", the whole network did not: it stays as it was"
    tuned = check(module.to_graph())
    write_qonnx(tuned, target)
    if way is Method.TRAIN:
        file.unlink(missing_ok=True)
    assert validation.reference is not None
    reference = quality_of(goal, learnt, validation.reference, validation)
    after = quality(goal, learnt, module, validation)
    return Tuned(tuned, target, len(validation), reference, before, after, done)


def _examples(graph: Graph, file: str, data: Path, loss: Loss) -> Examples:
    """The data with what the network computes of them now. Raises FF205, FF501, FF502."""
    if len(graph.inputs) != 1:
        raise FlowError(
            "FF205",
            f"the network has {len(graph.inputs)} inputs: {', '.join(graph.inputs)}",
            node=Loc(file),
            reason="the accelerator has one AXI4-Stream input",
            hint="join the inputs into one before the first layer, or fix all but one to constants",
        )
    ((name, type_),) = graph.inputs.items()
    examples = read_examples(data, name, type_.shape)
    goal = goal_of(graph, examples)
    check_labels(graph, goal, examples, loss)
    reference = values_of(GraphModule(graph, frozen=True), goal.value, examples.frames)
    return Examples(examples.frames, examples.labels, reference)


def _student(graph: Graph, training: Examples, options: TuneOptions) -> tuple[GraphModule, Graph]:
    """The network in the formats it is to learn with, and one with the same values without them. A float network gets the
    formats of ``fpgaflow quantize``.
    """
    frames = training.frames[:CALIBRATION]
    if not needs_formats(graph):
        module = GraphModule(graph, weights=options.weights, activations=options.activations, khot=options.khot)
        values_of(module.eval(), graph.nodes[-1].name, frames)
        return module, graph
    widths = {name: getattr(options, name) for name in ("weights", "activations")}
    formats = QuantizeOptions(**{name: bits for name, bits in widths.items() if bits is not None})
    calibration = calibrate(graph, frames.numpy(), formats)
    module = GraphModule(check(calibration.quantized(calibration.formats(formats))), khot=options.khot)
    module.start_from(calibration.real)
    return module, calibration.real


def _run(options: TuneOptions, model: Path, data: Path) -> dict[str, Any]:
    """What a checkpoint must have in common with the run that goes on from it."""
    numbers = {name: value.value if isinstance(value, Enum) else value for name, value in asdict(options).items()}
    files = {"the model": model, "the data": data}
    return numbers | {name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for name, path in files.items()}
