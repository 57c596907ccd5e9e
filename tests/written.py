"""What fpgaflow writes, read again, and how it differs from the graph that was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.frontend.qonnx_writer import write_qonnx
from fpgaflow.ir.graph import Array, Constant, Graph, Node
from fpgaflow.ops.pairwise import Pairwise
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.softmax import LogSoftmax, Softmax


def written(graph: Graph, folder: Path) -> Graph:
    """A graph through a file that onnx finds no fault with."""
    path = folder / "written.onnx"
    write_qonnx(graph, path)
    onnx.checker.check_model(onnx.load(path))
    return read_model(path)


def differences(first: Graph, second: Graph) -> list[str]:
    """What differs between two model-stage graphs, but for the names of constants and values within, and Reshapes that
    change nothing. Of graphs that come back with other Reshapes it is the results that are compared.
    """
    if any(_needs_reshapes(node, first) for node in first.nodes):
        return [] if np.array_equal(_result(first), _result(second)) else ["results differ"]
    graphs = (first, second)
    nodes = [[node for node in graph.nodes if not _is_idle(graph, node.name)] for graph in graphs]
    found = [f"{a.name}: {a.op} != {b.op}" for a, b in zip(*nodes, strict=False) if a.op != b.op or a.type != b.type]
    if len(nodes[0]) != len(nodes[1]):
        found.append(f"{len(nodes[0])} nodes != {len(nodes[1])} nodes")
    if dict(first.inputs) != dict(second.inputs):
        found.append(f"inputs {first.inputs} != {second.inputs}")
    if first.outputs != second.outputs:
        found.append(f"outputs {first.outputs} != {second.outputs}")
    numbers = [
        {name: i for i, name in enumerate((*g.inputs, *(n.name for n in ns)))}
        for g, ns in zip(graphs, nodes, strict=True)
    ]
    for a, b in zip(*nodes, strict=False):
        for mine, theirs in zip(a.inputs, b.inputs, strict=True):
            if mine in first.constants and theirs in second.constants:
                found += [
                    f"{a.name}: {text}" for text in _of_constants(first.constants[mine], second.constants[theirs])
                ]
            elif numbers[0].get(_source(first, mine)) != numbers[1].get(_source(second, theirs)):
                found.append(f"{a.name} reads {mine}, {b.name} reads {theirs}")
    return found


def _needs_reshapes(node: Node, graph: Graph) -> bool:
    """A Softmax over several axes, and operators on two values of different rank."""
    if isinstance(node.op, Softmax | LogSoftmax):
        return len(node.op.axes) > 1
    return isinstance(node.op, Pairwise) and len({len(graph.type_of(name).shape) for name in node.inputs}) > 1


def _result(graph: Graph) -> Array:
    rng = np.random.default_rng(0)
    feeds = {name: rng.normal(size=(5, *type_.shape)).astype(np.float32) for name, type_ in graph.inputs.items()}
    return graph.evaluate(feeds)[graph.outputs[0]]


def _is_idle(graph: Graph, name: str) -> bool:
    node = graph.by_name.get(name)
    return node is not None and isinstance(node.op, Reshape) and graph.type_of(node.inputs[0]) == node.type


def _source(graph: Graph, name: str) -> str:
    while _is_idle(graph, name):
        name = graph.by_name[name].inputs[0]
    return name


def _of_constants(first: Constant, second: Constant) -> list[str]:
    found = []
    if not np.array_equal(first.values, second.values) or first.values.shape != second.values.shape:
        found.append(f"{first.values} != {second.values}")
    if (first.quantization is None) != (second.quantization is None):
        return [*found, f"quantization {first.quantization} != {second.quantization}"]
    if first.quantization is not None and second.quantization is not None:
        for part in ("codes", "scale", "zero_point"):
            a, b = (
                np.broadcast_to(getattr(q, part), first.values.shape) for q in (first.quantization, second.quantization)
            )
            if not np.array_equal(a, b):
                found.append(f"{part} {a} != {b}")
    return found
