"""What fpgaflow supports: the ONNX operators that it reads and the hardware units that it builds."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from types import ModuleType

import fpgaflow.ops
from fpgaflow import units
from fpgaflow.ops.base import ONNX_DOMAINS, READERS, HostOp, ModelOp, Reader
from fpgaflow.ops.channels_last import CHANNELS_LAST


@dataclass(frozen=True)
class Operator:
    """An ONNX operator: what it computes, in which forms it is supported, whether the host computes it.

    ``domain`` is ``ONNX`` for the standard's own operators, ``QONNX`` for those of ``qonnx.custom_op.general``,
    ``QONNX channels-last`` for those of ``qonnx.custom_op.channels_last``.
    """

    name: str
    domain: str
    computes: str
    supported: str
    on_host: bool


@dataclass(frozen=True)
class HardwareUnit:
    """A streaming module of the accelerator, by the ``kind`` that reports call it."""

    kind: str
    computes: str


def operators() -> tuple[Operator, ...]:
    """Every ONNX operator that can be read, by name."""
    importlib.import_module(fpgaflow.ops.__name__)
    # An operator has several spellings of its domain, but one reader.
    readers = {(name, _family(domain)): reader for (domain, name), reader in READERS.items()}
    return tuple(_operator(*key, readers[key]) for key in sorted(readers))


def hardware_units() -> tuple[HardwareUnit, ...]:
    """Every unit that a stage can be, by kind."""
    modules = [
        importlib.import_module(f"{units.__name__}.{found.name}") for found in pkgutil.iter_modules(units.__path__)
    ]
    return tuple(sorted((unit for module in modules for unit in _units(module)), key=lambda unit: unit.kind))


def _family(domain: str) -> str:
    if domain in ONNX_DOMAINS:
        return "ONNX"
    return "QONNX channels-last" if domain in CHANNELS_LAST else "QONNX"


def _operator(name: str, family: str, reader: Reader) -> Operator:
    module = inspect.getmodule(reader)
    # A reader without operators of its own makes the ONNX operator of its name.
    onnx_module = inspect.getmodule(READERS.get(("", name), reader))
    assert module is not None and onnx_module is not None
    classes = [kind for kind in _classes(module) or _classes(onnx_module) if issubclass(kind, ModelOp)]
    return Operator(
        name=name,
        domain=family,
        computes=_first_line(module),
        supported=_first_line(reader),
        on_host=any(issubclass(kind, HostOp) for kind in classes),
    )


def _classes(module: ModuleType) -> list[type]:
    """The classes that a module defines."""
    return [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]


def _units(module: ModuleType) -> list[HardwareUnit]:
    classes = _classes(module)
    kinds = {name: kind for kind in classes if isinstance(name := getattr(kind, "kind", None), str)}
    # A module with one unit tells about it; one with several leaves that to each of them.
    return [HardwareUnit(name, _first_line(module if len(kinds) == 1 else kind)) for name, kind in kinds.items()]


def _first_line(documented: object) -> str:
    text = inspect.getdoc(documented) or ""
    return text.partition("\n\n")[0].replace("\n", " ").replace("``", "")
