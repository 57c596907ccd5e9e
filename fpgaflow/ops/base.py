"""What an operator is. Each operator is a frozen dataclass in a file of its own and declares all its faces there.

Model-stage operators have: how they are read from ONNX, ``write``, ``infer``, ``evaluate``, ``lower``. Integer-stage
operators have: ``infer``, ``evaluate``, ``implementations`` (the chains of hardware units that can compute them). Units
carry the remaining faces: cost, C++ template, SystemVerilog template.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from fpgaflow.errors import FlowError, Loc
from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array, Constant, GraphStage, Node, Quantization, TensorType

if TYPE_CHECKING:
    from fpgaflow.passes.lowering_values import Lowering, Value
    from fpgaflow.units.base import Unit


class Op(ABC):
    """An operator: attributes only, no state. Equal attributes mean equal operators."""

    stage: ClassVar[GraphStage]

    @abstractmethod
    def infer(self, *types: TensorType) -> TensorType:
        """Type of the result; raises ShapeError where the inputs don't fit together."""

    @abstractmethod
    def evaluate(self, *values: Array) -> Array:
        """Data values are (frames, *shape), constants have no batch axis; so is the result."""


class ShapeError(ValueError):
    """Inputs don't fit an operator; the reader turns it into FF203 with the node's place."""


class IntegerOp(Op):
    """An operator of the integer stage: stored integers in any NumPy number type that holds them exactly."""

    stage = GraphStage.INTEGER

    @abstractmethod
    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        """Every chain of hardware units that computes this node, in every folding worth a look; all but the first unit
        have one input.
        """


