"""Saves and loads values made of fpgaflow's dataclasses: ``<name>.json`` for structure, ``<name>.npz`` for arrays."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

import fpgaflow
from fpgaflow.errors import FlowError


def save(value: object, folder: Path, name: str) -> None:
    """Write a dataclass (of dataclasses, enums, numbers, text, tuples, mappings by text, arrays, Fractions)."""
    arrays: list[np.ndarray] = []
    content = _encode(value, arrays)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
    np.savez_compressed(folder / f"{name}.npz", **{f"a{i}": array for i, array in enumerate(arrays)})  # type: ignore[arg-type]


def load(folder: Path, name: str) -> Any:
    """Read what ``save`` wrote. Raises FF504 for files that another version wrote, or that are damaged."""
    try:
        content = json.loads((folder / f"{name}.json").read_text())
        with np.load(folder / f"{name}.npz") as stored:
            return _decode(content, {key: stored[key] for key in stored.files})
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise FlowError(
            "FF504",
            f"'{folder / name}.json' can't be read",
            reason=f"this version of fpgaflow doesn't write such a file ({type(error).__name__}: {error})",
            hint="build the model again with this version",
        ) from error


def _encode(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": f"a{len(arrays) - 1}"}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Enum):
        return {"enum": _name(value), "value": value.value}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if is_dataclass(value):
        return {
            "class": _name(value),
            "fields": {f.name: _encode(getattr(value, f.name), arrays) for f in fields(value) if f.init},
        }
    if isinstance(value, tuple):
        return [_encode(item, arrays) for item in value]
    if isinstance(value, Mapping):
        return {"mapping": {key: _encode(item, arrays) for key, item in value.items()}}
    assert value is None or isinstance(value, bool | int | float | str), type(value)
    return value


def _decode(content: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(content, list):
        return tuple(_decode(item, arrays) for item in content)
    if not isinstance(content, dict):
        return content
    if "array" in content:
        return arrays[content["array"]]
    if "enum" in content:
        return _classes()[content["enum"]](content["value"])
    if "fraction" in content:
        return Fraction(content["fraction"])
    if "mapping" in content:
        return {key: _decode(item, arrays) for key, item in content["mapping"].items()}
    cls = _classes()[content["class"]]
    return cls(**{key: _decode(item, arrays) for key, item in content["fields"].items()})


def _name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


@cache
def _classes() -> dict[str, Any]:
    """Every dataclass and enum of fpgaflow's own packages that a saved value may hold, by full name."""
    found: dict[str, Any] = {}
    for package in ("ops", "units", "ir"):
        parent = importlib.import_module(f"{fpgaflow.__name__}.{package}")
        modules = [
            importlib.import_module(f"{parent.__name__}.{m.name}") for m in pkgutil.iter_modules(parent.__path__)
        ]
        modules += [importlib.import_module("fpgaflow.fixed"), importlib.import_module("fpgaflow.errors")]
        for module in modules:
            for item in vars(module).values():
                if isinstance(item, type) and (is_dataclass(item) or issubclass(item, Enum)):
                    found[f"{item.__module__}.{item.__qualname__}"] = item
    return found
