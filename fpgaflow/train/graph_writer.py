"""The model-stage graph under construction while a PyTorch network is exported."""

from __future__ import annotations

import itertools

import numpy as np
from torch import Tensor

from fpgaflow.errors import FlowError, Loc
from fpgaflow.fixed import Rounding
from fpgaflow.ir.graph import Array, Constant, Graph, GraphStage, Node, Quantization, TensorType
from fpgaflow.ops.base import ModelOp
from fpgaflow.ops.bipolar_quant import BipolarQuant
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import Quant
from fpgaflow.train.quantizer import FixedPointQuantizer, Quantizer

# QONNX's names of each rounding. Where it has none there are two: to half steps first, then to whole ones, which is exact.
ROUNDINGS = {
    Rounding.FLOOR: (QonnxRounding.FLOOR,),
    Rounding.TO_ZERO: (QonnxRounding.DOWN,),
    Rounding.HALF_UP: (QonnxRounding.FLOOR, QonnxRounding.CEIL),
    Rounding.HALF_DOWN: (QonnxRounding.CEIL, QonnxRounding.FLOOR),
    Rounding.HALF_TO_ZERO: (QonnxRounding.HALF_DOWN,),
    Rounding.HALF_AWAY: (QonnxRounding.HALF_UP,),
    Rounding.HALF_EVEN: (QonnxRounding.ROUND,),
}


class GraphWriter:
    """Nodes and constants as they come. Names are those of the traced network's nodes, made unique."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: dict[str, TensorType] = {}
        self.constants: dict[str, Constant] = {}
        self.nodes: dict[str, Node] = {}
        self.place = ""

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a value's frame."""
        return (self.nodes[name].type if name in self.nodes else self.inputs[name]).shape

    def add(self, op: ModelOp, *inputs: str) -> str:
        """A node called after the traced node; returns its name."""
        known = (self.constants[i].values.shape if i in self.constants else self.shape(i) for i in inputs)
        type_ = op.infer(*(TensorType(tuple(shape)) for shape in known))
        name = self._unique(self.place)
        self.nodes[name] = Node(name, op, inputs, type_, Loc(self.name, self.place, type(op).__name__))
        return name

    def constant(self, role: str, values: Array, quantization: Quantization | None = None) -> str:
        """A float32 constant; returns its name."""
        name = self._unique(f"{self.place}_{role}")
        self.constants[name] = Constant(np.asarray(values, dtype=np.float32), quantization)
        return name

    def channels(self, role: str, numbers: Tensor, value: str) -> str:
        """A constant of one number, or of one for each channel (first axis) of the frames of ``value``."""
        array = numbers.detach().cpu().numpy()
        if array.size == 1:
            return self.constant(role, array.reshape(()))
        return self.constant(role, array.reshape(-1, *(1,) * (len(self.shape(value)) - 1)))

    def weights(self, quantizer: Quantizer, weight: Tensor, *, transposed: bool = False) -> str:
        """A constant that keeps its integers."""
        codes, values = quantizer.codes(weight).cpu().numpy(), quantizer(weight).detach().cpu().numpy()
        points = quantizer.points.cpu().numpy()
        scale = np.asarray(2.0**-points, dtype=np.float64)
        if scale.ndim:
            scale = scale.reshape([-1 if axis == quantizer.axis else 1 for axis in range(codes.ndim)])
        if transposed:
            codes, values, scale = codes.T, values.T, scale.T
        return self.constant("weights", values, Quantization(codes, scale, np.zeros(())))

    def cast(self, quantizer: Quantizer | None, value: str) -> str:
        """The value behind a quantizer. Raises FF202 if ONNX has no operator for it."""
        if quantizer is None:
            return value
        step = 2.0 ** -quantizer.points.double()
        if not isinstance(quantizer, FixedPointQuantizer):
            if quantizer.bounds != (-1, 1):
                raise self._no_operator("chooses from a table", "take a FixedPointQuantizer or a BipolarQuantizer")
            return self.add(BipolarQuant(), value, self.channels("scale", step, value))
        fixed = quantizer.fixed
        if not fixed.saturates:
            raise self._no_operator(f"has overflow {fixed.overflow.value}", "saturate")
        *halves, last = ROUNDINGS[fixed.rounding]
        for rounding in halves:
            value = self._quant(Quant(fixed.signed, False, rounding), value, step / 2, quantizer.bits + 1)
        return self._quant(Quant(fixed.signed, any(fixed.missing), last), value, step, quantizer.bits)

    def _quant(self, op: Quant, value: str, step: Tensor, bits: int) -> str:
        scale, zero = self.channels("scale", step, value), self.constant("zero", np.zeros(()))
        return self.add(op, value, scale, zero, self.constant("bits", np.asarray(bits)))

    def finish(self, outputs: tuple[str, ...]) -> Graph:
        return Graph(GraphStage.MODEL, self.inputs, self.constants, tuple(self.nodes.values()), outputs, self.name)

    def refuse(self, what: str, reason: str, hint: str) -> FlowError:
        """FF202 at the traced node."""
        return FlowError("FF202", what, node=Loc(self.name, self.place, "module"), reason=reason, hint=hint)

    def _no_operator(self, what: str, hint: str) -> FlowError:
        return self.refuse(f"the quantizer of '{self.place}' {what}", "QONNX has no operator for that", hint)

    def _unique(self, name: str) -> str:
        candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(1)))
        return next(n for n in candidates if not (n in self.nodes or n in self.constants or n in self.inputs))
