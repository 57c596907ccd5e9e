"""The ways from a float network to one of few bits that are compared: each gives the scores of the held-out samples."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.accuracy.brevitas_kit import BrevitasKit
from benchmarks.accuracy.training import Samples, Task, scores_of, train
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.quantize import quantize
from fpgaflow.train.config import Config
from fpgaflow.train.prepare import prepare
from fpgaflow.train.quantizer import learning_rate_groups

CALIBRATION = 512
WEIGHT_RATE, POINT_RATE = 1e-3, 1e-2

State = Mapping[str, Any]


@dataclass(frozen=True)
class Trial:
    """One run: a data set, its samples, a trained float network, a width and a seed."""

    task: Task
    samples: Samples
    held_out: Samples
    network: nn.Module
    bits: int
    seed: int


Method = Callable[[Trial], torch.Tensor]


def after_training(range_method: str) -> Method:
    """Formats from 512 frames, power-of-two scales, no training."""

    def method(trial: Trial) -> torch.Tensor:
        with tempfile.TemporaryDirectory() as folder:
            model, data = Path(folder) / "float.onnx", Path(folder) / "frames.npy"
            example = trial.samples.x[:1].contiguous()
            trial.network.eval()
            torch.onnx.export(
                trial.network, (example,), str(model), dynamo=False, dynamic_axes={"x": [0]}, input_names=["x"]
            )
            np.save(data, trial.samples.x[:CALIBRATION].numpy())
            found = quantize(
                model, Path(folder) / "out.onnx", data=data,
                weights=trial.bits, activations=trial.bits, method=range_method,
            )  # fmt: skip
            graph = read_model(found.path)
        ((name, _),) = graph.inputs.items()
        parts = trial.held_out.x.numpy()
        scores = [
            graph.evaluate({name: part})[graph.outputs[0]] for part in np.array_split(parts, -(-len(parts) // 250))
        ]
        return torch.from_numpy(np.concatenate(scores))

    return method


def brevitas(*, fixed_point: bool) -> Method:
    """Brevitas's layers, its scales learned, all parameters at one rate."""

    def method(trial: Trial) -> torch.Tensor:
        network = trial.task.network(BrevitasKit(trial.bits, fixed_point))
        network.load_state_dict(trial.network.state_dict(), strict=False)
        network = network.to(memory_format=torch.channels_last)
        groups: list[dict[str, object]] = [{"params": list(network.parameters()), "lr": WEIGHT_RATE}]
        train(network, trial.task, trial.samples, groups, trial.task.tuning_epochs, trial.seed)
        return scores_of(network, trial.held_out)

    return method


def qfx(*, digits: int | None = None) -> Method:
    """fpgaflow's trainable fixed point; with ``digits``, weights are sums of as many signed powers of two."""

    def method(trial: Trial) -> torch.Tensor:
        bits = trial.bits
        config = Config(
            weight_width=bits, activation_width=bits, element_width=bits, input_format=trial.task.input_format,
            digits=digits, signed_digits=digits is not None, fold_norms=True,
        )  # fmt: skip
        network = prepare(trial.network, config).to(memory_format=torch.channels_last)
        groups = learning_rate_groups(network, WEIGHT_RATE, POINT_RATE)
        train(network, trial.task, trial.samples, groups, trial.task.tuning_epochs, trial.seed)
        return scores_of(network, trial.held_out)

    return method


METHODS: dict[str, Method] = {
    "PTQ minmax": after_training("minmax"),
    "PTQ mse": after_training("mse"),
    "Brevitas": brevitas(fixed_point=False),
    "Brevitas fixed point": brevitas(fixed_point=True),
    "QFX": qfx(),
    "QFX 1 digit": qfx(digits=1),
    "QFX 2 digits": qfx(digits=2),
    "QFX 3 digits": qfx(digits=3),
}
