"""The network's near end: what the host computes, what the accelerator receives, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fpgaflow.errors import FlowError, Loc
from fpgaflow.fixed import BipolarFormat, Format, InputFormat, IntArray, format_for_range
from fpgaflow.ir.graph import Array, Constant, Graph, Node, TensorType
from fpgaflow.ops.base import Elementwise, Layout, Quantizer, Spatial
from fpgaflow.ops.host import Arrange, Codes, EncodeInput
from fpgaflow.passes.arrangement import channels_last, feature_map, in_stream, order_between, row_major
from fpgaflow.passes.lowering_values import Value
from fpgaflow.passes.model_parts import part_of
from fpgaflow.passes.weight_product import exact_fractions


@dataclass(frozen=True, eq=False)
class Received:
    """The head, the name of the model's value that the accelerator receives, and that value."""

    head: Graph
    start: str
    value: Value


def receive(model: Graph, input_formats: Mapping[str, InputFormat]) -> Received:
    """The head of a model with one input. Raises FF303 where the input's format is not known."""
    ((name, type_),) = model.inputs.items()
    if name in input_formats:
        given = input_formats[name]
        op = EncodeInput(given.format, given.scale.numerator, given.scale.denominator)
        node = Node(f"{name}_integers", op, (name,), TensorType(type_.shape, given.format), Loc(model.name))
        scale, offset = exact_fractions(np.array(given.scale)), exact_fractions(np.zeros(()))
        return _received(model, (node,), name, scale, offset)
    path: list[Node] = []
    current = name
    while True:
        followers = model.consumers.get(current, ())
        op_ok = len(followers) == 1 and isinstance(followers[0].op, Elementwise | Layout)
        if not op_ok:
            raise FlowError(
                "FF303",
                f"the format of input '{name}' is not known",
                node=followers[0].loc if followers else None,
                reason="its values reach a layer without a quantizer",
                hint="say what the FPGA receives with --input-format (s8.4, u8.8, u8/255, bipolar), "
                "or give example frames with --calibration",
            )
        (node,) = followers
        if isinstance(node.op, Quantizer):
            break
        path.append(node)
        current = node.name
    parameters = [model.constants[i].values for i in node.inputs[1:]]
    low, high = node.op.bounds(*parameters)
    format: Format = BipolarFormat() if node.op.bipolar else format_for_range(low, high)
    codes = Node(
        f"{node.name}_integers", Codes(node.op, format), node.inputs, TensorType(node.type.shape, format), node.loc
    )
    return _received(model, (*path, codes), node.name, *map(exact_fractions, node.op.grid(*parameters)))


def _received(model: Graph, nodes: tuple[Node, ...], start: str, scale: Array, offset: Array) -> Received:
    """What the host sends, in the stream's order. Any integer of the format may arrive, also one that no quantizer makes.

    ``scale`` and ``offset`` broadcast to the model's value ``start``.
    """
    last = nodes[-1]
    assert last.type.format is not None
    positions, shape = _input_stream(model, start)
    moved = shape != positions.shape or not np.array_equal(positions, row_major(shape))
    constants: dict[str, Constant] = {}
    if moved:
        order = f"{last.name}_order"
        constants[order] = Constant(order_between(row_major(positions.shape), positions))
        type_ = TensorType(shape, last.type.format)
        nodes = (*nodes, Node(f"{last.name}_stream", Arrange(shape), (last.name, order), type_, last.loc))
    channels = shape[-1] if shape else 1
    parts = [in_stream(np.broadcast_to(part, positions.shape), positions, channels) for part in (scale, offset)]
    period = max(channels, *(part.size for part in parts))
    full = [np.tile(part.reshape(-1), period // part.size) for part in parts]
    value = Value(
        nodes[-1].name,
        TensorType(shape or (1,), last.type.format),
        np.full(period, last.type.format.min, dtype=np.int64),
        np.full(period, last.type.format.max, dtype=np.int64),
        full[0],
        full[1],
        True,
        positions,
    )
    head = part_of(model, model.inputs, nodes, (nodes[-1].name,), "head", constants)
    return Received(head, start, value)


def _input_stream(model: Graph, start: str) -> tuple[IntArray, tuple[int, ...]]:
    """Positions of the model's value ``start`` and the stream's shape: channels last where windows slide over it, else
    the model's own.
    """
    shape = model.type_of(start).shape
    before: IntArray = row_major(shape)
    after = before
    while True:
        followers = model.consumers.get(start, ())
        if len(followers) != 1 or not isinstance(followers[0].op, Elementwise | Layout):
            break
        (node,) = followers
        if isinstance(node.op, Layout):
            after = node.op.evaluate(after[None])[0]
        start = node.name
    spatial = any(isinstance(node.op, Spatial) for node in followers) and after.ndim in (2, 3)
    if not spatial or after.size != before.size or len(np.unique(after)) != after.size:
        return before, shape
    # the element that is at after[i] of the model's own order goes where element i of a feature map lies
    positions = np.empty(before.size, dtype=np.int64)
    positions[after.ravel()] = channels_last(after.shape).ravel()
    return positions.reshape(shape), feature_map(after.shape)
