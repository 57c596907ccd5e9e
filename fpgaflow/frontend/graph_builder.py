"""The graph under construction: what the operators' readers add nodes and constants to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from fpgaflow.errors import FlowError, Loc
from fpgaflow.frontend.folding import move
from fpgaflow.ir.graph import Array, Constant, Graph, GraphStage, Node, Quantization, TensorType
from fpgaflow.ops.base import Elementwise, FileShape, ModelOp, OnnxNode, Quantizer, ShapeError

# More elements don't pass any accelerator, and would not fit into the integers that count them.
LARGEST_FRAME = 1 << 40


@dataclass(frozen=True)
class Batch:
    """The batch axis of a data value: its size in the file (1 where it is unknown), and whether the file fixes it."""

    size: int
    fixed: bool


class GraphBuilder:
    """A ``ModelBuilder``. Readers name values as the file does or by the names they got from here.

    A value of the graph has the name of the ONNX value it is, unless that was bound to another one (by Identity, say);
    names made here are never names of the file. ``current`` are the outputs of the ONNX node that is being read.
    """

    def __init__(self, file: str, file_names: Iterable[str]) -> None:
        self.file = file
        self.file_names = frozenset(file_names)
        self.inputs: dict[str, TensorType] = {}
        self.constants: dict[str, Constant] = {}
        self.nodes: dict[str, Node] = {}
        self.bound: dict[str, str] = {}
        self.batches: dict[str, Batch | None] = {}
        self.copies: dict[str, list[str]] = {}
        self.current: frozenset[str] = frozenset()

    # -- what readers ask ----------------------------------------------------------------------------------------------

    def constant(self, node: OnnxNode, index: int) -> Array:
        name = node.inputs[index] if index < len(node.inputs) else ""
        if not name or not self.is_constant(name):
            what = f"'{name}' is computed from the network's input" if name else "is missing"
            raise FlowError(
                "FF202",
                f"input {index} of {node.op_type} {what}",
                node=node.loc,
                reason="it must be a constant, because it becomes part of the hardware",
                hint="make it an initializer of the file",
            )
        values = self.values(name)
        if not _is_numeric(values):
            raise FlowError(
                "FF202",
                f"input '{name}' of {node.op_type} holds {'text' if values.dtype.kind in 'OUS' else values.dtype}",
                node=node.loc,
                reason="it must be real numbers",
                hint="export the model again, and check it with onnx.checker",
            )
        return values

    def values(self, name: str) -> Array:
        return self.constants[self.resolve(name)].values

    def is_constant(self, name: str) -> bool:
        return self.resolve(name) in self.constants

    def shape(self, name: str) -> tuple[int, ...]:
        return self._type(self.resolve(name)).shape

    def file_shape(self, name: str) -> FileShape:
        batch = self.batches.get(self.resolve(name))
        if batch is None:
            return FileShape(self.shape(name), batched=False, droppable=False)
        return FileShape((batch.size, *self.shape(name)), batched=True, droppable=batch.fixed and batch.size == 1)

    def axis(self, node: OnnxNode, name: str, axis: int) -> int:
        shape = self.file_shape(name)
        rank = len(shape.dims)
        if not -rank <= axis < rank:
            raise ShapeError(f"there is no axis {axis} in values of shape {shape}")
        axis %= rank
        if shape.batched and axis == 0:
            raise FlowError(
                "FF205",
                f"{node.op_type} works along the batch",
                node=node.loc,
                reason="the first axis of the network's input is the batch: frames are computed one by one",
                hint="choose another axis",
            )
        return axis - shape.batched

    def producer(self, name: str) -> Node | None:
        return self.nodes.get(self.resolve(name))

    def resolve(self, name: str) -> str:
        """The graph's name of an ONNX value."""
        return self.bound.get(name, name)

    # -- what readers add ----------------------------------------------------------------------------------------------

    def add(self, op: ModelOp, inputs: tuple[str, ...], name: str, loc: Loc, *, drop_batch: bool = False) -> str:
        names = tuple(self.resolve(given) for given in inputs)
        data = next((given for given in names if given not in self.constants), None)
        try:
            if data is None:
                return self._compute(op, names, name)
            if isinstance(op, Elementwise):
                names = (names[0], *(self._operand(given, data, loc) for given in names[1:]))
            type_ = op.infer(*(self._type(given) for given in names))
            if math.prod(type_.shape) > LARGEST_FRAME:
                raise ShapeError(
                    f"a frame of {math.prod(type_.shape):,} elements, at most {LARGEST_FRAME:,} are supported"
                )
        except ShapeError as error:
            raise shape_error(str(error), loc) from None
        name = self._unique(name)
        self.nodes[name] = Node(name, op, names, type_, loc)
        batches = (self.batches.get(given) for given in names)
        self.batches[name] = None if drop_batch else next((batch for batch in batches if batch is not None), None)
        return name

    def add_constant(self, name: str, values: Array, quantization: Quantization | None = None) -> str:
        if quantization is None:
            for there in (self.resolve(name), *self.copies.get(name, [])):
                if there in self.constants and _same(self.constants[there].values, values):
                    return there
        return self._put(name, Constant(values, quantization))

    def move_constant(self, name: str, function: Callable[[Array], Array]) -> str:
        name = self.resolve(name)
        return self._put(name, move(self.constants[name], function))

    def bind(self, output: str, value: str) -> None:
        value = self.resolve(value)
        if output and output != value:
            self.bound[output] = value

    def _put(self, name: str, constant: Constant) -> str:
        unique = self._unique(name)
        if unique != name:
            self.copies.setdefault(name, []).append(unique)
        self.constants[unique] = constant
        return unique

    def _unique(self, name: str) -> str:
        """``name``, with a number behind it if it is taken."""
        numbered = (f"{name}_{number}" for number in itertools.count(1))
        candidates = itertools.chain([name], numbered)
        return next(filter(self._is_free, candidates))

    def _is_free(self, name: str) -> bool:
        taken = name in self.nodes or name in self.constants or name in self.inputs
        return not taken and (name not in self.file_names or name in self.current)

    def _operand(self, name: str, data: str, loc: Loc) -> str:
        """A constant operand in a shape of at most the frame's rank: the batch's axis of extent 1 is taken away."""
        constant, frame = self.constants[name], self.shape(data)
        shape = constant.values.shape
        rank = len(self.file_shape(data).dims)
        excess = max(len(shape) - len(frame), 0)
        if len(shape) > rank or any(extent != 1 for extent in shape[:excess]) or _enlarges(shape[excess:], frame):
            raise FlowError(
                "FF205",
                f"constant '{name}' of shape {list(shape)} does more than fill a frame of shape {list(frame)}",
                node=loc,
                reason="a constant may differ between the elements of a frame, not between frames, and adds no elements",
                hint="give the constant the frame's shape, or one that broadcasts to it",
            )
        if not excess:
            return name
        narrow = shape[excess:]
        for copy in self.copies.get(name, []):
            if self.constants[copy].values.shape == narrow:
                return copy
        return self._put(name, move(constant, lambda array: array.reshape(array.shape[excess:])))

    def _compute(self, op: ModelOp, names: tuple[str, ...], name: str) -> str:
        """The constant that an elementwise operator makes of constants."""
        assert isinstance(op, Elementwise), op
        data, *parameters = (self.constants[given].values for given in names)
        op.infer(TensorType(data.shape), *(TensorType(parameter.shape) for parameter in parameters))
        real = data if data.dtype.kind == "f" else data.astype(np.float32)
        quantization = None
        if isinstance(op, Quantizer):
            scale, offset = op.grid(*parameters)
            codes = op.codes(real, *parameters).astype(np.int64)
            quantization = Quantization(codes, scale, np.asarray(np.where(offset == 0, 0, -offset / scale)))
        return self._put(name, Constant(op.evaluate(real, *parameters), quantization))

    def _type(self, name: str) -> TensorType:
        if name in self.nodes:
            return self.nodes[name].type
        return self.inputs[name] if name in self.inputs else TensorType(self.constants[name].values.shape)

    # -- the result ------------------------------------------------------------------------------------------------------

    def finish(self, name: str, outputs: tuple[str, ...]) -> Graph:
        """The graph that computes the ONNX values ``outputs``, without what they don't need."""
        results = [self.resolve(output) for output in outputs]
        for output, result in zip(outputs, results, strict=True):
            if result in self.constants:
                raise FlowError(
                    "FF205",
                    f"output '{output}' does not depend on the network's input",
                    node=Loc(self.file),
                    reason="it is a constant, there is nothing to compute",
                    hint="remove it from the model's outputs",
                )
        needed = set(results)
        for node in reversed(self.nodes.values()):
            if node.name in needed:
                needed.update(node.inputs)
        rename = self._final_names(outputs, needed)
        nodes = tuple(
            replace(node, name=rename.get(node.name, node.name), inputs=tuple(rename.get(i, i) for i in node.inputs))
            for node in self.nodes.values()
            if node.name in needed
        )
        return Graph(
            GraphStage.MODEL,
            {key: type_ for key, type_ in self.inputs.items() if key in needed},
            {rename.get(key, key): constant for key, constant in self.constants.items() if key in needed},
            nodes,
            tuple(rename.get(result, result) for result in results),
            name,
        )

    def _final_names(self, outputs: tuple[str, ...], needed: set[str]) -> dict[str, str]:
        """New names: what an output was bound to takes the output's name, a constant's only copy the constant's name."""
        rename: dict[str, str] = {}
        for output in outputs:
            result = self.resolve(output)
            if result in self.nodes and result not in outputs and output not in needed and result not in rename:
                rename[result] = output
        for name, copies in self.copies.items():
            used = [copy for copy in copies if copy in needed]
            if len(used) == 1 and name not in needed and name not in rename.values():
                rename[used[0]] = name
        return rename


def shape_error(what: str, loc: Loc) -> FlowError:
    """FF203 at a node."""
    return FlowError(
        "FF203",
        what,
        node=loc,
        reason=f"{loc.op_type} is not defined for these shapes",
        hint="check the model with onnx.checker.check_model(path, full_check=True)",
    )


def _enlarges(constant: tuple[int, ...], frame: tuple[int, ...]) -> bool:
    """True if both broadcast to a shape that is larger than the frame's."""
    try:
        return np.broadcast_shapes(constant, frame) != frame
    except ValueError:
        return False


def _is_numeric(values: Array) -> bool:
    """Real numbers; ml_dtypes' small floats and integers are numbers of kind 'V'."""
    return values.dtype.kind in "biuf" or (values.dtype.kind == "V" and values.dtype.fields is None)


def _same(first: Array, second: Array) -> bool:
    return first.dtype == second.dtype and bool(np.array_equal(first, second))
