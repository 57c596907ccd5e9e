"""Lowering: a model-stage graph becomes integers, exactly.

Every value is tracked as ``real = pending(scale * integer + offset)`` with exact fractions, where ``pending`` are the
elementwise operators not yet accounted for. What preserves what:

1. elementwise operators                      -> kept pending
2. pending operators that are affine          -> folded into scale and offset; no hardware
3. pending operators up to the last quantizer -> one ``Requantize`` (monotone) or ``LookupTable`` (small range)
4. MatMul by quantized weights                -> ``Dense`` on the integers; offsets go through the weights
5. what no layer follows                      -> the host's tail; what the input format leaves out -> the host's head

Bit-exact: where the reference computes exactly in float32, its own float32 chain decides; elsewhere exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from fpgaflow.errors import FlowError, Loc
from fpgaflow.fixed import BipolarFormat, Format, InputFormat, IntArray, format_for_range
from fpgaflow.ir.graph import Array, Constant, Graph, GraphStage, Node, TensorType
from fpgaflow.ops.base import Elementwise, HostOp, IntegerOp, Layout, ModelOp, Quantizer
from fpgaflow.ops.dense import Dense
from fpgaflow.ops.host import Codes, Dequantize, EncodeInput
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.requantize import Requantize
from fpgaflow.passes.chain import Chain, apply
from fpgaflow.passes.lowering_values import Pending, Value
from fpgaflow.passes.weight_product import FLOAT32_EXACT, WeightProduct, exact_fractions, grain, weight_integers
from fpgaflow.staircase import adjust, find_staircase

MAX_LEVELS = 1 << 16
MAX_ACCUMULATOR_BITS = 52


@dataclass(frozen=True, eq=False)
class Lowered:
    """``tail(body(head(x)))`` computes the model: head and tail on the host in float32, body in hardware on integers.

    The head's output and the body's input have the same name and type; the tail's one input is the body's one output, in
    the shape that the model gives it.
    """

    head: Graph
    body: Graph
    tail: Graph


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
        if isinstance(node.op, MatMul):
            weight_integers(node, model.constants[node.inputs[1]])
    return _Lowering(model, input_formats).result()


class _Lowering:
    """The state of one lowering: integer-stage nodes as they come."""

    def __init__(self, model: Graph, input_formats: Mapping[str, InputFormat]) -> None:
        self.model = model
        self.nodes: list[Node] = []
        self.constants: dict[str, Constant] = {}
        self.materialised: dict[tuple[str, str], Value] = {}
        self.tail_nodes = self._tail_nodes()
        self.head, self.start, first = self._head(input_formats)
        self.body_input = {first.source: first.integer}
        self.values: dict[str, Value] = {self.start: first}

    # -- the two ends ------------------------------------------------------------------------------------------------

    def _tail_nodes(self) -> set[str]:
        """Names of the nodes behind the last layer and the last quantizer."""
        tail: set[str] = set()
        for node in reversed(self.model.nodes):
            followers = self.model.consumers.get(node.name, ())
            hardware = not isinstance(node.op, Elementwise | Layout | HostOp) or isinstance(node.op, Quantizer)
            if not hardware and all(follower.name in tail for follower in followers):
                tail.add(node.name)
        return tail

    def _head(self, input_formats: Mapping[str, InputFormat]) -> tuple[Graph, str, Value]:
        """The head, the name of the model's value that the accelerator receives, and that value."""
        ((name, type_),) = self.model.inputs.items()
        elements = type_.elements
        if name in input_formats:
            given = input_formats[name]
            op = EncodeInput(given.format, given.scale.numerator, given.scale.denominator)
            node = Node(f"{name}_integers", op, (name,), TensorType(type_.shape, given.format), Loc(self.model.name))
            value = self._value(node, given.scale, Fraction(0), elements)
            return self._part({name: type_}, (node,), (node.name,), "head"), name, value
        path: list[Node] = []
        current = name
        while True:
            followers = self.model.consumers.get(current, ())
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
        parameters = [self.model.constants[i].values for i in node.inputs[1:]]
        low, high = node.op.bounds(*parameters)
        format: Format = BipolarFormat() if node.op.bipolar else format_for_range(low, high)
        codes = Node(
            f"{node.name}_integers", Codes(node.op, format), node.inputs, TensorType(node.type.shape, format), node.loc
        )
        scale, offset = (_fractions(part, node.type.shape) for part in node.op.grid(*parameters))
        value = self._value(codes, scale, offset, node.type.elements)
        return self._part({name: type_}, (*path, codes), (codes.name,), "head"), node.name, value

    @staticmethod
    def _value(node: Node, scale: Array | Fraction, offset: Array | Fraction, elements: int) -> Value:
        """What the host sends. Any integer of the format may arrive, also one that the quantizer never makes."""
        assert node.type.format is not None
        return Value(
            source=node.name,
            integer=node.type,
            low=np.full(elements, node.type.format.min, dtype=np.int64),
            high=np.full(elements, node.type.format.max, dtype=np.int64),
            scale=_full(elements, scale),
            offset=_full(elements, offset),
            exact=True,
            shape=node.type.shape,
        )

    def _part(
        self, inputs: Mapping[str, TensorType], nodes: tuple[Node, ...], outputs: tuple[str, ...], name: str
    ) -> Graph:
        used = {i for node in nodes for i in node.inputs}
        constants = {k: v for k, v in self.model.constants.items() if k in used}
        return Graph(GraphStage.MODEL, inputs, constants, nodes, outputs, name)

    def result(self) -> Lowered:
        before = True
        for node in self.model.nodes:
            if node.name == self.start:
                before = False
                continue
            if (before and self.start not in self.model.inputs) or node.name in self.tail_nodes:
                continue
            assert isinstance(node.op, ModelOp)
            inputs = tuple(self._input(node, name) for name in node.inputs)
            self.values[node.name] = node.op.lower(node, inputs, self)
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
        tail = [node for node in self.model.nodes if node.name in self.tail_nodes]
        inside = set(self.tail_nodes)
        leaving = [i for node in tail for i in node.inputs if i not in inside and i not in self.model.constants]
        leaving += [name for name in self.model.outputs if name not in inside]
        (left, *more) = dict.fromkeys(leaving)
        if more:
            raise FlowError(
                "FF205",
                f"{1 + len(more)} values leave the network: {', '.join([left, *more])}",
                reason="the accelerator has one AXI4-Stream output",
                hint="build one model an output, or cut the model behind the last common layer",
            )
        value = self.materialise(self.values[left])
        if not self.nodes:
            raise FlowError(
                "FF205",
                "the network has no layer for the FPGA",
                reason="nothing but elementwise operators was found between input and output",
                hint="fpgaflow builds networks of at least one quantized layer",
            )
        source = value.source
        body = Graph(GraphStage.INTEGER, self.body_input, self.constants, tuple(self.nodes), (source,), self.model.name)
        constants = {
            f"{source}_{name}": Constant(_frame_constant(part, value.shape))
            for name, part in (("scale", value.scale), ("offset", value.offset))
        }
        integers, reshaped = f"{source}_integers", replace(value.integer, shape=value.shape)
        real = Node(left, Dequantize(), (integers, *constants), TensorType(value.shape), Loc(self.model.name))
        part = self._part({integers: reshaped}, (real, *tail), self.model.outputs, "tail")
        return Lowered(self.head, body, replace(part, constants={**part.constants, **constants}))

    # -- services for operators --------------------------------------------------------------------------------------

    def append(self, node: Node, inputs: tuple[Value | Constant, ...]) -> Value:
        value, *constants = inputs
        assert isinstance(value, Value)
        parameters = tuple(constant.values for constant in constants if isinstance(constant, Constant))
        return replace(value, pending=(*value.pending, Pending(node, parameters, value.shape)))

    def reshape(self, node: Node, value: Value) -> Value:
        return replace(value, shape=node.type.shape)

    def dense(self, node: Node, value: Value, weights: Constant) -> Value:
        value = self.materialise(value, reader=node)
        product = WeightProduct.of(node, value, weights)
        matrix = product.matrix
        inputs = matrix.shape[1]
        low, high = value.low.reshape(-1, inputs), value.high.reshape(-1, inputs)
        positive, negative = np.maximum(matrix, 0).T, np.minimum(matrix, 0).T
        # Partial sums leave out inputs, which counts as zeros, so their bounds include those of zero inputs.
        partial_low = np.minimum(low, 0) @ positive + np.maximum(high, 0) @ negative
        partial_high = np.maximum(high, 0) @ positive + np.minimum(low, 0) @ negative
        accumulator = format_for_range(int(partial_low.min()), int(partial_high.max()))
        if accumulator.width > MAX_ACCUMULATOR_BITS:
            raise FlowError(
                "FF305",
                f"an accumulator of {accumulator.width} bits is needed",
                node=node.loc,
                reason=f"fpgaflow computes with at most {MAX_ACCUMULATOR_BITS} bits",
                hint="use fewer bits for the layer's input or weights",
            )
        added = self._add(node, Dense(_weight_format(matrix), accumulator), value.source, {"weights": matrix})
        return Value(
            source=added.name,
            integer=added.type,
            low=(low @ positive + high @ negative).ravel(),
            high=(high @ positive + low @ negative).ravel(),
            scale=np.tile(product.scale, len(low)),
            offset=np.tile(product.offset, len(low)),
            exact=value.exact and product.exact,
            shape=node.type.shape,
        )

    def _add(self, node: Node, op: IntegerOp, source: str, constants: Mapping[str, Array]) -> Node:
        names = {f"{node.name}_{key}": Constant(array) for key, array in constants.items()}
        self.constants.update(names)
        type_ = op.infer(self._type(source), *(TensorType(c.values.shape) for c in names.values()))
        added = Node(node.name, op, (source, *names), type_, node.loc)
        self.nodes.append(added)
        return added

    def _type(self, source: str) -> TensorType:
        return self.body_input.get(source) or next(n.type for n in self.nodes if n.name == source)

    # -- pending operators become staircases -------------------------------------------------------------------------

    def materialise(self, value: Value, reader: Node | None = None) -> Value:
        """The value with nothing pending: scale and offset take up affine operators, a new node all before them."""
        if not value.pending:
            return value
        key = (value.source, value.pending[-1].node.name)
        if key not in self.materialised:
            last = max((i for i, p in enumerate(value.pending) if isinstance(p.op, Quantizer)), default=-1)
            quantized, rest = value.pending[: last + 1], value.pending[last + 1 :]
            result = self._quantize(value, quantized) if quantized else replace(value, pending=())
            for pending in rest:
                result = _take_up(pending, result, reader)
            self.materialised[key] = result
        return replace(self.materialised[key], shape=value.shape)

    def _quantize(self, value: Value, pending: tuple[Pending, ...]) -> Value:
        last = pending[-1]
        quantizer = last.op
        assert isinstance(quantizer, Quantizer)
        code_low, code_high = quantizer.bounds(*last.constants)
        _check_levels(last.node, code_low, code_high)
        chain = Chain(value, pending)
        if all(p.op.monotone for p in pending):
            span = (0, 1) if quantizer.bipolar else None
            staircase = find_staircase(chain.codes, value.low, value.high, span)
            if not value.exact and chain.rational:
                staircase = adjust(staircase, chain.exact_codes)
            ends = np.sort(staircase(np.stack([value.low, value.high])), axis=0)
            top = staircase.base + staircase.levels
            parameters = (staircase.thresholds, staircase.decreasing, value.low, value.high)
            names = ("thresholds", "decreasing", "low", "high")
            op: IntegerOp = Requantize(staircase.base, _code_format(quantizer, staircase.base, top))
            constants = dict(zip(names, _per_channel(parameters, last.shape), strict=True))
        else:
            table = chain.table(last.node)
            ends = np.stack([table.min(axis=1), table.max(axis=1)])
            op = LookupTable(int(value.low.min()), _code_format(quantizer, int(ends.min()), int(ends.max())))
            constants = {"table": _per_channel((chain.decode(table),), last.shape)[0]}
        node = self._add(last.node, op, value.source, constants)
        scale, offset = (_fractions(part, last.shape) for part in quantizer.grid(*last.constants))
        low, high = chain.decode(ends)
        return Value(node.name, node.type, low, high, scale, offset, True, last.shape)


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


