"""An ONNX file as a protobuf: read, joined with its external data, local functions inlined."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnx.checker
import onnx.inliner
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper
from onnx.external_data_helper import load_external_data_for_model

from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import READERS


def load_model(path: Path) -> onnx.ModelProto:
    """The model in a file. FF101 if it is not one, FF102 if the file or its external data can't be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else (error.strerror or str(error)).lower()
        raise FlowError(
            "FF102", f"'{path}' can't be read", reason=reason, hint="give the path of an .onnx file"
        ) from None
    if not data:
        raise _not_a_model(path, "the file is empty")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise _not_a_model(path, "its bytes are not an ONNX protobuf, or it was cut off") from None
    if not model.HasField("graph"):
        raise _not_a_model(path, "it holds no graph")
    if not all(isinstance(name, str) for name in _names(model.graph)):
        raise _not_a_model(path, "it has names that are not UTF-8 text")
    _load_external_data(model, path)
    return _inline_functions(model, path)


def _names(graph: onnx.GraphProto) -> Iterator[object]:
    """Every name in a graph; protobuf gives bytes for what is not UTF-8."""
    for value in (*graph.input, *graph.output, *graph.initializer):
        yield value.name
    for node in graph.node:
        yield from (node.op_type, node.domain, node.name, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)


def _not_a_model(path: Path, reason: str) -> FlowError:
    return FlowError(
        "FF101",
        f"'{path}' is not an ONNX model",
        reason=reason,
        hint="export the model again, and check it with onnx.checker",
    )


def _load_external_data(model: onnx.ModelProto, path: Path) -> None:
    try:
        load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, RuntimeError, onnx.checker.ValidationError):
        outside = (tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL)
        entries = (entry for tensor in outside for entry in tensor.external_data if entry.key == "location")
        place = next((f"'{entry.value}'" for entry in entries), "a file of its own")
        raise FlowError(
            "FF102",
            f"the weights that the model keeps in {place} can't be read",
            node=Loc(path.name),
            reason="the data file is missing, too short, or not beside the model",
            hint="keep the .onnx file and its data file together in one folder",
        ) from None


def _inline_functions(model: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    """Nodes that call the file's own functions are replaced by the bodies, but for operators that have a reader."""
    known = [function for function in model.functions if (function.domain, function.name) in READERS]
    for function in known:
        model.functions.remove(function)
    if not model.functions:
        return model
    try:
        return onnx.inliner.inline_local_functions(model, convert_version=True)
    except (ValueError, RuntimeError, TypeError, DecodeError) as error:
        raise FlowError(
            "FF103",
            "the model's local functions can't be inlined",
            node=Loc(path.name),
            reason=(str(error).splitlines() or ["onnx.inliner failed"])[0],
            hint="inline them with onnx.inliner, or export without functions",
        ) from None


def initializers(graph: onnx.GraphProto, file: str) -> dict[str, Array]:
    """The constants that a graph holds, sparse ones made dense. FF103 if one is malformed."""
    found: dict[str, Array] = {}
    for tensor in graph.initializer:
        found[tensor.name] = to_array(tensor, Loc(file))
    for sparse in graph.sparse_initializer:
        found[sparse.values.name] = sparse_to_array(sparse, Loc(file))
    return found


def to_array(tensor: onnx.TensorProto, loc: Loc) -> Array:
    """A tensor's values. FF103 if its data do not fit its type and shape."""
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise _malformed(tensor, loc) from None


def sparse_to_array(sparse: onnx.SparseTensorProto, loc: Loc) -> Array:
    """A sparse tensor's values, zeros included. FF103 if indices do not fit."""
    values, indices = to_array(sparse.values, loc), to_array(sparse.indices, loc)
    try:
        dense = np.zeros(tuple(sparse.dims), dtype=values.dtype)
        if indices.ndim == 1:
            dense.reshape(-1)[indices] = values
        else:
            dense[tuple(indices.T)] = values
    except (ValueError, IndexError):
        raise _malformed(sparse.values, loc) from None
    return dense


def _malformed(tensor: onnx.TensorProto, loc: Loc) -> FlowError:
    return FlowError(
        "FF103",
        f"the constant '{tensor.name}' is malformed",
        node=loc,
        reason=f"its data do not fit its type and its shape {list(tensor.dims)}",
        hint="export the model again, and check it with onnx.checker",
    )
