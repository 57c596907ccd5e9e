"""How much the network's outputs lose when one tensor alone has few bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.calibration.calibration import Calibration, Formats
from fpgaflow.calibration.observe import evaluate
from fpgaflow.calibration.options import LayerOptions, QuantizeOptions, with_layers
from fpgaflow.design import Progress, silent
from fpgaflow.ir.graph import Array, Graph

BITS = (8, 6, 4, 3, 2)
MOST_FRAMES = 64


@dataclass(frozen=True, eq=False)
class TensorSensitivity:
    """``tensor`` names a layer, whose weights are meant, or the values that share a scale; ``losses`` are, for each number of
    bits, the power of the outputs' change over that of the outputs.
    """

    tensor: str
    values: tuple[str, ...]
    losses: Mapping[int, float]

    @property
    def is_weights(self) -> bool:
        return not self.values

    def options(self, bits: int) -> dict[str, LayerOptions]:
        """What gives these bits to this tensor."""
        if self.is_weights:
            return {self.tensor: LayerOptions(weights=bits)}
        return {name: LayerOptions(activations=bits) for name in self.values}


def measure(calibration: Calibration, options: QuantizeOptions, progress: Progress = silent) -> list[TensorSensitivity]:
    """Every layer's weights and every value with a quantizer, in the network's order, on the first frames.

    All else stays real, so that losses add up about.
    """
    graph = calibration.real
    source = next(iter(graph.inputs))
    frames = calibration.frames[:MOST_FRAMES].astype(np.float32)
    plain = evaluate(graph, {source: frames})
    tensors = [TensorSensitivity(layer.name, (), {}) for layer in calibration.layers]
    tensors += [TensorSensitivity(group[0], group, {}) for group in calibration.places.groups]
    order = [*graph.inputs, *graph.by_name]
    found = []
    for number, tensor in enumerate(sorted(tensors, key=lambda tensor: order.index(tensor.tensor)), start=1):
        progress("measuring sensitivity", f"{number} of {len(tensors)}")
        losses = {}
        for bits in BITS:
            wanted = with_layers(options, tensor.options(bits))
            formats = Formats({}, {})
            if tensor.is_weights:
                formats.weights[tensor.tensor] = calibration.of_weights(graph.by_name[tensor.tensor], wanted)
            else:
                formats.values.update(calibration.of_values(tensor.values, wanted))
            losses[bits] = _loss(graph, plain, calibration.quantized(formats))
        found.append(replace(tensor, losses=losses))
    return found


def _loss(graph: Graph, plain: Mapping[str, Array], changed: Graph) -> float:
    """Only what depends on the change is computed again."""
    known = _unchanged(graph, changed)
    values = evaluate(changed, {name: plain[name] for name in known})
    output = graph.outputs[0]
    wanted = plain[output].astype(np.float64)
    return float(np.square(values[output] - wanted).sum() / max(float(np.square(wanted).sum()), 1e-300))


def _unchanged(graph: Graph, changed: Graph) -> set[str]:
    """Inputs and nodes that have the same value in both graphs."""
    same = set(graph.inputs)
    for node in changed.nodes:
        before = graph.by_name.get(node.name)
        if before is None or before.op != node.op or before.inputs != node.inputs:
            continue
        if all(name in same or _same_constant(graph, changed, name) for name in node.inputs):
            same.add(node.name)
    return same


def _same_constant(graph: Graph, changed: Graph, name: str) -> bool:
    return name in graph.constants and changed.constants.get(name) is graph.constants[name]
