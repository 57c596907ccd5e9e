"""Lowering: a model-stage graph becomes integers, exactly.

Every value is tracked as ``real = pending(scale * integer + offset)`` with exact fractions, where ``pending`` are the
elementwise operators not yet accounted for. What preserves what:

1. elementwise operators                      -> kept pending
2. pending operators that are affine          -> folded into scale and offset; no hardware
3. pending operators up to the last quantizer -> one ``Requantize`` (monotone), else a ``LookupTable``, behind a
   ``Requantize`` that counts steps where integers are many
4. MatMul by quantized weights                -> ``Dense`` on the integers; offsets go through the weights
5. what no layer follows                      -> the host's tail; what the input format leaves out -> the host's head

Bit-exact: where the reference computes exactly in float32, its own float32 chain decides; elsewhere exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, Format, InputFormat, IntArray, format_for_range
from fpgaflow.ir.graph import Array, Constant, Graph, GraphStage, Node, TensorType
from fpgaflow.ops.base import IntegerOp, ModelOp, Quantizer, Weighted
from fpgaflow.ops.host import Codes, Dequantize, EncodeInput
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.rearrange import Rearrange
from fpgaflow.ops.requantize import Requantize
from fpgaflow.ops.window import Window
from fpgaflow.passes.arrangement import PADDING, in_stream, natural, one_period, order_between, row_major
from fpgaflow.passes.chain import SMALL_TABLE, Chain
from fpgaflow.passes.head import receive
from fpgaflow.passes.joins import lower_concat, lower_product, lower_sum
from fpgaflow.passes.lowering_values import Pending, Value
from fpgaflow.passes.pads import lower_pad
from fpgaflow.passes.pools import lower_max, lower_mean
from fpgaflow.passes.products import lower_convolution, lower_dense
from fpgaflow.passes.tail import leaving, send, tail_names
from fpgaflow.passes.transposed import lower_transposed
from fpgaflow.passes.turning import counted_steps
from fpgaflow.passes.weight_product import exact_fractions, float32_holds, grain, reach, weight_integers
from fpgaflow.staircase import Staircase

MAX_LEVELS = 1 << 16


@dataclass(frozen=True, eq=False)
class Lowered:
    """``tail(body(head(x)))`` computes the model: head and tail on the host in float32, body in hardware on integers.

    The head's output and the body's input have the same name and type; the tail's one input is the body's one output, in
    the shape that the model gives it.
    """

    head: Graph
    body: Graph
    tail: Graph

    @property
    def encoder(self) -> Node:
        """The head's node that makes integers of real numbers, in the model's order."""
        return next(node for node in reversed(self.head.nodes) if isinstance(node.op, EncodeInput | Codes))

    @property
    def decoder(self) -> Node:
        """The tail's node that makes real numbers of integers in the model's order; it has the name of the model's value."""
        return next(node for node in self.tail.nodes if isinstance(node.op, Dequantize))

    def in_model_order(self, integers: Array) -> Array:
        """The body's output (frames, …) as the decoder reads it."""
        ((_, type_),) = self.tail.inputs.items()
        feed = np.asarray(integers).reshape(len(integers), *type_.shape)
        first = self.tail.nodes[0]
        return (
            first.op.evaluate(feed, self.tail.constants[first.inputs[1]].values) if first is not self.decoder else feed
        )


def lower(model: Graph, input_formats: Mapping[str, InputFormat]) -> Lowered:
    """Lower a model-stage graph with one input and one value leaving the network. Raises FF205, FF30x."""
    if len(model.inputs) != 1:
        raise FlowError(
            "FF205",
            f"the network has {len(model.inputs)} inputs: {', '.join(model.inputs)}",
            reason="the accelerator has one AXI4-Stream input",
            hint="join the inputs into one before the first layer, or fix all but one to constants",
        )
    # A float network lacks its input's format too; that its weights are not quantized says more.
    for node in model.nodes:
        if isinstance(node.op, Weighted):
            weight_integers(node, model.constants[node.inputs[1]])
    return _Lowering(model, input_formats).result()


