"""Model-stage graph -> ONNX file."""

from __future__ import annotations

import itertools
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from fpgaflow.files import replacing
from fpgaflow.fixed import format_for_range
from fpgaflow.ir.graph import Array, Graph, Node, Quantization
from fpgaflow.ops.base import Layout, ModelOp, Quantizer
from fpgaflow.ops.dequantize_linear import DequantizeLinear
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.quantize_linear import QuantizeLinear
from fpgaflow.ops.reading import QONNX

LEAST_OPSET = 13
BATCH = "N"
# Types of DequantizeLinear's integers.
CODES = ("int8", "uint8", "int16", "uint16", "int32")
FLOAT32_EXACT = 1 << 24
# What takes integers as they are; in front of any other operator they become real numbers.
TAKES_INTEGERS = (Layout, MaxPool, DequantizeLinear)


def write_qonnx(graph: Graph, path: Path) -> None:
    """Write a model-stage graph to an ONNX file, whole or not at all. Raises FF507.

    ``read_model`` gives the same graph again: operators, types, names of nodes, values of constants and their integers.
    Only what changes nothing is lost (a Reshape to the same shape), and a Softmax over several axes comes back between two
    Reshapes. The batch is the first axis of every value, of unknown size. Quantizers of QONNX are nodes of its domain
    ``qonnx.custom_op.general``; a quantized constant is a Quant or BipolarQuant of real numbers beside them, else a
    DequantizeLinear of integers.
    """
    writer = _Writer(graph)
    for node in graph.nodes:
        writer.write(node)
    model = writer.finish()
    with replacing(Path(path)) as file:
        file.write_bytes(model.SerializeToString())


