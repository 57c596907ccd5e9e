"""Training of a whole network, with early stopping, and a checkpoint after every epoch."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fpgaflow.train import checkpoint
from fpgaflow.train.examples import Examples
from fpgaflow.train.goal import Goal, Quality, loss_of, quality
from fpgaflow.train.graph_module import GraphModule
from fpgaflow.train.options import Progress, TuneOptions
from fpgaflow.train.quantizer import Quantizer
from fpgaflow.train.rates import rate_groups

PATIENCE = 10
"""Training ends when so many epochs in a row have not made the validation loss smaller."""


@dataclass
class _Best:
    """The state of least validation loss so far, and the epoch it was found in; 0 is the state before training."""

    loss: float
    epoch: int
    state: dict[str, Any]


def fit(
    module: GraphModule,
    goal: Goal,
    training: Examples,
    validation: Examples,
    options: TuneOptions,
    file: Path,
    run: Mapping[str, Any],
    *,
    resume: bool,
    progress: Progress,
) -> str:
    """Train the module, which ends in its best state on ``validation``. What was done, in words.

    Adam, with a cosine schedule over ``options.epochs``. Epoch e sees the frames in an order that ``options.seed`` and e
    alone decide, so a run that goes on from the checkpoint in ``file`` ends like one that was not interrupted. ``run``
    describes the run in the checkpoint.
    """
    own = (part.parameters(recurse=False) for part in module.modules() if isinstance(part, Quantizer))
    optimizer = torch.optim.Adam(rate_groups(module.reals(), chain.from_iterable(own), options.learning_rate))
    steps = options.epochs * math.ceil(len(training) / options.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    first = quality(goal, options.loss, module, validation)
    best = _Best(first.loss, 0, copy.deepcopy(module.state_dict()))
    epoch = 0
    if resume:
        state = checkpoint.load(file, run)
        module.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        best, epoch = _Best(**state["best"]), state["epoch"]
    while epoch < options.epochs and epoch - best.epoch < PATIENCE:
        epoch += 1
        order = np.random.default_rng([options.seed, epoch]).permutation(len(training))
        _train(module, goal, training[torch.from_numpy(order)], options, optimizer, schedule)
        found = quality(goal, options.loss, module, validation)
        if found.loss < best.loss:
            best = _Best(found.loss, epoch, copy.deepcopy(module.state_dict()))
        state = {"module": module.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
        checkpoint.save(file, run, {**state, "best": vars(best), "epoch": epoch})
        progress("training", f"epoch {epoch} of {options.epochs}, {described(found)}")
    module.load_state_dict(best.state)
    verdict = f"the best was number {best.epoch}" if best.epoch else "none was better than before"
    return f"{epoch} epochs, {verdict}"


def described(found: Quality) -> str:
    """A line on how good a network is."""
    agreement = f"SQNR {found.sqnr_db:.1f} dB" if found.agreement is None else f"agreement {found.agreement:.1%}"
    return f"loss {found.loss:.4g}, {agreement}"


def _train(
    module: GraphModule,
    goal: Goal,
    examples: Examples,
    options: TuneOptions,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> None:
    """One epoch."""
    ((name, _),) = module.graph.inputs.items()
    module.train()
    for batch in examples.batches(options.batch):
        optimizer.zero_grad()
        found = module.evaluate({name: batch.frames}, module.graph.nodes)[goal.value]
        loss_of(goal, options.loss, found, batch).backward()
        optimizer.step()
        schedule.step()
