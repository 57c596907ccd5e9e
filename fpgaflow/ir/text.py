"""A graph as text, and back: what a build folder keeps, and what tests compare.

    integer graph jets
    input x: s16.10[16]
    constant w = (32, 16) int64
    MatMul_0 = Dense(weight_format=s6.0, accumulator=s20.0)(x, w): s20.0[32]  # model.onnx: node 'MatMul_0' (MatMul)
    output MatMul_0

Names are quoted when they are not plain. Constants lie in an .npz file beside the text, under their names.
"""

from __future__ import annotations

import json
from dataclasses import fields
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fpgaflow.errors import Loc
from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.ir.graph import Constant, Graph, GraphStage, Node, TensorType
from fpgaflow.ops.base import Op


def show(graph: Graph) -> str:
    """The graph as text for people."""
    lines = [f"{graph.stage.value} graph {graph.name}"]
    lines += [f"input {name}: {type_}" for name, type_ in graph.inputs.items()]
    lines += [f"constant {name} = {c.values.shape} {c.values.dtype}" for name, c in graph.constants.items()]
    for node in graph.nodes:
        lines.append(f"{node.name} = {_show_value(node.op)}({', '.join(node.inputs)}): {node.type}  # {node.loc}")
    lines += [f"output {name}" for name in graph.outputs]
    return "\n".join(lines) + "\n"


def _show_value(value: object) -> str:
    if isinstance(value, FixedFormat | BipolarFormat):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Op):
        inside = ", ".join(f"{f.name}={_show_value(getattr(value, f.name))}" for f in fields(value))  # type: ignore[arg-type]
        return f"{type(value).__name__}({inside})"
    return repr(value)


def save(graph: Graph, folder: Path, name: str) -> None:
    """Write ``<name>.txt`` for people, ``<name>.json`` and ``<name>.npz`` for ``load``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(show(graph))
    nodes = [
        {
            "name": node.name,
            "op": _to_json(node.op),
            "inputs": node.inputs,
            "type": _type_to_json(node.type),
            "loc": [node.loc.file, node.loc.node, node.loc.op_type],
        }
        for node in graph.nodes
    ]
    content = {
        "name": graph.name,
        "stage": graph.stage.value,
        "inputs": {key: _type_to_json(type_) for key, type_ in graph.inputs.items()},
        "constants": list(graph.constants),
        "nodes": nodes,
        "outputs": graph.outputs,
    }
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
    arrays = {f"c{i}": constant.values for i, constant in enumerate(graph.constants.values())}
    np.savez_compressed(folder / f"{name}.npz", **arrays)  # type: ignore[arg-type]


def load(folder: Path, name: str) -> Graph:
    """Read what ``save`` wrote. Quantization of constants is not kept: it belongs to the model before lowering."""
    content = json.loads((folder / f"{name}.json").read_text())
    with np.load(folder / f"{name}.npz") as arrays:
        constants = {key: Constant(arrays[f"c{i}"]) for i, key in enumerate(content["constants"])}
    nodes = tuple(
        Node(
            entry["name"],
            _from_json(entry["op"]),
            tuple(entry["inputs"]),
            _type_from_json(entry["type"]),
            Loc(*entry["loc"]),
        )
        for entry in content["nodes"]
    )
    inputs = {key: _type_from_json(type_) for key, type_ in content["inputs"].items()}
    return Graph(GraphStage(content["stage"]), inputs, constants, nodes, tuple(content["outputs"]), content["name"])


def _type_to_json(type_: TensorType) -> dict[str, Any]:
    return {"shape": type_.shape, "format": _to_json(type_.format)}


def _type_from_json(entry: dict[str, Any]) -> TensorType:
    return TensorType(tuple(entry["shape"]), _from_json(entry["format"]))


def _to_json(value: Any) -> Any:
    """Attributes of operators: numbers, text, tuples, enums, formats, operators."""
    if isinstance(value, Enum):
        return {"class": type(value).__name__, "value": value.value}
    if isinstance(value, Fraction):
        return {"class": "Fraction", "value": str(value)}
    if isinstance(value, Op | FixedFormat | BipolarFormat):
        attributes = {f.name: _to_json(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]
        return {"class": type(value).__name__, "attributes": attributes}
    if isinstance(value, tuple):
        return {"class": "tuple", "value": [_to_json(item) for item in value]}
    return value


def _from_json(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    name = entry["class"]
    if name == "tuple":
        return tuple(_from_json(item) for item in entry["value"])
    if name == "Fraction":
        return Fraction(entry["value"])
    cls = _classes()[name]
    if "value" in entry:
        return cls(entry["value"])
    return cls(**{key: _from_json(item) for key, item in entry["attributes"].items()})


def _classes() -> dict[str, Any]:
    """Every operator, format and enum that an attribute may hold, by name."""
    import fpgaflow.ops  # noqa: F401, PLC0415 - registers every operator

    found: dict[str, Any] = {"FixedFormat": FixedFormat, "BipolarFormat": BipolarFormat}
    pending: list[type] = [Op, Enum]
    while pending:
        for cls in pending.pop().__subclasses__():
            pending.append(cls)
            if cls.__module__.startswith("fpgaflow."):
                found[cls.__name__] = cls
    return found
