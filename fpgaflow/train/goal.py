"""What is learnt: the value of a network that is compared, how far it is off, and how good that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Graph
from fpgaflow.ops.arg_max import ArgMax
from fpgaflow.ops.base import HostOp, Layout
from fpgaflow.ops.softmax import LogSoftmax, Softmax
from fpgaflow.ops.top_k import TopK
from fpgaflow.train.examples import Examples
from fpgaflow.train.graph_module import GraphModule
from fpgaflow.train.options import Loss

BATCH = 256
"""Frames that are computed at a time where nothing is learnt."""


@dataclass(frozen=True)
class Goal:
    """``value`` of a network is compared: its first output, or what a Softmax, ArgMax or TopK at its end reads.

    ``axes`` are the axes of a batch along which classes lie; none if the network is no classifier.
    """

    value: str
    axes: tuple[int, ...]

    def rows(self, values: Tensor) -> Tensor:
        """(classifications, classes)."""
        last = tuple(range(values.ndim - len(self.axes), values.ndim))
        return values.movedim(self.axes, last).flatten(last[0]).flatten(0, -2)


def goal_of(graph: Graph, examples: Examples) -> Goal:
    """The goal of a network; with classes as labels it is a classifier, whatever its end."""
    value, axes = graph.outputs[0], tuple[int, ...]()
    name = value
    while name in graph.by_name and isinstance(graph.by_name[name].op, HostOp | Layout):
        node = graph.by_name[name]
        name = node.inputs[0]
        match node.op:
            case Softmax(along) | LogSoftmax(along):
                value, axes = name, tuple(axis + 1 for axis in along)
            case ArgMax(axis=axis) | TopK(axis=axis):
                value, axes = name, (axis + 1,)
    if not axes and examples.classes is not None:
        axes = tuple(range(1, len(graph.type_of(value).shape) + 1))
    return Goal(value, axes)


def check_labels(graph: Graph, goal: Goal, examples: Examples, loss: Loss) -> None:
    """Raises FF501 if labels are needed and missing, FF502 if they don't fit the network."""
    if examples.labels is None:
        if loss is Loss.LABELS:
            raise FlowError(
                "FF501",
                "the data have no labels",
                reason="--loss labels learns from them",
                hint="save them as array 'y' of the .npz, or take --loss distill, which needs none",
            )
        return
    shape, classes = graph.type_of(goal.value).shape, examples.classes
    if classes is not None:
        count = math.prod(shape[axis - 1] for axis in goal.axes)
        if math.prod(shape) != count:
            what, reason = (
                "labels are one class a frame",
                f"the network classifies {math.prod(shape) // count} places of it",
            )
        elif not 0 <= int(classes.min()) <= int(classes.max()) < count:
            what, reason = (
                f"labels are {int(classes.min())} to {int(classes.max())}",
                f"the network has {count} classes",
            )
        else:
            return
    elif loss is Loss.LABELS and math.prod(examples.labels.shape[1:]) != math.prod(shape):
        what, reason = f"labels have shape {tuple(examples.labels.shape[1:])}", f"the network gives {shape} a frame"
    else:
        return
    raise FlowError("FF502", what, reason=reason, hint="save classes counted from 0, or what the network is to give")


def loss_of(goal: Goal, loss: Loss, found: Tensor, examples: Examples) -> Tensor:
    """Cross-entropy of a classifier, else the mean squared error."""
    if loss is Loss.LABELS:
        assert examples.labels is not None
        if examples.classes is not None:
            return F.cross_entropy(goal.rows(found), examples.classes)
        return F.mse_loss(found, examples.labels.reshape(found.shape))
    assert examples.reference is not None
    if goal.axes:
        return F.cross_entropy(goal.rows(found), goal.rows(examples.reference).softmax(dim=1))
    return F.mse_loss(found, examples.reference)


@dataclass(frozen=True)
class Quality:
    """Of a network on frames that it has not learnt from: the loss, the share of classifications that are as in the network
    learnt from (None if it is no classifier), the power of that network's values over that of the difference in dB, and
    the share of right classifications (None without labels).
    """

    loss: float
    agreement: float | None
    sqnr_db: float
    accuracy: float | None


def values_of(module: GraphModule, value: str, frames: Tensor) -> Tensor:
    """A value of the network for many frames."""
    ((name, _),) = module.graph.inputs.items()
    order = [name, *module.graph.by_name]
    nodes = module.graph.nodes[: order.index(value)]
    with torch.no_grad():
        return torch.cat([module.evaluate({name: part}, nodes)[value] for part in frames.split(BATCH)])


def quality(goal: Goal, loss: Loss, module: GraphModule, examples: Examples) -> Quality:
    """How good the network is in evaluation mode."""
    training = module.training
    found = values_of(module.eval(), goal.value, examples.frames)
    module.train(training)
    return quality_of(goal, loss, found, examples)


def quality_of(goal: Goal, loss: Loss, found: Tensor, examples: Examples) -> Quality:
    """How good some values are."""
    assert examples.reference is not None
    agreement = accuracy = None
    if goal.axes:
        best = goal.rows(found).argmax(dim=1)
        agreement = _share(best == goal.rows(examples.reference).argmax(dim=1))
        accuracy = None if examples.classes is None else _share(best == examples.classes)
    signal = float(examples.reference.double().square().sum())
    noise = float((examples.reference.double() - found).square().sum())
    sqnr = math.inf if noise == 0 else 10 * math.log10(max(signal, 1e-300) / noise)
    return Quality(float(loss_of(goal, loss, found, examples)), agreement, sqnr, accuracy)


def _share(right: Tensor) -> float:
    return float(right.double().mean())
