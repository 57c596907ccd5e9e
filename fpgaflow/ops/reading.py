"""What the readers of ONNX nodes share: attributes with their types checked, and which operand is data."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Array
from fpgaflow.ops.base import ModelBuilder, OnnxNode

QONNX = "qonnx.custom_op.general"
QONNX_CHANNELS_LAST = "qonnx.custom_op.channels_last"
QONNX_DOMAINS = (QONNX, "onnx.brevitas", "finn.custom_op.general", "brevitas")

T = TypeVar("T", int, float, str)


def unsupported(node: OnnxNode, what: str, *, reason: str, hint: str) -> FlowError:
    """FF202 at this node."""
    return FlowError("FF202", what, node=node.loc, reason=reason, hint=hint)


def integer(node: OnnxNode, name: str, default: int | None = None) -> int:
    """An integer attribute; FF202 if it is missing and has no default, or is of another type."""
    return _attribute(node, name, default, int)


def number(node: OnnxNode, name: str, default: float | None = None) -> float:
    """A float attribute, a float32 number as its default is too."""
    return float(np.float32(_attribute(node, name, default, float)))


def text(node: OnnxNode, name: str, default: str | None = None) -> str:
    """A string attribute."""
    return _attribute(node, name, default, str)


def integers(node: OnnxNode, name: str) -> tuple[int, ...] | None:
    """A list of integers; None if the attribute is missing."""
    found = node.attributes.get(name)
    if found is not None and not (isinstance(found, list | tuple) and all(isinstance(n, int) for n in found)):
        raise _mistyped(node, name, found, "a list of integers")
    return None if found is None else tuple(found)


def numbers(node: OnnxNode, name: str) -> tuple[float, ...]:
    """A list of floats; empty if the attribute is missing."""
    found = node.attributes.get(name, ())
    if not (isinstance(found, list | tuple) and all(isinstance(n, float) for n in found)):
        raise _mistyped(node, name, found, "a list of floats")
    return tuple(found)


def _attribute(node: OnnxNode, name: str, default: T | None, kind: type[T]) -> T:
    found = node.attributes.get(name, default)
    if found is None:
        raise unsupported(
            node,
            f"{node.loc.op_type} has no attribute '{name}'",
            reason="without it the operator's function is not defined",
            hint="export the model again with a current exporter",
        )
    if not isinstance(found, kind):
        raise _mistyped(node, name, found, {int: "an integer", float: "a float", str: "a string"}[kind])
    return found


def _mistyped(node: OnnxNode, name: str, found: object, expected: str) -> FlowError:
    return unsupported(
        node,
        f"attribute '{name}' of {node.loc.op_type} is {found!r}",
        reason=f"it must be {expected}",
        hint="export the model again, and check it with onnx.checker",
    )


def integer_inputs(node: OnnxNode, builder: ModelBuilder, index: int) -> tuple[int, ...]:
    """A constant input of integers (axes, a shape, a count) as a flat tuple."""
    values = builder.constant(node, index)
    if not np.issubdtype(values.dtype, np.integer):
        raise unsupported(
            node,
            f"input '{node.inputs[index]}' of {node.loc.op_type} has type {values.dtype}",
            reason="it must be integers",
            hint="export the model again, and check it with onnx.checker",
        )
    return tuple(int(value) for value in values.ravel())


def has_input(node: OnnxNode, index: int) -> bool:
    """True if the optional input ``index`` is there."""
    return len(node.inputs) > index and node.inputs[index] != ""


def finite(node: OnnxNode, name: str, values: Array) -> Array:
    """The values; FF202 if one is infinite or no number."""
    if not np.all(np.isfinite(np.asarray(values, dtype=np.float64))):
        raise unsupported(
            node,
            f"constant '{name}' holds an infinite value or NaN",
            reason=f"{node.loc.op_type} with it gives no number",
            hint="look for a training run that diverged, or a variance of zero",
        )
    return values


def data_operand(node: OnnxNode, builder: ModelBuilder) -> int:
    """Index (0 or 1) of the operand that is data; FF205 if both are."""
    data = [index for index in (0, 1) if not builder.is_constant(node.inputs[index])]
    if len(data) == 2:
        first, second = node.inputs[:2]
        raise FlowError(
            "FF205",
            f"{node.loc.op_type} of two values that are both computed from the input: '{first}' and '{second}'",
            node=node.loc,
            reason="there is no hardware stage yet that joins two streams",
            hint="one operand must be a constant; residual connections and attention are not supported",
        )
    return data[0] if data else 0