class _Lowering:
    """The state of one lowering: integer-stage nodes as they come."""

    def __init__(self, model: Graph, input_formats: Mapping[str, InputFormat]) -> None:
        self.model = model
        self.nodes: list[Node] = []
        self.types: dict[str, TensorType] = {}
        self.constants: dict[str, Constant] = {}
        self.materialised: dict[tuple[str, str], Value] = {}
        self.arrangements: dict[tuple[str, bytes, tuple[int, ...], int], Node] = {}
        self.tail = tail_names(model)
        self.received = receive(model, input_formats)
        first = self.received.value
        self.body_input = {first.source: first.integer}
        self.types.update(self.body_input)
        self.values: dict[str, Value] = {self.received.start: first}

    def result(self) -> Lowered:
        start = self.received.start
        before = True
        for node in self.model.nodes:
            if node.name == start:
                before = False
                continue
            if (before and start not in self.model.inputs) or node.name in self.tail:
                continue
            assert isinstance(node.op, ModelOp)
            inputs = tuple(self._input(node, name) for name in node.inputs)
            self.values[node.name] = _computed_from_input(node, node.op.lower(node, inputs, self))
        return self._finish()

    def _input(self, node: Node, name: str) -> Value | Constant:
        if name in self.model.constants:
            return self.model.constants[name]
        if name in self.values:
            return self.values[name]
        raise FlowError(
            "FF205",
            f"'{name}' is read past the network's first quantizer",
            node=node.loc,
            reason="a second branch starts at the unquantized input",
            hint="give the input's format with --input-format, so that every branch starts from integers",
        )

    def _finish(self) -> Lowered:
        left = leaving(self.model, self.tail)
        value = self.materialise(self.values[left])
        if np.any(value.positions == PADDING):
            value = self.arranged(self.model.by_name[left], value, row_major(value.shape), value.shape)
        if not self.nodes:
            raise FlowError(
                "FF205",
                "the network has no layer for the FPGA",
                reason="nothing but elementwise operators was found between input and output",
                hint="fpgaflow builds networks of at least one quantized layer",
            )
        body = Graph(
            GraphStage.INTEGER, self.body_input, self.constants, tuple(self.nodes), (value.source,), self.model.name
        )
        return Lowered(self.received.head, body, send(self.model, self.tail, left, value))

    # -- services for operators --------------------------------------------------------------------------------------

    def append(self, node: Node, inputs: tuple[Value | Constant, ...]) -> Value:
        value, *constants = inputs
        assert isinstance(value, Value)
        parameters = [constant.values for constant in constants if isinstance(constant, Constant)]
        bordered = bool(np.any(value.positions == PADDING))
        if bordered or (not value.is_whole and any(parameter.size > 1 for parameter in parameters)):
            value = self.arranged(node, value, *natural(value.shape))
        streams = tuple(in_stream(p, value.positions, value.channels) for p in parameters)
        period = max([value.period, *(p.size for p in streams)])
        value = value.spread(period)
        pending = Pending(node, tuple(np.tile(p, period // p.size) if p.ndim else p for p in streams))
        value = replace(value, pending=(*value.pending, pending))
        shared = isinstance(node.op, Quantizer) and len(self.model.consumers.get(node.name, ())) > 1
        return self.materialise(value) if shared else value

    def emit(self, node: Node, op: IntegerOp, sources: tuple[str, ...], constants: Mapping[str, Array]) -> Node:
        name = node.name
        while name in self.types:
            name += "_"
        names = {f"{name}_{key}": Constant(array) for key, array in constants.items()}
        self.constants.update(names)
        type_ = op.infer(*(self.types[s] for s in sources), *(TensorType(c.values.shape) for c in names.values()))
        added = Node(name, op, (*sources, *names), type_, node.loc)
        self.nodes.append(added)
        self.types[name] = type_
        return added

    def arranged(self, node: Node, value: Value, positions: IntArray, shape: tuple[int, ...]) -> Value:
        if value.integer.shape == shape and np.array_equal(value.positions, positions):
            return value
        order = order_between(value.positions, positions)
        key = (value.source, order.tobytes(), shape, value.pad)
        if key not in self.arrangements:
            self.arrangements[key] = self.emit(node, Rearrange(shape, value.pad), (value.source,), {"order": order})
        return value.reordered(self.arrangements[key], order, positions)

    def dense(self, node: Node, value: Value, weights: Constant) -> Value:
        return lower_dense(self, node, value, weights)

    def convolution(self, node: Node, value: Value, weights: Constant, window: Window, groups: int) -> Value:
        return lower_convolution(self, node, value, weights, window, groups)

    def transposed_convolution(self, node: Node, value: Value, weights: Constant, window: Window, groups: int) -> Value:
        return lower_transposed(self, node, value, weights, window, groups)

    def max_pool(self, node: Node, value: Value, window: Window) -> Value:
        return lower_max(self, node, value, window)

    def mean_pool(self, node: Node, value: Value, window: Window, divisors: IntArray) -> Value:
        return lower_mean(self, node, value, window, divisors)

    def add(self, node: Node, values: tuple[Value | Constant, ...], signs: tuple[int, ...]) -> Value:
        return lower_sum(self, node, _computed(values), signs)

    def multiply(self, node: Node, values: tuple[Value | Constant, ...]) -> Value:
        return lower_product(self, node, _computed(values))

    def concatenate(self, node: Node, values: tuple[Value | Constant, ...], axis: int) -> Value:
        return lower_concat(self, node, _computed(values), axis)

    def pad(self, node: Node, value: Value, begin: tuple[int, ...], end: tuple[int, ...], number: float) -> Value:
        return lower_pad(self, node, value, begin, end, number)

    # -- pending operators become staircases -------------------------------------------------------------------------

    def materialise(self, value: Value, reader: Node | None = None) -> Value:
        if not value.pending:
            return value
        last = max((i for i, p in enumerate(value.pending) if isinstance(p.op, Quantizer)), default=-1)
        quantized, rest = value.pending[: last + 1], value.pending[last + 1 :]
        result = self._quantized(value, quantized) if quantized else replace(value, pending=())
        result = replace(result.spread(max(result.period, value.period)), positions=value.positions)
        for pending in rest:
            result = _take_up(pending, result, reader)
        return result

    def _quantized(self, value: Value, pending: tuple[Pending, ...]) -> Value:
        """The value behind its last quantizer, which is computed once, whoever reads it."""
        key = (value.source, pending[-1].node.name)
        if key not in self.materialised:
            self.materialised[key] = self._quantize(value, pending)
        return self.materialised[key]

    def _quantize(self, value: Value, pending: tuple[Pending, ...]) -> Value:
        last = pending[-1]
        quantizer = last.op
        assert isinstance(quantizer, Quantizer)
        _check_levels(last.node, *quantizer.bounds(*last.constants))
        chain = Chain(value, pending)
        if all(p.op.monotone for p in pending):
            staircase = chain.staircase(value.low, value.high)
            ends = np.sort(staircase(np.stack([value.low, value.high])), axis=0)
            format = _code_format(quantizer, staircase.base, staircase.base + staircase.levels)
            node = self._emit_staircase(last.node, value, staircase, format)
        else:
            node, ends = self._emit_table(last.node, value, chain)
        grid = (exact_fractions(part) for part in quantizer.grid(*last.constants))
        scale, offset = (np.broadcast_to(part, (value.period,)) for part in grid)
        low, high = chain.decode(ends)
        return Value(node.name, node.type, low, high, scale, offset, True, value.positions)

    def _emit_staircase(self, node: Node, value: Value, staircase: Staircase, format: Format) -> Node:
        parts = {
            "thresholds": staircase.thresholds,
            "decreasing": staircase.decreasing,
            "low": staircase.low,
            "high": staircase.high,
        }
        shortest = one_period(*parts.values(), of=(1, value.channels))
        op = Requantize(staircase.base, format)
        return self.emit(node, op, (value.source,), dict(zip(parts, shortest, strict=True)))

    def _emit_table(self, node: Node, value: Value, chain: Chain) -> tuple[Node, IntArray]:
        """What is not monotone, and (2, period) its smallest and largest code: a table, of the steps if integers are many."""
        turns = chain.turns() if chain.entries > SMALL_TABLE else None
        source, first = value.source, int(value.low.min())
        if turns is None:
            table = chain.table(node)
            ends = np.stack([table.min(axis=1), table.max(axis=1)])
        else:
            staircase, table, ends = counted_steps(chain, turns)
            counted = replace(node, name=f"{node.name}_steps")
            source = self._emit_staircase(counted, value, staircase, format_for_range(0, staircase.levels)).name
            first = 0
        op = LookupTable(first, _code_format(chain.quantizer, int(table.min()), int(table.max())))
        (shortest,) = one_period(chain.decode(table), of=(1, value.channels))
        return self.emit(node, op, (source,), {"table": shortest}), ends


def _computed(values: tuple[Value | Constant, ...]) -> tuple[Value, ...]:
    return tuple(value for value in values if isinstance(value, Value))


def _computed_from_input(node: Node, value: Value) -> Value:
    """The value, unless only the border of a Pad is left in it. Raises FF205."""
    if np.all(value.positions == PADDING):
        raise FlowError(
            "FF205",
            f"the result of '{node.loc.node}' is constant",
            node=node.loc,
            reason="it reads the border of a Pad, and nothing that is computed from the network's input",
            hint="replace what follows it by a constant",
        )
    return value


def _code_format(quantizer: Quantizer, low: int, high: int) -> Format:
    return BipolarFormat() if quantizer.bipolar else format_for_range(low, high)


def _check_levels(node: Node, low: int, high: int) -> None:
    if high - low >= MAX_LEVELS:
        raise FlowError(
            "FF305",
            f"'{node.loc.node}' quantizes an activation to {high - low + 1:,} levels",
            node=node.loc,
            reason=f"between layers fpgaflow takes at most {MAX_LEVELS:,} levels (16 bits)",
            hint="quantize activations with 16 bits or fewer",
        )


def _take_up(pending: Pending, value: Value, reader: Node | None) -> Value:
    """Fold an affine operator into scale and offset."""
    node = pending.node
    if not pending.op.affine:
        where = f"'{reader.loc.node}' reads it, but " if reader else ""
        raise FlowError(
            "FF302",
            f"the result of '{node.loc.node}' is not quantized",
            node=node.loc,
            reason=f"{where}no quantizer stands behind it, so its values are real numbers, not integers",
            hint="add a quantizer (QONNX Quant, or QuantizeLinear and DequantizeLinear) behind it",
        )
    zero = pending(value.offset[None])[0]
    scale = pending((value.offset + value.scale)[None])[0] - zero
    if not np.all(scale):
        raise FlowError(
            "FF305",
            f"'{node.loc.node}' multiplies a value by zero",
            node=node.loc,
            reason="no integer scale is left for its result, which no quantizer follows",
            hint="put a quantizer behind it, or take out the channels that are always zero",
        )
    exact = value.exact and float32_holds(reach(value.low, value.high, scale, zero), grain(scale, zero))
    return replace(value, scale=scale, offset=zero, exact=exact, pending=())