@dataclass(frozen=True, eq=False)
class Site:
    """Where a node asks for hardware: types of its data and result, its constants, and the neighbour's possible lanes.

    ``lanes`` are the numbers of elements a beat that the stream may have in which the unit stands: divisors of a pixel's
    channels, and the channels of several pixels of a row. Units that choose their own folding heed only these.
    """

    inputs: tuple[TensorType, ...]
    result: TensorType
    constants: tuple[Array, ...]
    lanes: tuple[int, ...]

    @property
    def data(self) -> TensorType:
        """Type of the only data input."""
        (data,) = self.inputs
        return data

    @property
    def pixels(self) -> list[int]:
        """How many pixels of a row may come in a beat of the only data input, where it is more than one."""
        channels = self.data.shape[-1]
        return [lanes // channels for lanes in self.lanes if lanes > channels]

    @property
    def format(self) -> Format:
        """What the integers of the only data input mean."""
        assert self.data.format is not None
        return self.data.format


class ModelOp(Op):
    """An operator of the model stage: real numbers in, real numbers out."""

    stage = GraphStage.MODEL

    @abstractmethod
    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        """Turn this node into integer-stage nodes, or append it to what is pending; see ``passes/lower.py``."""

    def write(self, node: Node, writer: ModelWriter) -> None:
        """Add ONNX nodes that compute the value ``node.name``, such that reading them gives this operator again.

        TypeError for operators that no ONNX operator is read as.
        """
        raise TypeError(f"{type(self).__name__} has no form in ONNX")


class Elementwise(ModelOp):
    """A real function of one data value (the first input), element by element; further inputs are constants.

    ``evaluate`` computes in the data's own type: float32 (bit for bit as the ONNX reference does), float64, or object
    arrays of ``Fraction`` (exactly) unless ``rational`` is False. ``monotone`` says that for any constants the function of
    each element is non-decreasing or non-increasing; if it is not, that may hold below a number ``turn`` and from it on.
    ``affine`` says that it is ``a * x + b``.
    """

    affine: ClassVar[bool] = False
    rational: ClassVar[bool] = True

    @property
    def turn(self) -> float | None:
        return None

    @property
    def monotone(self) -> bool:
        return self.turn is None

    def infer(self, *types: TensorType) -> TensorType:
        data, *constants = types
        for constant in constants:
            try:
                fits = np.broadcast_shapes(data.shape, constant.shape) == data.shape
            except ValueError:
                fits = False
            if not fits:
                raise ShapeError(
                    f"constant of shape {list(constant.shape)} does not fit a frame of shape {list(data.shape)}"
                )
        return TensorType(data.shape)

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        return lowering.append(node, inputs)


class Quantizer(Elementwise):
    """An elementwise function with values on a grid: ``real = scale * code + offset`` with integer codes."""

    @abstractmethod
    def codes(self, *values: Array) -> Array:
        """Integers, in the data's own type: what hardware stores. ``evaluate`` is their real value."""

    @abstractmethod
    def grid(self, *constants: Array) -> tuple[Array, Array]:
        """(scale, offset), each scalar or broadcastable to the data, float64 holding float32 values exactly, or Fractions."""

    @abstractmethod
    def bounds(self, *constants: Array) -> tuple[int, int]:
        """Smallest and largest code over all channels."""

    @property
    def bipolar(self) -> bool:
        """True if the codes are -1 and +1 only."""
        return False


class Layout(ModelOp):
    """Renames or moves the elements of one value; computes nothing. So it evaluates positions as well as numbers."""

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        (value,) = inputs
        assert not isinstance(value, Constant)
        return replace(value, positions=self.evaluate(value.positions[None])[0])


class Spatial(ModelOp):
    """Reads feature maps (channels, *space): in hardware, all channels of a pixel come together."""


class Weighted(ModelOp):
    """Multiplies a value by weights, its second input, which must be quantized constants."""


class HostOp(ModelOp):
    """Runs on the host, after the accelerator; never inside the network."""

    def lower(self, node: Node, inputs: tuple[Value | Constant, ...], lowering: Lowering) -> Value:
        raise FlowError(
            "FF205",
            f"{node.loc.op_type} inside the network",
            node=node.loc,
            reason="it is computed on the host, so no layer may follow it",
            hint="cut the model behind it, or replace it by a function that hardware can compute",
        )


def constant_like(constant: Array, data: Array) -> Array:
    """``constant`` in the number type that ``data`` is computed in."""
    if data.dtype == object:
        exact = np.vectorize(lambda number: number if isinstance(number, Fraction) else Fraction(float(number)))
        return np.asarray(exact(np.asarray(constant, dtype=object)), dtype=object)
    return np.asarray(constant).astype(data.dtype)


@dataclass(frozen=True)
class OnnxNode:
    """An ONNX node as plain Python data: what an operator's ``read`` sees. Missing optional inputs are ''."""

    op_type: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    opset: int
    loc: Loc


@dataclass(frozen=True)
class FileShape:
    """A data value's shape as the file has it. A batch of unknown size counts as 1.

    ``batched`` says that the first axis is the batch; ``droppable`` that the file itself fixes it to 1, so that it may
    vanish into the frame.
    """

    dims: tuple[int, ...]
    batched: bool
    droppable: bool

    def __str__(self) -> str:
        unknown = self.batched and self.dims[0] == 1 and not self.droppable
        return (
            f"[{', '.join(['N' if unknown else str(self.dims[0]), *map(str, self.dims[1:])])}]" if self.dims else "[]"
        )


class ModelBuilder(Protocol):
    """What an operator's ``read`` may do to the graph under construction."""

    def constant(self, node: OnnxNode, index: int) -> Array:
        """Values of input ``index``; FF202 if it is computed from the network's input or missing."""
        ...

    def values(self, name: str) -> Array:
        """Values of the constant called ``name``."""
        ...

    def is_constant(self, name: str) -> bool: ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Frame shape of a data value, whole shape of a constant."""
        ...

    def file_shape(self, name: str) -> FileShape:
        """The shape of a data value with its batch."""
        ...

    def axis(self, node: OnnxNode, name: str, axis: int) -> int:
        """An axis of the file's shape as axis of the frame or constant; FF203 if there is none, FF205 if it is the batch."""
        ...

    def producer(self, name: str) -> Node | None:
        """The node added so far that computes this value; None for inputs and constants."""
        ...

    def add(self, op: ModelOp, inputs: tuple[str, ...], name: str, loc: Loc, *, drop_batch: bool = False) -> str:
        """Add a node called ``name`` (made unique); returns the value's name. FF203 if ``infer`` refuses.

        A node whose inputs are all constants becomes a constant, with its quantization if ``op`` is a Quantizer.
        ``drop_batch``: in the file, the result has no batch axis any more.
        """
        ...

    def add_constant(self, name: str, values: Array, quantization: Quantization | None = None) -> str:
        """Add a constant called ``name`` (made unique, unless it is there already); returns its name."""
        ...

    def move_constant(self, name: str, move: Callable[[Array], Array]) -> str:
        """A constant with its elements rearranged by ``move``, its quantization too; returns the new name."""
        ...

    def bind(self, output: str, value: str) -> None:
        """The ONNX value ``output`` is the graph's value ``value``."""
        ...


class ModelWriter(Protocol):
    """What an operator's ``write`` may do to the file under construction. Values have the graph's names."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Frame shape of a data value, whole shape of a constant."""
        ...

    def values(self, name: str) -> Array:
        """Values of the constant called ``name``."""
        ...

    def fresh(self, name: str) -> str:
        """``name``, with a number behind it if it is taken."""
        ...

    def constant(self, values: Array, name: str = "constant", *, element: str = "") -> str:
        """Write a constant of the type ``element`` (without it: of its own); returns its name, ``name`` made unique."""
        ...

    def add(
        self,
        op_type: str,
        inputs: tuple[str, ...],
        *results: str,
        domain: str = "",
        opset: int = 1,
        element: str = "float32",
        **attributes: Any,
    ) -> None:
        """Write an ONNX node; '' is a missing input. ``element`` is the results' type, ``opset`` the least version of the
        domain's operator set that has this form (a file has at least version 13 of ONNX's own).
        """
        ...


Reader = Callable[[OnnxNode, ModelBuilder], None]
READERS: dict[tuple[str, str], Reader] = {}

ONNX_DOMAINS = ("", "ai.onnx")


def reads(*op_types: str, domains: tuple[str, ...] = ONNX_DOMAINS) -> Callable[[Reader], Reader]:
    """Register a function as the reader of ONNX operators: it adds nodes and binds the ONNX node's outputs."""

    def register(reader: Reader) -> Reader:
        for domain in domains:
            READERS.update({(domain, op_type): reader for op_type in op_types})
        return reader

    return register
