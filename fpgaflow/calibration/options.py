"""What a user wants of quantization: bits and scales, for the network and for single layers."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from fpgaflow.calibration.scales import Method, Scales
from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Graph

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEAST_BITS, MOST_BITS = 2, 16


@dataclass(frozen=True)
class LayerOptions:
    """What differs for one layer: bits of its weights, bits of the value that leaves it, its weights' scales."""

    weights: int | None = None
    activations: int | None = None
    scales: Scales | None = None
    per_channel: bool | None = None


@dataclass(frozen=True)
class QuantizeOptions:
    """Bits and scales. ``per_channel`` gives every output of a layer a scale for its weights; None: unless they are powers of
    two. ``layers`` are exceptions, by the names of ONNX nodes or of values.
    """

    weights: int = 8
    activations: int = 8
    scales: Scales = Scales.PO2
    method: Method = Method.MSE
    per_channel: bool | None = None
    layers: Mapping[str, LayerOptions] = field(default_factory=dict)

    def by_channel(self, layer: LayerOptions) -> bool:
        chosen = self.per_channel if layer.per_channel is None else layer.per_channel
        return (layer.scales or self.scales) is Scales.FLOAT if chosen is None else chosen


def merged(first: Mapping[str, LayerOptions], second: Mapping[str, LayerOptions]) -> dict[str, LayerOptions]:
    """Exceptions of both; where both say something, the second's."""
    found = dict(first)
    for name, entry in second.items():
        said = {part: value for part, value in vars(entry).items() if value is not None}
        found[name] = replace(found.get(name, LayerOptions()), **said)
    return found


def with_layers(options: QuantizeOptions, layers: Mapping[str, LayerOptions]) -> QuantizeOptions:
    """Options with further exceptions, which go before those that are there."""
    return replace(options, layers=merged(options.layers, layers))


def read_options(path: Path | None, given: Mapping[str, Any]) -> QuantizeOptions:
    """The options of a TOML file, with those that are ``given`` (None: not) in their place. Raises FF503, FF508."""
    table = _load(path) if path is not None else {}
    where = str(path) if path is not None else ""
    layers = _table(table.pop("layers", {}), where, "a table [layers.NAME] a layer")
    wanted = {**_checked(table, QuantizeOptions, where), **_checked(_given(given), QuantizeOptions, "")}
    exceptions = {name: LayerOptions(**_checked(entry, LayerOptions, where)) for name, entry in layers.items()}
    return replace(QuantizeOptions(**wanted), layers=exceptions)


def check_names(options: QuantizeOptions, graph: Graph, file: str) -> None:
    """FF508 if an exception is for a layer that the network does not have."""
    known = {name for node in graph.nodes for name in (node.name, node.loc.node)} | set(graph.inputs)
    for name in options.layers:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)[:3]
            raise FlowError(
                "FF508",
                f"the network has no layer '{name}'",
                node=Loc(file),
                reason="names are those of the model's nodes or values",
                hint=f"similar names are {', '.join(near)}",
            )


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = tomllib.loads(path.read_text())
        return loaded
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise FlowError(
            "FF508", f"'{path}' can't be read", reason=reason, hint="give the path of a TOML file"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise FlowError(
            "FF508", f"'{path}' is not TOML", reason=str(problem), hint="docs/quantize.md shows an example"
        ) from None


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _checked(table: object, kind: type, where: str) -> dict[str, Any]:
    """Options of a table with their types and ranges checked. Raises FF508 if they stand in a file, else FF503."""
    known = [entry.name for entry in fields(kind) if entry.name != "layers"]
    found: dict[str, Any] = {}
    for name, value in _table(table, where, f"options are {', '.join(known)}").items():
        if name not in known:
            raise _wrong(where, f"there is no option '{name}'", f"options are {', '.join(known)}")
        found[name] = _option(where, name, value)
    return found


def _table(found: object, where: str, expected: str) -> dict[str, Any]:
    if isinstance(found, dict):
        return found
    raise _wrong(where, f"{found!r} is no table of options", expected)


def _option(where: str, name: str, value: Any) -> Any:
    if name in ("weights", "activations"):
        if type(value) is int and LEAST_BITS <= value <= MOST_BITS:
            return value
        reason = f"bits are {LEAST_BITS} to {MOST_BITS}: hardware computes with integers, and one bit needs training"
        raise _wrong(where, f"{name} = {value!r} is not possible", reason)
    if name == "per_channel":
        if isinstance(value, bool):
            return value
        raise _wrong(where, f"per_channel = {value!r} is not possible", "it is true or false")
    kind = {"scales": Scales, "method": Method}[name]
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(str(member.value) for member in kind)
        raise _wrong(where, f"{name} = {value!r} is not possible", f"it is one of {choices}") from None


def _wrong(where: str, what: str, reason: str) -> FlowError:
    hint = "docs/quantize.md lists the options"
    if where:
        return FlowError("FF508", what, node=Loc(where), reason=reason, hint=hint)
    return FlowError("FF503", what, reason=reason, hint=hint)
