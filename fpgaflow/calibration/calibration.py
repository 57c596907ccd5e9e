"""A float network with what frames told about it: graphs of any bits come from it without looking at frames again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.calibration.observe import Observed, observe, reach
from fpgaflow.calibration.options import LayerOptions, QuantizeOptions
from fpgaflow.calibration.scales import Codes, Scales, activation_scale, weight_scale
from fpgaflow.calibration.synthesise import synthesise
from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Array, Graph, Node
from fpgaflow.ops.average_pool import AveragePool
from fpgaflow.ops.base import Elementwise
from fpgaflow.ops.reduce_mean import ReduceMean
from fpgaflow.passes.assign_formats import TensorFormat, assign_formats
from fpgaflow.passes.correct_bias import correct_bias
from fpgaflow.passes.equalize import equalize
from fpgaflow.passes.fold_batch_norm import fold_batch_norm
from fpgaflow.passes.layer_weights import OUTPUT_AXES, grouped, ungrouped
from fpgaflow.passes.quantizer_places import Places, grid_roots, quantizer_places
from fpgaflow.passes.rewrite import is_float_layer
from fpgaflow.passes.round_biases import round_biases
from fpgaflow.passes.weight_product import weight_integers

LEAST_INPUT_BITS = 8
"""The network's input keeps at least these: they cost the first layer little, and are what cameras and converters give."""


@dataclass(frozen=True, eq=False)
class Formats:
    """Formats of weights by the layers' names, and of values by theirs."""

    weights: dict[str, TensorFormat]
    values: dict[str, TensorFormat]


@dataclass(frozen=True, eq=False)
class Calibration:
    """``real`` is the float network, prepared for quantization; ``frames`` (frames, *shape) are what it was observed on, or
    noise if ``synthetic``; ``places`` get quantizers.
    """

    real: Graph
    frames: Array
    synthetic: bool
    places: Places
    observed: Observed

    @property
    def layers(self) -> tuple[Node, ...]:
        return tuple(node for node in self.real.nodes if is_float_layer(self.real, node))

    def formats(self, options: QuantizeOptions) -> Formats:
        """What ``options`` mean for this network; scales, method and grouping may not differ from those observed for."""
        weights = {layer.name: self.of_weights(layer, options) for layer in self.layers}
        values = {}
        for group in self.places.groups:
            values.update(self.of_values(group, options))
        return Formats(weights, values)

    def quantized(self, formats: Formats) -> Graph:
        """The network in these formats, its biases corrected."""
        graph = assign_formats(self.real, formats.weights, formats.values)
        means = {layer.name: self.observed.means[layer.inputs[0]] for layer in self.layers}
        return round_biases(correct_bias(graph, self.real, means), self.layers)

    def of_weights(self, layer: Node, options: QuantizeOptions) -> TensorFormat:
        """The format of one layer's weights."""
        wanted = _exception(options, [node for node in self.real.nodes if node.loc == layer.loc])
        codes = Codes(wanted.weights or options.weights, True)
        weights = self.real.constants[layer.inputs[1]].values
        common = grouped(layer.op, weights)
        axes = tuple(axis for axis in range(4) if axis not in OUTPUT_AXES or not options.by_channel(wanted))
        scale = weight_scale(common, codes, wanted.scales or options.scales, axes)
        if scale.size == 1:
            return TensorFormat(codes, scale.reshape(()))
        whole = ungrouped(layer.op, np.broadcast_to(scale, common.shape), weights.shape)
        return TensorFormat(codes, _narrowest(whole))

    def of_values(self, group: tuple[str, ...], options: QuantizeOptions) -> dict[str, TensorFormat]:
        """The formats of the values of one group."""
        kept = [(name, exact_grid(self.frames, self._bits(name, options))) for name in group if self._is_input(name)]
        if len(group) == 1 and kept and kept[0][1] is not None:
            return {group[0]: kept[0][1]}
        tensors = []
        for name in group:
            histogram = self.observed.histograms[name]
            tensors.append((histogram, Codes(self._bits(name, options), histogram.low < 0)))
        scale = np.asarray(activation_scale(tensors, self._scales(group, options), options.method))
        return {name: TensorFormat(codes, scale) for name, (_, codes) in zip(group, tensors, strict=True)}

    def _is_input(self, name: str) -> bool:
        return name in self.real.inputs and not self.synthetic

    def _bits(self, name: str, options: QuantizeOptions) -> int:
        chosen = _exception(options, chain_to(self.real, name), name).activations
        least = LEAST_INPUT_BITS if name in self.real.inputs else 0
        return chosen or max(options.activations, least)

    def _scales(self, group: tuple[str, ...], options: QuantizeOptions) -> Scales:
        wanted = (_exception(options, chain_to(self.real, name), name).scales for name in group)
        return next((scales for scales in wanted if scales is not None), options.scales)


