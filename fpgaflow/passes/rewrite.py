"""Changes of model-stage graphs: a copy whose nodes and constants are replaced one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fpgaflow.ir.graph import Array, Constant, Graph, Node
from fpgaflow.ops.base import Weighted


class Rewrite:
    """A graph under change: ``nodes`` by name in their order and ``constants``; the graph it came from stays as it is."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = dict(graph.by_name)
        self.constants = dict(graph.constants)

    def readers(self, name: str) -> list[Node]:
        return [node for node in self.nodes.values() if name in node.inputs]

    def only_reader(self, name: str) -> Node | None:
        """The one node that reads a value; None if there are others, or the value is an output of the network."""
        readers = self.readers(name)
        return readers[0] if len(readers) == 1 and name not in self.graph.outputs else None

    def fresh(self, name: str) -> str:
        while name in self.nodes or name in self.constants or name in self.graph.inputs:
            name += "_"
        return name

    def own_constant(self, node: Node, index: int, values: Array) -> Node:
        """``node`` with new values for a constant input; others that read the same constant keep theirs."""
        name = node.inputs[index]
        shared = any(other.name != node.name for other in self.readers(name))
        name = self.fresh(f"{node.name}_{name}") if shared else name
        self.constants[name] = Constant(values)
        inputs = (*node.inputs[:index], name, *node.inputs[index + 1 :])
        self.nodes[node.name] = replace(node, inputs=inputs)
        return self.nodes[node.name]

    def put(self, old: str, nodes: Iterable[Node]) -> None:
        """``nodes`` in the place of the node called ``old``."""
        before = list(self.nodes.items())
        self.nodes = {}
        for name, node in before:
            self.nodes.update({new.name: new for new in nodes} if name == old else {name: node})

    def finish(self) -> Graph:
        """The new graph, without constants that nobody reads."""
        used = {name for node in self.nodes.values() for name in node.inputs}
        constants = {name: constant for name, constant in self.constants.items() if name in used}
        return replace(self.graph, nodes=tuple(self.nodes.values()), constants=constants)


def is_float_layer(graph: Graph, node: Node) -> bool:
    """True for a layer whose weights are real numbers without integers."""
    return isinstance(node.op, Weighted) and graph.constants[node.inputs[1]].quantization is None
