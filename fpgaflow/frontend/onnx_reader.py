"""ONNX file -> model-stage graph."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import onnx.defs
from onnx import helper

from fpgaflow import ops as _ops  # noqa: F401  registers the operators' readers
from fpgaflow.errors import FlowError, Loc
from fpgaflow.frontend.folding import fold
from fpgaflow.frontend.graph_builder import GraphBuilder, shape_error
from fpgaflow.frontend.inputs import add_input
from fpgaflow.frontend.model_file import initializers, load_model, to_array
from fpgaflow.ir.graph import Constant, Graph
from fpgaflow.ops.base import ONNX_DOMAINS, READERS, OnnxNode, ShapeError

MAX_OPSET = 1 << 30


def read_model(path: Path) -> Graph:
    """The network in an ONNX file as a model-stage graph, named after the file.

    The first axis of every network input is the batch and is in no shape; an input of one axis is a whole frame. Nodes
    that compute with constants alone become constants; what no output needs is left out. Raises FF101, FF102 (file), FF103
    (inconsistent), FF201 (operator), FF202 (attribute), FF203, FF204 (shapes), FF205 (structure), FF306 (quantizer).
    """
    path = Path(path)
    model = load_model(path)
    graph = model.graph
    opsets = _opsets(model, path.name)
    constants = initializers(graph, path.name)
    file_names = {name for node in graph.node for name in node.output} | {value.name for value in graph.input}
    builder = GraphBuilder(path.name, file_names | set(constants))
    builder.constants.update({name: Constant(values) for name, values in constants.items()})
    outputs = tuple(value.name for value in graph.output)
    order = _needed_nodes(graph, constants, outputs, path.name)
    read = {name for node in order for name in node.input} | set(outputs)
    for value in graph.input:
        if value.name in read and value.name not in constants:
            add_input(builder, value, path.name)
    for node in order:
        _read_node(builder, node, opsets, path.name)
    for output in outputs:
        _check_computed(builder, output, Loc(path.name))
    return builder.finish(path.stem, outputs)


def _domain(domain: str) -> str:
    return "" if domain in ONNX_DOMAINS else domain


def _opsets(model: onnx.ModelProto, file: str) -> dict[str, int]:
    """Version of each domain's operator set; 1 where the file names none."""
    opsets = {"": 1} | {_domain(opset.domain): opset.version for opset in model.opset_import}
    for domain, version in opsets.items():
        if not 1 <= version <= MAX_OPSET:
            what = f"the file is written for version {version} of the operator set '{domain}'"
            raise _inconsistent(what, Loc(file), "there is no such version")
    return opsets


def _loc(node: onnx.NodeProto, file: str) -> Loc:
    return Loc(file, node.name or next((name for name in node.output if name), ""), node.op_type)


def _inconsistent(what: str, loc: Loc, reason: str) -> FlowError:
    hint = "export the model again, and check it with onnx.checker"
    return FlowError("FF103", what, node=loc, reason=reason, hint=hint)


def _needed_nodes(
    graph: onnx.GraphProto, constants: Mapping[str, Any], outputs: tuple[str, ...], file: str
) -> list[onnx.NodeProto]:
    """The nodes that the outputs need, in topological order whatever the file's order. FF103 if there is none."""
    if not outputs:
        raise _inconsistent("the graph has no output", Loc(file), "there is nothing to compute")
    sources = {value.name for value in graph.input} | set(constants)
    producers: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for name in filter(None, node.output):
            if name in producers or name in sources:
                raise _inconsistent(
                    f"'{name}' is computed twice", _loc(node, file), "every value needs a name of its own"
                )
            producers[name] = index
    order: list[onnx.NodeProto] = []
    begun: set[int] = set()
    done: set[int] = set()
    pending: list[tuple[str, int | None]] = [(name, None) for name in reversed(outputs)]
    while pending:
        name, leaving = pending.pop()
        if leaving is not None:
            done.add(leaving)
            order.append(graph.node[leaving])
            continue
        if name in sources or not name or producers.get(name) in done:
            continue
        if name not in producers:
            reader = next((node for node in graph.node if name in node.input), None)
            loc = _loc(reader, file) if reader else Loc(file)
            raise _inconsistent(
                f"nothing produces '{name}'", loc, "it is no input, no initializer and no node's output"
            )
        index = producers[name]
        if index in begun:
            raise _inconsistent("values form a cycle", _loc(graph.node[index], file), f"'{name}' depends on itself")
        begun.add(index)
        pending.append((name, index))
        pending += [(needed, None) for needed in reversed(graph.node[index].input)]
    return order