def calibrate(graph: Graph, frames: Array | None, options: QuantizeOptions) -> Calibration:
    """Prepare a float network and observe it on ``frames`` (frames, *shape); without them on noise. Raises FF205, FF308."""
    _check(graph)
    if frames is not None:
        _check_frames(frames)
    real = fold_batch_norm(graph)
    layer_inputs = tuple(dict.fromkeys(node.inputs[0] for node in real.nodes if is_float_layer(real, node)))
    if frames is not None and not all(map(options.by_channel, (LayerOptions(), *options.layers.values()))):
        real = equalize(real, reach(real, frames, layer_inputs))
    places = quantizer_places(real, common_sums=options.scales is Scales.FLOAT)
    if frames is not None:
        return Calibration(real, frames, False, places, observe(real, frames, places.names, layer_inputs))
    noisy, noise = synthesise(graph)
    observed = observe(noisy, noise, places.names, layer_inputs)
    _widen_means(real, places, observed)
    return Calibration(real, noise, True, places, observed)


def _widen_means(graph: Graph, places: Places, observed: Observed) -> None:
    """Means count as what they are means of: noise, unlike images, has none that differ much between frames."""
    for name in places.names:
        node = graph.by_name.get(name)
        if node is not None and isinstance(node.op, AveragePool | ReduceMean):
            observed.histograms[name] = observed.histograms[grid_roots(graph, node.inputs[0])[0]]


def _check_frames(frames: Array) -> None:
    if not len(frames) or not np.all(np.isfinite(frames)):
        raise FlowError(
            "FF501",
            f"the frames {'hold infinite values or NaN' if len(frames) else 'are none'}",
            reason="they are to tell the ranges of the network's values",
            hint="give some hundred frames like those that the network will see",
        )


def needs_formats(graph: Graph) -> bool:
    """True if a layer's weights are real numbers that are no exact fixed-point numbers of few bits either."""
    for node in graph.nodes:
        if is_float_layer(graph, node):
            try:
                weight_integers(node, graph.constants[node.inputs[1]])
            except FlowError:
                return True
    return False


def _check(graph: Graph) -> None:
    if len(graph.inputs) != 1:
        raise FlowError(
            "FF205",
            f"the network has {len(graph.inputs)} inputs: {', '.join(graph.inputs)}",
            reason="the accelerator has one AXI4-Stream input",
            hint="join the inputs into one before the first layer, or fix all but one to constants",
        )
    if not any(is_float_layer(graph, node) for node in graph.nodes):
        raise FlowError(
            "FF308",
            f"'{graph.name}' has no layer with float weights",
            node=Loc(graph.name),
            reason="its weights are integers already",
            hint="build it as it is",
        )


def chain_to(graph: Graph, name: str) -> list[Node]:
    """The node that computes a value and, while it is an elementwise function, those before it, up to the layer."""
    found = []
    node = graph.by_name.get(name)
    while node is not None:
        found.append(node)
        node = graph.by_name.get(node.inputs[0]) if isinstance(node.op, Elementwise) else None
    return found


def _exception(options: QuantizeOptions, nodes: list[Node], name: str = "") -> LayerOptions:
    """The exceptions for any of these nodes, the first one's first."""
    found = LayerOptions()
    for key in (name, *(key for node in nodes for key in (node.name, node.loc.node))):
        entry = options.layers.get(key)
        if entry is not None:
            changes = {part: value for part, value in vars(entry).items() if getattr(found, part) is None}
            found = replace(found, **changes)
    return found


def _narrowest(scale: Array) -> Array:
    """Axes along which all numbers are equal shrink to extent 1."""
    for axis in range(scale.ndim):
        first = np.take(scale, [0], axis=axis)
        scale = first if np.array_equal(np.broadcast_to(first, scale.shape), scale) else scale
    return scale


def exact_grid(frames: Array, bits: int) -> TensorFormat | None:
    """The format of numbers that lie on a grid of at most ``bits`` bits as they are: whole steps of a power of two, or of
    1/255 as images have them; None for others.
    """
    numbers = np.unique(frames.astype(np.float32)).astype(np.float64)
    signed = bool(numbers[0] < 0)
    codes = Codes(bits, signed)
    top = max(float(np.abs(numbers).max()), 2.0**-100)
    finest = 2.0 ** np.ceil(np.log2(top / codes.high))
    for step in (finest, finest / 2, 1 / 255):
        integers = np.rint(numbers / step)
        inside = codes.low <= integers[0] and integers[-1] <= codes.high
        if inside and np.array_equal((integers * step).astype(np.float32), numbers):
            return TensorFormat(codes, np.asarray(np.float32(step), dtype=np.float64))
    return None
