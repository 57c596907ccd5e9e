"""The network's far end: which value leaves the accelerator, and what the host computes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Array, Constant, Graph, Node, TensorType
from fpgaflow.ops.base import Elementwise, HostOp, Layout, Quantizer
from fpgaflow.ops.host import Arrange, Dequantize
from fpgaflow.passes.lowering_values import Value
from fpgaflow.passes.model_parts import part_of


def tail_names(model: Graph) -> set[str]:
    """Names of the nodes behind the last layer and the last quantizer."""
    tail: set[str] = set()
    for node in reversed(model.nodes):
        followers = model.consumers.get(node.name, ())
        hardware = not isinstance(node.op, Elementwise | Layout | HostOp) or isinstance(node.op, Quantizer)
        if not hardware and all(follower.name in tail for follower in followers):
            tail.add(node.name)
    return tail


def leaving(model: Graph, tail: set[str]) -> str:
    """The model's value that leaves the accelerator. Raises FF205 if there are several."""
    nodes = [node for node in model.nodes if node.name in tail]
    found = [i for node in nodes for i in node.inputs if i not in tail and i not in model.constants]
    found += [name for name in model.outputs if name not in tail]
    (left, *more) = dict.fromkeys(found)
    if more:
        raise FlowError(
            "FF205",
            f"{1 + len(more)} values leave the network: {', '.join([left, *more])}",
            reason="the accelerator has one AXI4-Stream output",
            hint="build one model an output, or cut the model behind the last common layer",
        )
    return left


def send(model: Graph, tail: set[str], left: str, value: Value) -> Graph:
    """The tail: the stream of ``value``, the model's ``left``, back in the model's order, as real numbers, and behind."""
    nodes, constants = _start(model, left, value)
    inputs = {f"{value.source}_integers": replace(value.integer, shape=value.shape)}
    if len(nodes) > 1:
        inputs = {f"{value.source}_stream": value.integer}
    behind = tuple(node for node in model.nodes if node.name in tail)
    return part_of(model, inputs, (*nodes, *behind), model.outputs, "tail", constants)


def _start(model: Graph, left: str, value: Value) -> tuple[tuple[Node, ...], dict[str, Constant]]:
    """The stream back in the model's order, if it has another one, and as real numbers."""
    source, where = value.source, Loc(model.name)
    index = value.positions.ravel()
    constants = {
        f"{source}_{name}": Constant(_frame_constant(part[index % value.period], value.shape))
        for name, part in (("scale", value.scale), ("offset", value.offset))
    }
    integers = f"{source}_integers"
    real = Node(left, Dequantize(), (integers, *constants), TensorType(value.shape), where)
    if np.array_equal(index, np.arange(value.integer.elements)):
        return (real,), constants
    constants[f"{source}_order"] = Constant(index)
    arrange = Node(
        integers,
        Arrange(value.shape),
        (f"{source}_stream", f"{source}_order"),
        replace(value.integer, shape=value.shape),
        where,
    )
    return (arrange, real), constants


def _frame_constant(fractions: Array, shape: tuple[int, ...]) -> Array:
    """(elements,) fractions as float64 in the frame's shape; one number if all are equal."""
    numbers = np.array([float(f) for f in fractions])
    return numbers[:1].reshape(()) if np.all(numbers == numbers[0]) else numbers.reshape(shape)
