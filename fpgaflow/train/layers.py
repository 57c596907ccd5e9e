"""Layer by layer: each learns to give what it gives in the network that is learnt from, on inputs as they are by then.

Source: AdaQuant, "Improving Post Training Neural Quantization: Layer-wise Calibration and Integer Programming"; AdaRound, "Up
or Down? Adaptive Rounding for Post-Training Quantization".
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from fpgaflow.ir.graph import Graph, Node
from fpgaflow.ops.base import Elementwise, Weighted
from fpgaflow.ops.base import Quantizer as QuantizerOp
from fpgaflow.train.adaround import AdaptiveRounding
from fpgaflow.train.goal import BATCH, values_of
from fpgaflow.train.graph_module import GraphModule
from fpgaflow.train.options import RATES, Method, Progress, TuneOptions
from fpgaflow.train.quantizer import FixedPointQuantizer
from fpgaflow.train.rates import rate_groups

FRAMES = 1024
"""Frames that a layer sees at most: all that it reads and gives is in memory."""


@dataclass(frozen=True)
class Layer:
    """A product by weights, the elementwise functions behind it and the quantizer that ends them, if there is one.
    ``target`` is the last value that the network that is learnt from has, too.
    """

    nodes: tuple[Node, ...]
    target: str

    @property
    def source(self) -> str:
        return self.nodes[0].inputs[0]

    @property
    def weights(self) -> str:
        return self.nodes[0].inputs[1]


def layers_of(graph: Graph, teacher: Graph) -> list[Layer]:
    """The layers of a network, in its order, that the other one has as well."""
    found = []
    for node in graph.nodes:
        if isinstance(node.op, Weighted) and node.name in teacher.by_name:
            nodes = tuple(_chain(graph, node))
            found.append(Layer(nodes, [n.name for n in nodes if n.name in teacher.by_name][-1]))
    return found


def _chain(graph: Graph, node: Node) -> Iterator[Node]:
    yield node
    readers = graph.consumers.get(node.name, ())
    while len(readers) == 1 and isinstance(readers[0].op, Elementwise) and not isinstance(node.op, QuantizerOp):
        (node,) = readers
        yield node
        readers = graph.consumers.get(node.name, ())


def tune_layers(
    module: GraphModule, teacher: GraphModule, frames: Tensor, options: TuneOptions, progress: Progress
) -> str:
    """Tune every layer by ``options.method``; a layer that does not get better stays as it was. What was done, in words."""
    frames, better = frames[:FRAMES], 0
    layers = layers_of(module.graph, teacher.graph)
    for number, layer in enumerate(layers, start=1):
        lesson = _Lesson(
            module.eval(),
            layer,
            values_of(module, layer.source, frames),
            values_of(teacher, layer.target, frames),
            options,
        )
        before, state = lesson.error(), copy.deepcopy(module.state_dict())
        METHODS[options.method](lesson)
        after = lesson.error()
        if after < before:
            better += 1
        else:
            after = before
            module.load_state_dict(state)
        progress("training", f"layer {number} of {len(layers)}, squared error {before:.3g} to {after:.3g}")
    return f"{better} of {len(layers)} layers got better"


@dataclass(frozen=True, eq=False)
class _Lesson:
    """A layer with what it reads, and what it is to give."""

    module: GraphModule
    layer: Layer
    inputs: Tensor
    targets: Tensor
    options: TuneOptions

    @property
    def names(self) -> list[str]:
        """Of the layer's values and constants."""
        return list(dict.fromkeys(name for node in self.layer.nodes for name in (node.name, *node.inputs[1:])))

    def reals(self, without: str = "") -> list[nn.Parameter]:
        """Parameters of constants."""
        found = (self.module.parts(name)[0] for name in self.names if name != without)
        return [parameter for parameter in found if parameter is not None]

    def result(self, inputs: Tensor, feeds: dict[str, Tensor]) -> Tensor:
        """The layer's; ``feeds`` stand for constants."""
        return self.module.evaluate({self.layer.source: inputs, **feeds}, self.layer.nodes)[self.layer.nodes[-1].name]

    def error(self) -> float:
        """Mean squared error of the layer in evaluation mode."""
        self.module.eval()
        pairs = zip(self.inputs.split(BATCH), self.targets.split(BATCH), strict=True)
        with torch.no_grad():
            total = sum(float((self.result(x, {}) - y).double().square().sum()) for x, y in pairs)
        return total / self.targets.numel()

    @property
    def count(self) -> int:
        """Of the steps."""
        return self.options.epochs * math.ceil(len(self.inputs) / self.options.batch)

    def steps(self) -> Iterator[tuple[float, Tensor, Tensor]]:
        """(share of the steps that are done, inputs, targets), batch by batch, in all epochs."""
        epochs, batch, count = self.options.epochs, self.options.batch, len(self.inputs)
        for epoch in range(epochs):
            order = torch.from_numpy(np.random.default_rng([self.options.seed, epoch]).permutation(count))
            for start in range(0, count, batch):
                chosen = order[start : start + batch]
                yield (epoch + start / count) / epochs, self.inputs[chosen], self.targets[chosen]


def _train(lesson: _Lesson) -> None:
    """Weights, biases, slopes and binary points of the layer together."""
    module = lesson.module
    points = [p for name in lesson.names for q in [module.parts(name)[1]] if q is not None for p in q.parameters()]
    optimizer = torch.optim.Adam(rate_groups(lesson.reals(), points, lesson.options.learning_rate))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, lesson.count)
    module.train()
    for _, inputs, targets in lesson.steps():
        optimizer.zero_grad()
        F.mse_loss(lesson.result(inputs, {}), targets).backward()
        optimizer.step()
        schedule.step()


def _round(lesson: _Lesson) -> None:
    """Whether each weight is rounded up or down; biases go along."""
    module, name = lesson.module, lesson.layer.weights
    weights = module.trained_constant(name)
    if not isinstance(weights.quantizer, FixedPointQuantizer):
        return
    rounding = AdaptiveRounding(weights.value, weights.quantizer)
    scale = max(lesson.error(), 1e-30)
    decisions = {"params": rounding.parameters(), "lr": lesson.options.learning_rate}
    others = rate_groups(lesson.reals(without=name), (), RATES[Method.LAYERWISE])
    optimizer = torch.optim.Adam([decisions, *others])
    module.train()
    for done, inputs, targets in lesson.steps():
        optimizer.zero_grad()
        error = F.mse_loss(lesson.result(inputs, {name: rounding()}), targets) / scale
        (error + rounding.undecided(done)).backward()
        optimizer.step()
    weights.value.data = rounding.decided()


METHODS: dict[Method, Callable[[_Lesson], None]] = {Method.LAYERWISE: _train, Method.ADAROUND: _round}
