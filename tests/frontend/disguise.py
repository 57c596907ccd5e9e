"""The same network written in other ways."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Disguise = Callable[[onnx.ModelProto], None]


def constants_as_nodes(model: onnx.ModelProto) -> None:
    """Initializers become Constant nodes."""
    nodes = [helper.make_node("Constant", [], [t.name], value=t) for t in model.graph.initializer]
    nodes += model.graph.node
    del model.graph.initializer[:]
    _replace_nodes(model, nodes)


def constants_as_plain_values(model: onnx.ModelProto) -> None:
    """Constants of one element become Constant nodes with value_float, value_int or lists of them (operator set 12)."""
    if next(opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")) < 12:
        return
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.size != 1 or array.ndim > 1 or array.dtype not in (np.float32, np.int64):
            kept.append(tensor)
            continue
        kind = "value_float" if array.dtype == np.float32 else "value_int"
        values = {kind: array.item()} if array.ndim == 0 else {f"{kind}s": array.tolist()}
        nodes.append(helper.make_node("Constant", [], [tensor.name], **values))
    nodes += model.graph.node
    _replace_nodes(model, nodes)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def constants_as_inputs(model: onnx.ModelProto) -> None:
    """Initializers are listed among the graph's inputs, before the real one."""
    infos = [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in model.graph.initializer]
    infos += model.graph.input
    del model.graph.input[:]
    model.graph.input.extend(infos)


def opsets_reversed(model: onnx.ModelProto) -> None:
    imports = list(reversed(model.opset_import))
    del model.opset_import[:]
    model.opset_import.extend(imports)


def nodes_reversed(model: onnx.ModelProto) -> None:
    """Against the ONNX rule, nodes are not in topological order."""
    _replace_nodes(model, list(reversed(model.graph.node)))


def nodes_without_names(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.ClearField("name")


def with_leftovers(model: onnx.ModelProto) -> None:
    """Constants, nodes and an input that no output needs, even unsupported ones."""
    model.graph.initializer.append(numpy_helper.from_array(np.ones(3, np.float32), "leftover"))
    model.graph.node.append(helper.make_node("Conv", ["unused", "leftover"], ["leftover_result"]))
    model.graph.input.append(helper.make_tensor_value_info("unused", TensorProto.FLOAT, ("N", "M")))


def with_identities(model: onnx.ModelProto) -> None:
    """The input, a constant and the output pass an Identity."""
    graph = model.graph
    first, last = graph.input[-1].name, graph.output[0].name
    names = {first, *(tensor.name for tensor in graph.initializer[:1])}
    for node in graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = f"{name}_copy" if name in names else name
        for index, name in enumerate(node.input):
            node.input[index] = f"{name}_inside" if name == last else name
        for index, name in enumerate(node.output):
            node.output[index] = f"{name}_inside" if name == last else name
    copies = [helper.make_node("Identity", [name], [f"{name}_copy"]) for name in sorted(names)]
    _replace_nodes(model, [*copies, *graph.node, helper.make_node("Identity", [f"{last}_inside"], [last])])


def nodes_in_a_function(model: onnx.ModelProto) -> None:
    """Every node of ONNX's own domain with one output becomes the call of a local function around it."""
    versions = {opset.domain: opset for opset in model.opset_import}
    for index, node in enumerate(model.graph.node):
        if node.domain or node.op_type == "Constant":
            continue
        inside = onnx.NodeProto()
        inside.CopyFrom(node)
        inputs = [f"i{k}" for k in range(len(node.input))]
        del inside.input[:], inside.output[:]
        inside.input.extend(inputs)
        inside.output.append("o")
        name = f"function_{index}"
        body = helper.make_function("pkg.local", name, inputs, ["o"], [inside], [versions[""]])
        model.functions.append(body)
        call = helper.make_node(name, node.input, node.output, domain="pkg.local", name=node.name)
        node.CopyFrom(call)
    model.opset_import.append(helper.make_opsetid("pkg.local", 1))


def domain_spelt_out(model: onnx.ModelProto) -> None:
    """ONNX's own domain has a second name."""
    for node in model.graph.node:
        node.domain = node.domain or "ai.onnx"
    for opset in model.opset_import:
        opset.domain = opset.domain or "ai.onnx"


def _replace_nodes(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> None:
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)


DISGUISES: tuple[Disguise, ...] = (
    constants_as_nodes,
    constants_as_plain_values,
    constants_as_inputs,
    opsets_reversed,
    nodes_reversed,
    nodes_without_names,
    with_leftovers,
    with_identities,
    nodes_in_a_function,
    domain_spelt_out,
)