def _full(elements: int, numbers: Array | Fraction) -> Array:
    if isinstance(numbers, Fraction):
        result = np.empty(elements, dtype=object)
        result[:] = numbers
        return result
    return numbers


def _fractions(numbers: Array, shape: tuple[int, ...]) -> Array:
    """Numbers broadcast to a frame of ``shape``, flattened, as exact fractions."""
    return np.broadcast_to(exact_fractions(numbers), shape).ravel()


def _frame_constant(fractions: Array, shape: tuple[int, ...]) -> Array:
    """(elements,) fractions as float64 in the frame's shape; one number if all are equal."""
    numbers = np.array([float(f) for f in fractions])
    return numbers[:1].reshape(()) if np.all(numbers == numbers[0]) else numbers.reshape(shape)


def _per_channel(parameters: tuple[IntArray, ...], shape: tuple[int, ...]) -> list[IntArray]:
    """Arrays (elements, …) reduced to (channels, …) with channels = 1 or the last axis where they repeat."""
    for channels in (1, shape[-1] if shape else 1):
        spread = [p.reshape(-1, channels, *p.shape[1:]) for p in parameters]
        if all(np.all(p == p[:1]) for p in spread):
            return [np.ascontiguousarray(p[0]) for p in spread]
    return list(parameters)


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
    zero = apply(pending, value.offset[None])[0]
    scale = apply(pending, (value.offset + value.scale)[None])[0] - zero
    magnitude = np.maximum(abs(scale * value.low + zero), abs(scale * value.high + zero))
    exact = value.exact and all(m <= FLOAT32_EXACT * grain(scale, zero) for m in set(magnitude))
    return replace(value, scale=scale, offset=zero, exact=exact, pending=())


def _weight_format(matrix: IntArray) -> Format:
    """Bipolar if every weight is -1 or +1, else the narrowest fixed-point format."""
    if np.all(np.abs(matrix) == 1) and matrix.min() < 0:
        return BipolarFormat()
    return format_for_range(int(matrix.min()), int(matrix.max()))
