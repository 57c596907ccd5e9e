"""Parts of a model-stage graph: what the host computes before and after the accelerator."""

from __future__ import annotations

from collections.abc import Mapping

from fpgaflow.ir.graph import Constant, Graph, GraphStage, Node, TensorType


def part_of(
    model: Graph,
    inputs: Mapping[str, TensorType],
    nodes: tuple[Node, ...],
    outputs: tuple[str, ...],
    name: str,
    own: Mapping[str, Constant],
) -> Graph:
    """``nodes`` as a graph, with those of the model's constants that they read and some of their ``own``."""
    used = {i for node in nodes for i in node.inputs}
    constants = {k: v for k, v in model.constants.items() if k in used}
    return Graph(GraphStage.MODEL, inputs, {**constants, **own}, nodes, outputs, name)