def _read_node(builder: GraphBuilder, proto: onnx.NodeProto, opsets: Mapping[str, int], file: str) -> None:
    domain, loc = _domain(proto.domain), _loc(proto, file)
    builder.current = frozenset(proto.output)
    reader = READERS.get((domain, proto.op_type))
    if reader is None and not (domain == "" and onnx.defs.has(proto.op_type, MAX_OPSET)):
        raise _unsupported(proto, loc)
    _check_arity(proto, opsets, loc)
    for name in filter(None, proto.input):
        _check_computed(builder, name, loc)
    # Quantizers of constants are read as operators, so that their integers stay known.
    quantizer = domain != "" or proto.op_type == "DequantizeLinear"
    subgraph = any(attribute.HasField("g") or attribute.graphs for attribute in proto.attribute)
    if not quantizer and not subgraph and all(builder.is_constant(name) for name in filter(None, proto.input)):
        constants = {name: builder.constants[builder.resolve(name)] for name in filter(None, proto.input)}
        builder.constants.update(fold(proto, opsets, constants, loc))
        return
    if reader is None or subgraph:
        raise _unsupported(proto, loc)
    inputs, outputs = tuple(proto.input), tuple(proto.output)
    attributes = {attribute.name: _attribute(attribute, loc) for attribute in proto.attribute}
    node = OnnxNode(proto.op_type, domain, inputs, outputs, attributes, opsets.get(domain, 1), loc)
    try:
        reader(node, builder)
    except ShapeError as error:
        raise shape_error(str(error), loc) from None


def _check_computed(builder: GraphBuilder, name: str, loc: Loc) -> None:
    """FF202 if ``name`` is an output of a node of which fpgaflow computes only the others."""
    value = builder.resolve(name)
    if value not in builder.constants and value not in builder.nodes and value not in builder.inputs:
        raise FlowError(
            "FF202",
            f"'{name}' is an extra output that is not supported",
            node=loc,
            reason="only the main output of the operator that produces it is computed",
            hint="remove what reads it; masks and training statistics have no meaning in hardware",
        )


def _check_arity(proto: onnx.NodeProto, opsets: Mapping[str, int], loc: Loc) -> None:
    """FF103 if the operator's definition demands other inputs or outputs, or there is no definition."""
    inputs, most, outputs = 1, len(proto.input), 1
    if _domain(proto.domain) == "":
        if not onnx.defs.has(proto.op_type, opsets[""]):
            what = f"{proto.op_type} is not part of version {opsets['']} of ONNX's operator set"
            raise _inconsistent(what, loc, "the file says that it is written for this version")
        schema = onnx.defs.get_schema(proto.op_type, opsets[""])
        inputs, most, outputs = schema.min_input, schema.max_input, schema.min_output
    if not inputs <= len(proto.input) <= most or not all(proto.input[:inputs]) or len(proto.output) < outputs:
        what = f"{proto.op_type} has {len(proto.input)} inputs and {len(proto.output)} outputs"
        limit = f"{inputs} to {most}" if most < MAX_OPSET else f"at least {inputs}"
        raise _inconsistent(what, loc, f"it has {limit} inputs and at least {outputs} outputs")


def _unsupported(proto: onnx.NodeProto, loc: Loc) -> FlowError:
    where = f" of domain '{proto.domain}'" if _domain(proto.domain) else ""
    domains = sorted({f"'{domain}'" for domain, op_type in READERS if op_type == proto.op_type})
    close = difflib.get_close_matches(proto.op_type, sorted({op_type for _, op_type in READERS}), cutoff=0.5)
    if any(attribute.HasField("g") or attribute.graphs for attribute in proto.attribute):
        reason = "it holds graphs of its own (control flow)"
    elif domains:
        reason = f"{proto.op_type} is known in the domains {', '.join(domains)}"
    else:
        reason = f"there is no hardware for it{'; similar names are ' if close else ''}{', '.join(close)}"
    return FlowError(
        "FF201",
        f"operator {proto.op_type}{where} is not supported",
        node=loc,
        reason=reason,
        hint="`fpgaflow ops` lists what is supported; cut the model before this node and compute the rest on the host",
    )


def _attribute(attribute: onnx.AttributeProto, loc: Loc) -> Any:
    """An attribute as plain Python data: text is str, tensors are arrays."""
    try:
        value = helper.get_attribute_value(attribute)
    except ValueError:
        raise _inconsistent(
            f"attribute '{attribute.name}' has no type", loc, "the file was written by a broken exporter"
        ) from None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, onnx.TensorProto):
        return to_array(value, loc)
    return list(value) if isinstance(value, list | tuple) or hasattr(value, "__len__") else value
