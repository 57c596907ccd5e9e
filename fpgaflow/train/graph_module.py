"""A model-stage graph as a PyTorch module whose constants and formats can be trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Constant, Graph, Node
from fpgaflow.ops.add import Add
from fpgaflow.ops.base import Quantizer as QuantizerOp
from fpgaflow.ops.base import Weighted
from fpgaflow.ops.batch_normalization import BatchNormalization
from fpgaflow.ops.prelu import PRelu
from fpgaflow.ops.sub import Sub, SubtractFrom
from fpgaflow.train.formats import constant_of, of_constant, of_operator, operator_of
from fpgaflow.train.functions import computation, compute
from fpgaflow.train.quantizer import Quantizer

TRAINED_INPUTS = {Add: (1,), Sub: (1,), SubtractFrom: (1,), PRelu: (1,), BatchNormalization: (1, 2)}
"""Which inputs of operators without weights are trained: biases, slopes, and BatchNormalization's scale and bias."""


class TrainedConstant(nn.Module):
    """A real-valued parameter, cast by a quantizer if it has one."""

    def __init__(self, constant: Constant, quantizer: Quantizer | None) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.from_numpy(constant.values.astype(np.float32)))
        self.quantizer = quantizer

    def forward(self) -> Tensor:
        return self.value if self.quantizer is None else self.quantizer(self.value)


