"""What makes a graph legal, for each stage. Run after every pass; a violation is a bug in fpgaflow itself."""

from __future__ import annotations

from fpgaflow.fixed import FixedFormat
from fpgaflow.ir.graph import Graph, GraphStage
from fpgaflow.ops.base import IntegerOp, ModelOp

MAX_WIDTH = 62


class IllegalGraphError(AssertionError):
    """All violations of one graph, a line each."""


def check(graph: Graph) -> Graph:
    """The graph itself, or IllegalGraphError listing every violation."""
    found = [*_names(graph), *_operators(graph), *_formats(graph)]
    if found:
        raise IllegalGraphError(f"{graph.stage.value} graph '{graph.name}':\n" + "\n".join(found))
    return graph


def _names(graph: Graph) -> list[str]:
    """Every name is defined once, before it is read; every output is defined."""
    found, known = [], set(graph.inputs)
    for name in graph.constants:
        if name in known:
            found.append(f"constant '{name}' has the name of an input")
        known.add(name)
    for node in graph.nodes:
        found += [f"'{node.name}' reads '{name}' before it is defined" for name in node.inputs if name not in known]
        if node.name in known:
            found.append(f"'{node.name}' is defined twice")
        known.add(node.name)
    return found + [f"output '{name}' is not defined" for name in graph.outputs if name not in known]


def _operators(graph: Graph) -> list[str]:
    """Operators belong to the stage and infer the types that the nodes have."""
    legal = {GraphStage.MODEL: ModelOp, GraphStage.INTEGER: IntegerOp}[graph.stage]
    found = []
    for node in graph.nodes:
        if not isinstance(node.op, legal):
            found.append(f"'{node.name}': {type(node.op).__name__} is not legal in the {graph.stage.value} stage")
        elif all(name in graph.by_name or name in graph.inputs or name in graph.constants for name in node.inputs):
            inferred = node.op.infer(*(graph.type_of(name) for name in node.inputs))
            if inferred.elements != node.type.elements or inferred.format != node.type.format:
                found.append(f"'{node.name}' has type {node.type}, but its operator infers {inferred}")
    return found


def _formats(graph: Graph) -> list[str]:
    """The integer stage has a format everywhere, of a width that int64 arithmetic can take."""
    if graph.stage is GraphStage.MODEL:
        return []
    found = []
    for name in (*graph.inputs, *graph.by_name):
        format = graph.type_of(name).format
        if format is None:
            found.append(f"'{name}' has no format")
        elif isinstance(format, FixedFormat) and not 1 <= format.width <= MAX_WIDTH:
            found.append(f"'{name}' is {format.width} bits wide")
    return found
