"""A network written with ONNX's own quantization operators, so that programs that don't know QONNX can run it."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper, numpy_helper

STANDARD = ("", "ai.onnx")
OPSET = 13
IR_VERSION = 10
INT8_BITS = 8


class NoTwinError(Exception):
    """The network has a quantizer that ONNX's own operators can't express."""


def qdq_twin(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every Quant as QuantizeLinear, Clip, DequantizeLinear, BipolarQuant by Where, any batch; other nodes as they are.

    Raises NoTwinError for rounding other than half-even, more than 8 bits (constants apart), scales a channel, zero
    points, and other QONNX operators.
    """
    model = copy.deepcopy(model)
    twin = _Twin(model)
    for node in model.graph.node:
        if node.op_type == "BipolarQuant":
            twin.bipolar(node)
        elif node.domain not in STANDARD:
            twin.quantizer(node)
        elif node.op_type == "Unsqueeze" and len(node.input) == 1:
            axes = twin.constant(f"{node.output[0]}_axes", helper.get_attribute_value(node.attribute[0]), np.int64)
            twin.nodes.append(helper.make_node("Unsqueeze", [node.input[0], axes], node.output))
        else:
            twin.nodes.append(node)
    inputs = [value for value in model.graph.input if value.name not in twin.constants]
    for value in (*inputs, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    graph = helper.make_graph(twin.nodes, model.graph.name, inputs, model.graph.output, initializer=twin.initializers)
    opset = max(OPSET, *(known.version for known in model.opset_import if known.domain in STANDARD))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_VERSION)


def with_float_weights(twin: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, every node whose inputs are constants replaced by its value.

    onnxruntime leaves quantizers of weights where they are, and then can't merge a BatchNormalization with the
    convolution before it.
    """
    known = {tensor.name for tensor in twin.graph.initializer}
    folded: list[onnx.NodeProto] = []
    rest: list[onnx.NodeProto] = []
    for node in twin.graph.node:
        constant = known.issuperset(node.input)
        (folded if constant else rest).append(node)
        known.update(node.output if constant else ())
    read = {name for node in rest for name in node.input} | {value.name for value in twin.graph.output}
    names = [name for node in folded for name in node.output if name in read]
    result = copy.deepcopy(twin)
    del result.graph.node[:], result.graph.initializer[:]
    result.graph.node.extend(rest)
    result.graph.initializer.extend(tensor for tensor in twin.graph.initializer if tensor.name in read)
    if names:
        sources = {name for node in folded for name in node.input}
        initializers = [tensor for tensor in twin.graph.initializer if tensor.name in sources]
        outputs = [onnx.ValueInfoProto(name=name) for name in names]
        graph = helper.make_graph(folded, "constants", [], outputs, initializer=initializers)
        constants = helper.make_model(graph, opset_imports=twin.opset_import, ir_version=IR_VERSION)
        values = onnxruntime.InferenceSession(constants.SerializeToString()).run(None, {})
        result.graph.initializer.extend(map(numpy_helper.from_array, values, names))
    return result


class _Twin:
    """The new graph's nodes and constants."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers = list(model.graph.initializer)
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in self.initializers}
        for node in model.graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)

    def constant(self, name: str, values: npt.ArrayLike, dtype: npt.DTypeLike) -> str:
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def bipolar(self, node: onnx.NodeProto) -> None:
        (data, scale), (name,) = node.input, node.output
        zero = self.constant(f"{name}_twin_zero", 0, np.float32)
        negative = self.constant(f"{name}_twin_negative", -self.constants[scale], np.float32)
        self.nodes.append(helper.make_node("GreaterOrEqual", [data, zero], [f"{name}_positive"]))
        self.nodes.append(helper.make_node("Where", [f"{name}_positive", scale, negative], [name]))

    def quantizer(self, node: onnx.NodeProto) -> None:
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        if node.op_type != "Quant" or attributes.get("rounding_mode", b"ROUND") != b"ROUND":
            raise NoTwinError(node.name)
        scale, zero_point, bits = (self.constants[name] for name in node.input[1:4])
        if scale.size != 1 or bits.size != 1 or np.any(zero_point):
            raise NoTwinError(node.name)
        width, signed, narrow = int(bits.item()), bool(attributes["signed"]), bool(attributes["narrow"])
        low = -(1 << (width - 1)) + narrow if signed else 0
        high = (1 << (width - signed)) - 1 - (narrow and not signed)
        data, name = node.input[0], node.output[0]
        if width <= INT8_BITS and (width > 1 or not signed):
            dtype = np.int8 if signed else np.uint8
            shared = (
                self.constant(f"{name}_twin_scale", scale.reshape(()), np.float32),
                self.constant(f"{name}_twin_zero", 0, dtype),
            )
            limits = (self.constant(f"{name}_twin_low", low, dtype), self.constant(f"{name}_twin_high", high, dtype))
            self.nodes.append(helper.make_node("QuantizeLinear", [data, *shared], [f"{name}_codes"]))
            self.nodes.append(helper.make_node("Clip", [f"{name}_codes", *limits], [f"{name}_clipped"]))
            self.nodes.append(helper.make_node("DequantizeLinear", [f"{name}_clipped", *shared], [name]))
        elif data in self.constants:
            codes = np.clip(np.rint(self.constants[data] / scale), low, high)
            self.constant(name, codes * scale, np.float32)
        else:
            raise NoTwinError(node.name)