class GraphModule(nn.Module):
    """Computes a model-stage graph. Batches of its inputs, float32 (frames, *shape), -> a tuple of its outputs.

    In evaluation mode every value is bit for bit what ``Graph.evaluate`` gives for ``to_graph()``; in training mode sums are
    float32 as well. Weights, biases, slopes, and scale and bias of BatchNormalization are parameters; its statistics stay.
    Quantizers get trainable binary points: those of their scales where these are powers of two, else the nearest for data,
    and of least squared error for constants. Other steps of the network's input, zero points, and what else ``of_operator``
    has no quantizer for, stay as they are.

    ``weights`` is another width for the weights of all layers, ``activations`` one for the quantizers behind the first layer;
    these are calibrated with the first batch. ``khot`` limits weights to so many signed digits. With ``frozen`` nothing is
    trained or changed. Raises FF201 (an operator without gradient), FF306.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        weights: int | None = None,
        activations: int | None = None,
        khot: int | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__()
        self.graph = graph
        for node in graph.nodes:
            computation(node)
        # Names of values may hold dots, which names of modules may not.
        self.trained, self.quantizers = nn.ModuleList(), nn.ModuleList()
        self._trained: dict[str, int] = {}
        self._quantizers: dict[str, int] = {}
        trained, encoders = () if frozen else graph.nodes, input_quantizers(graph)
        for node in trained:
            if isinstance(node.op, Weighted):
                self._train(node.inputs[1], weights, khot)
            elif isinstance(node.op, QuantizerOp):
                self._quantize(node, activations, encoder=node.name in encoders)
            else:
                for index in TRAINED_INPUTS.get(type(node.op), ()):
                    self._train(node.inputs[index], None, None)
        for index, (name, constant) in enumerate(graph.constants.items()):
            if name not in self._trained and np.issubdtype(constant.values.dtype, np.number):
                values = torch.from_numpy(constant.values.astype(np.float32))
                self.register_buffer(f"constant_{index}", values, persistent=False)
        self._fixed = {name: f"constant_{index}" for index, name in enumerate(graph.constants)}

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        values = self.evaluate(dict(zip(self.graph.inputs, inputs, strict=True)), self.graph.nodes)
        return tuple(values[name] for name in self.graph.outputs)

    def evaluate(self, feeds: Mapping[str, Tensor], nodes: Iterable[Node]) -> dict[str, Tensor]:
        """All values that some of the graph's nodes compute or read; ``feeds`` are those known before, by name, of
        constants too.
        """
        values = dict(feeds)
        for node in nodes:
            for name in node.inputs:
                if name not in values:
                    values[name] = self.constant(name)
            if node.name in self._quantizers:
                values[node.name] = self.quantizer(node.name)(values[node.inputs[0]])
            else:
                inputs = [values[name] for name in node.inputs]
                values[node.name] = compute(node, inputs, exact=not self.training)
        return values

    def constant(self, name: str) -> Tensor:
        """A constant as the network computes with it now."""
        if name in self._trained:
            trained: Tensor = self.trained[self._trained[name]]()
            return trained
        fixed: Tensor = getattr(self, self._fixed[name])
        return fixed

    def quantizer(self, name: str) -> Quantizer:
        """The trainable quantizer that a node became."""
        found = self.quantizers[self._quantizers[name]]
        assert isinstance(found, Quantizer)
        return found

    def trained_constant(self, name: str) -> TrainedConstant:
        """The parameter, and its quantizer, that a constant became."""
        found = self.trained[self._trained[name]]
        assert isinstance(found, TrainedConstant)
        return found

    def reals(self) -> list[nn.Parameter]:
        """The parameters that constants became."""
        return [self.trained_constant(name).value for name in self._trained]

    def parts(self, name: str) -> tuple[nn.Parameter | None, Quantizer | None]:
        """The parameter and the quantizer that a constant or a node became, as far as it became any."""
        if name in self._quantizers:
            return None, self.quantizer(name)
        trained = self.trained_constant(name) if name in self._trained else None
        return (None, None) if trained is None else (trained.value, trained.quantizer)

    def start_from(self, real: Graph) -> None:
        """Take the layers' weights from a graph with layers of the same names: what was rounded may go elsewhere again."""
        for node in self.graph.nodes:
            if isinstance(node.op, Weighted) and node.name in real.by_name:
                weights = real.constants[real.by_name[node.name].inputs[1]].values
                self.trained_constant(node.inputs[1]).value.data = torch.from_numpy(weights.astype(np.float32))

    def to_graph(self) -> Graph:
        """The graph with the constants and formats of now. Raises FF306 if a quantizer has not been calibrated."""
        constants, nodes = dict(self.graph.constants), []
        for name in self._trained:
            trained = self.trained_constant(name)
            constants[name] = constant_of(trained.quantizer, trained.value)
        for node in self.graph.nodes:
            op, inputs = node.op, node.inputs
            if isinstance(op, PRelu):
                op = replace(op, rising=bool(np.all(constants[inputs[1]].values >= 0)))
            if node.name in self._quantizers:
                op, parameters = operator_of(self._calibrated(node), len(node.type.shape) + 1)
                names = [_free(f"{node.name}_{role}", self.graph) for role in ("scale", "zero", "bits")]
                constants.update(zip(names, map(Constant, parameters), strict=False))
                inputs = (inputs[0], *names[: len(parameters)])
            nodes.append(replace(node, op=op, inputs=inputs))
        read = {name for node in nodes for name in node.inputs}
        constants = {name: constant for name, constant in constants.items() if name in read}
        return replace(self.graph, nodes=tuple(nodes), constants=constants)

    def _train(self, name: str, bits: int | None, khot: int | None) -> None:
        constant = self.graph.constants[name]
        if name not in self._trained:
            self._trained[name] = len(self.trained)
            self.trained.append(TrainedConstant(constant, of_constant(constant, bits, khot)))

    def _quantize(self, node: Node, bits: int | None, *, encoder: bool) -> None:
        """The network's input keeps its format, and steps like 1/255, which are those of what the hardware receives."""
        assert isinstance(node.op, QuantizerOp)
        parameters = [self.graph.constants[name].values for name in node.inputs[1:]]
        if encoder and not np.all(np.frexp(parameters[0])[0] == 0.5):
            return
        made = of_operator(node.op, parameters, len(node.type.shape) + 1, None if encoder else bits)
        if made is not None:
            self._quantizers[node.name] = len(self.quantizers)
            self.quantizers.append(made)

    def _calibrated(self, node: Node) -> Quantizer:
        quantizer = self.quantizer(node.name)
        if quantizer.calibrating:
            raise FlowError(
                "FF306",
                f"the new format of '{node.name}' is not known",
                node=node.loc,
                reason="its binary point comes from the first batch, and there was none",
                hint="evaluate the module on a batch of real data first",
            )
        return quantizer


def input_quantizers(graph: Graph) -> set[str]:
    """Quantizers that see the network's input before any layer with weights does: they say what the hardware receives."""
    early = set(graph.inputs)
    for node in graph.nodes:
        if not isinstance(node.op, Weighted) and all(name in early or name in graph.constants for name in node.inputs):
            early.add(node.name)
    return {name for name in early if name in graph.by_name and isinstance(graph.by_name[name].op, QuantizerOp)}


def _free(name: str, graph: Graph) -> str:
    """A name that the graph does not use yet."""
    while name in graph.constants or name in graph.by_name or name in graph.inputs:
        name += "_"
    return name