class _Writer:
    """A ``ModelWriter``: nodes and initializers of a file as they come."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.taken = {"", *graph.inputs, *graph.by_name}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.written: dict[str, str] = {}
        kinds = (node.op for node in graph.nodes if isinstance(node.op, Quantizer))
        self.plain = all(isinstance(op, QuantizeLinear) for op in kinds)
        self.elements: dict[str, str] = {}
        self.opsets = {"": LEAST_OPSET}
        self.casts: dict[str, str] = {}
        self.node_names: set[str] = set()
        # names that the operator being written has given to constants; they may be names of the graph's, too
        self.own: set[str] = set()
        self.place = ""

    # -- what operators ask --------------------------------------------------------------------------------------------

    def shape(self, name: str) -> tuple[int, ...]:
        return self.graph.type_of(name).shape

    def values(self, name: str) -> Array:
        return self.graph.constants[name].values

    # -- what operators add --------------------------------------------------------------------------------------------

    def fresh(self, name: str) -> str:
        numbered = (f"{name}_{number}" for number in itertools.count(1))
        free = next(candidate for candidate in itertools.chain([name], numbered) if candidate not in self.taken)
        self.taken.add(free)
        return free

    def constant(self, values: Array, name: str = "constant", *, element: str = "") -> str:
        values = np.asarray(values)
        if element and element != values.dtype.name:
            values = values.astype(helper.tensor_dtype_to_np_dtype(_element_type(element)))
        self.own.add(written := self._initializer(values, name))
        return written

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
        self.opsets[domain] = max(opset, self.opsets.get(domain, 1))
        names = [name if name in self.own else self._name(name) for name in inputs]
        node = helper.make_node(op_type, names, results, name=self._node_name(results), domain=domain, **attributes)
        self.nodes.append(node)
        self.elements.update(dict.fromkeys(results, element))

    def _node_name(self, results: tuple[str, ...]) -> str:
        """The name of the user's node for what computes the graph's value, once; else that of the result."""
        wanted = any(name in self.graph.by_name for name in results) and self.place not in self.node_names
        name = self.place if wanted else results[0]
        self.node_names.add(name)
        return name

    def _initializer(self, values: Array, name: str) -> str:
        tensor = numpy_helper.from_array(np.asarray(values), name)
        if self.initializers.get(name) != tensor:
            tensor.name = self.fresh(name)
            self.initializers[tensor.name] = tensor
        return tensor.name

    def _name(self, name: str) -> str:
        """The name in the file of one of the graph's values; a constant is written when it is read first."""
        if name not in self.graph.constants:
            return name
        if name not in self.written:
            constant = self.graph.constants[name]
            self.written[name] = (
                self._initializer(constant.values, name)
                if constant.quantization is None
                else self._quantized(name, constant.values, constant.quantization)
            )
        return self.written[name]

    def _quantized(self, name: str, values: Array, quantization: Quantization) -> str:
        """A quantizer of real numbers that gives them again, and the integers that stand for them; without other operators
        of QONNX, or where float32 can't hold the integers, DequantizeLinear of integers.
        """
        codes, zero_point = quantization.codes, quantization.zero_point
        result = self.fresh(name)
        if self.plain or np.max(np.abs(codes)) > FLOAT32_EXACT:
            axes = [axis for axis, extent in enumerate(_full_shape(quantization)) if extent > 1]
            parts = [codes, zero_point]
            element = next((kind for kind in CODES if all(_holds(kind, part) for part in parts)), "")
            if len(axes) <= 1 and element and (element != "int32" or not np.any(zero_point)):
                self._dequantized(name, result, quantization, axes, element)
                return result
        inputs = [self.constant(values, f"{name}_real"), self._parameter(quantization.scale, f"{name}_scale")]
        if np.all(np.abs(codes) == 1) and not np.any(zero_point):
            self.add("BipolarQuant", tuple(inputs), result, domain=QONNX)
            return result
        ends = [int(end(part)) for part in (codes, zero_point) for end in (np.min, np.max)]
        format = format_for_range(min(ends), max(ends))
        inputs.append(self._parameter(zero_point, f"{name}_zero_point"))
        inputs.append(self._parameter(np.asarray(max(format.width, 1 + format.signed)), f"{name}_bits"))
        attributes: dict[str, Any] = {"signed": int(format.signed), "narrow": 0, "rounding_mode": "ROUND"}
        self.add("Quant", tuple(inputs), result, domain=QONNX, **attributes)
        return result

    def _dequantized(self, name: str, result: str, quantization: Quantization, axes: list[int], element: str) -> None:
        shape = (-1,) if axes else ()
        scale, zero_point = np.broadcast_arrays(quantization.scale, quantization.zero_point)
        inputs = [
            self.constant(quantization.codes, f"{name}_integers", element=element),
            self._parameter(scale.reshape(shape), f"{name}_scale"),
        ]
        if element != "int32":  # which has no zero point
            inputs.append(self.constant(zero_point.reshape(shape), f"{name}_zero_point", element=element))
        attributes: dict[str, Any] = {"axis": axes[0]} if axes else {}
        self.add("DequantizeLinear", tuple(inputs), result, opset=21 if element.endswith("16") else 1, **attributes)

    def _parameter(self, numbers: Array, name: str) -> str:
        return self.constant(numbers.astype(np.float32), name)

    # -- the file --------------------------------------------------------------------------------------------------------

    def write(self, node: Node) -> None:
        """A node of the graph. Integers that it does not take as such become real numbers in front of it."""
        op = node.op
        assert isinstance(op, ModelOp)
        self.place, self.own = node.loc.node or node.name, set()
        if not isinstance(op, TAKES_INTEGERS):
            node = replace(node, inputs=tuple(map(self._real, node.inputs)))
        op.write(node, self)
        if isinstance(op, Layout | MaxPool):
            self.elements[node.name] = self._element(node.inputs[0])

    def _element(self, name: str) -> str:
        return self.elements.get(name, "float32")

    def _real(self, name: str) -> str:
        """A value as float32."""
        if self._element(name) == "float32" or name in self.graph.constants:
            return name
        if name not in self.casts:
            self.casts[name] = self.fresh(f"{name}_float")
            self.add("Cast", (name,), self.casts[name], to=onnx.TensorProto.FLOAT)
        return self.casts[name]

    def finish(self) -> onnx.ModelProto:
        graph = self.graph
        values = {name: self._info(name) for name in (*graph.inputs, *graph.by_name)}
        proto = helper.make_graph(
            self.nodes,
            graph.name,
            [values[name] for name in graph.inputs],
            [values[name] for name in graph.outputs],
            list(self.initializers.values()),
            value_info=[values[name] for name in graph.by_name if name not in graph.outputs],
        )
        opsets = [helper.make_opsetid(*opset) for opset in self.opsets.items()]
        return helper.make_model(
            proto,
            opset_imports=opsets,
            ir_version=helper.find_min_ir_version_for(opsets, ignore_unknown=True),
            producer_name="fpgaflow",
            producer_version=version("fpgaflow"),
        )

    def _info(self, name: str) -> onnx.ValueInfoProto:
        element = _element_type(self._element(name))
        shape = self.shape(name)
        return helper.make_tensor_value_info(
            name, element, (BATCH, *shape) if shape or name not in self.graph.inputs else ()
        )


def _full_shape(quantization: Quantization) -> tuple[int, ...]:
    """Shape of scale and zero point, with as many axes as the integers."""
    shape = np.broadcast_shapes(quantization.scale.shape, quantization.zero_point.shape)
    return (*(1,) * (quantization.codes.ndim - len(shape)), *shape)


def _holds(element: str, numbers: Array) -> bool:
    """True if a type of integers has all these numbers."""
    limits = np.iinfo(element)
    return np.array_equal(numbers, np.rint(numbers)) and bool(
        limits.min <= np.min(numbers) and np.max(numbers) <= limits.max
    )


def _element_type(name: str) -> int:
    """TensorProto.DataType of a NumPy type."""
    return int(onnx.TensorProto.DataType.Value({"float32": "FLOAT"}.get(name, name.upper())))
