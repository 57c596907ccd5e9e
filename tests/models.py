"""Small ONNX networks to test with: `mlp(MlpSpec(...))` makes a model, `frames(model, n)` random inputs for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

QONNX = "qonnx.custom_op.general"
Floats = npt.NDArray[np.float32]


class Dialect(Enum):
    """How quantizers are written: QONNX's own nodes, or QuantizeLinear, Clip, DequantizeLinear."""

    QONNX = "qonnx"
    QCDQ = "qcdq"


class Scales(Enum):
    """What scales look like."""

    POWER_OF_TWO = "power of two"
    FLOAT = "float"


@dataclass(frozen=True)
class MlpSpec:
    """A multilayer perceptron: per layer MatMul or Gemm, bias, BatchNormalization, activation, quantizer.

    ``widths`` are the sizes of input, hidden layers and output. One bit means bipolar (QONNX only). ``input_bits`` None
    leaves the input without a quantizer; ``quantize_output`` ends with a quantizer, ``head`` with one more operator.
    ``weight_channels`` and ``activation_channels`` give every output channel a scale of its own.
    """

    widths: tuple[int, ...] = (16, 8, 4)
    weight_bits: int = 4
    activation_bits: int = 4
    input_bits: int | None = 8
    scales: Scales = Scales.POWER_OF_TWO
    weight_channels: bool = False
    activation_channels: bool = False
    bias: bool = True
    batch_norm: bool = False
    activation: str | None = "Relu"
    rounding: str = "ROUND"
    narrow: bool = False
    quantize_output: bool = False
    head: str | None = None
    dialect: Dialect = Dialect.QONNX
    gemm: bool = False
    batch: int | str | None = 1
    opset: int = 13
    ir_version: int = 8
    seed: int = 0


class Network:
    """Nodes and initializers of a model under construction; every method returns the name of the value it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.names: dict[str, int] = {}

    def fresh(self, stem: str) -> str:
        self.names[stem] = self.names.get(stem, -1) + 1
        return f"{stem}_{self.names[stem]}"

    def constant(self, values: npt.ArrayLike, stem: str = "constant", dtype: npt.DTypeLike = np.float32) -> str:
        name = self.fresh(stem)
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def node(self, op_type: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = self.fresh(op_type.lower())
        self.nodes.append(helper.make_node(op_type, inputs, [name], name=f"node_{name}", domain=domain, **attributes))
        return name

    def model(
        self,
        output: str,
        input_shape: tuple[int | str | None, ...],
        output_shape: tuple[int | str | None, ...],
        *,
        element: int = TensorProto.FLOAT,
        input_name: str = "x",
        opset: int = 13,
        ir_version: int = 8,
        domain: str = QONNX,
    ) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info(output, element, output_shape)],
            initializer=self.initializers,
        )
        opsets = [helper.make_opsetid("", opset), helper.make_opsetid(domain, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


def mlp(spec: MlpSpec) -> onnx.ModelProto:
    """The model of a spec, with random weights from ``spec.seed``; scales keep values spread over their range."""
    rng = np.random.default_rng(spec.seed)
    net = Network()
    spread: float
    value, spread = "x", 0.5
    if spec.input_bits is not None:
        value = _quantizer(net, spec, value, spec.input_bits, _scale(spec, 1.0, spec.input_bits, True), signed=True)
    for layer, (inputs, outputs) in enumerate(zip(spec.widths, spec.widths[1:], strict=False)):
        last = layer == len(spec.widths) - 2
        weights: Floats = rng.normal(size=(inputs, outputs)).astype(np.float32)
        value = _dense(net, spec, value, weights, rng)
        spread *= float(np.sqrt(inputs))
        if spec.batch_norm:
            value = _batch_norm(net, value, outputs, spread, rng)
            spread = 1.0
        if not last and spec.activation is not None:
            value = net.node(spec.activation, value)
            spread /= 2
        if not last or spec.quantize_output:
            signed = spec.activation != "Relu" or last
            shape = (outputs,) if spec.activation_channels else ()
            spreads = spread * rng.uniform(1.5, 2.5, size=shape)
            scale = _scale(spec, spreads, spec.activation_bits, signed)
            value = _quantizer(net, spec, value, spec.activation_bits, scale, signed=signed)
    if spec.head is not None:
        value = net.node(spec.head, value, axis=1)
    shapes = (spec.batch, spec.widths[0]), (spec.batch, spec.widths[-1])
    element = TensorProto.INT64 if spec.head == "ArgMax" else TensorProto.FLOAT
    return net.model(value, *shapes, element=element, opset=spec.opset, ir_version=spec.ir_version)


def frames(model: onnx.ModelProto, count: int, seed: int = 0) -> Floats:
    """Random frames for the model's input, (count, *frame shape), most of them within -1 to 1."""
    shape = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim][1:]
    return np.random.default_rng(seed).normal(scale=0.5, size=(count, *shape)).astype(np.float32)


def save(model: onnx.ModelProto, folder: Path, name: str = "model.onnx") -> Path:
    """Write a model into a folder; returns the file's path."""
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def _dense(net: Network, spec: MlpSpec, value: str, weights: Floats, rng: np.random.Generator) -> str:
    reach = np.abs(weights).max(axis=0) if spec.weight_channels else np.abs(weights).max()
    scale = _scale(spec, reach, spec.weight_bits, True)
    bias = np.asarray(rng.normal(scale=0.5, size=weights.shape[1]), np.float32)
    if spec.gemm:
        quantized = _weights(net, spec, weights.T, scale[..., None] if scale.ndim else scale, axis=0)
        # Before operator set 11 Gemm's third input is not optional.
        bias = bias if spec.bias else np.zeros(1, np.float32)
        inputs = (value, quantized, net.constant(bias, "bias")) if spec.bias or spec.opset < 11 else (value, quantized)
        return net.node("Gemm", *inputs, transB=1)
    value = net.node("MatMul", value, _weights(net, spec, weights, scale, axis=1))
    return net.node("Add", value, net.constant(bias, "bias")) if spec.bias else value


def _weights(net: Network, spec: MlpSpec, weights: Floats, scale: Floats, axis: int) -> str:
    if spec.dialect is Dialect.QONNX:
        return _quantizer(net, spec, net.constant(weights, "weight"), spec.weight_bits, scale, signed=True)
    high = (1 << (spec.weight_bits - 1)) - 1
    codes = np.clip(np.rint(weights / scale), -high - 1 + spec.narrow, high)
    zero = net.constant(np.zeros(scale.size if scale.ndim else ()), "zero", np.int8)
    inputs = (
        net.constant(codes, "weight", np.int8),
        net.constant(scale.reshape(-1) if scale.ndim else scale, "scale"),
        zero,
    )
    attributes: dict[str, Any] = {"axis": axis} if scale.ndim else {}
    return net.node("DequantizeLinear", *inputs, **attributes)


def _quantizer(net: Network, spec: MlpSpec, value: str, bits: int, scale: Floats, *, signed: bool) -> str:
    if spec.dialect is Dialect.QCDQ:
        dtype = np.int8 if signed else np.uint8
        zero = net.constant(np.zeros(scale.shape), "zero", dtype)
        axis: dict[str, Any] = {"axis": 1} if scale.ndim else {}
        scale_name = net.constant(scale, "scale")
        value = net.node("QuantizeLinear", value, scale_name, zero, **axis)
        if bits < 8:
            low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
            value = net.node("Clip", value, net.constant(low, "low", dtype), net.constant(high, "high", dtype))
        return net.node("DequantizeLinear", value, scale_name, zero, **axis)
    if bits == 1 and signed:
        return net.node("BipolarQuant", value, net.constant(scale, "scale"), domain=QONNX)
    inputs = (value, net.constant(scale, "scale"), net.constant(0, "zero"), net.constant(bits, "bits"))
    attributes: dict[str, Any] = {"signed": int(signed), "narrow": int(spec.narrow), "rounding_mode": spec.rounding}
    return net.node("Quant", *inputs, domain=QONNX, **attributes)


def _batch_norm(net: Network, value: str, channels: int, spread: float, rng: np.random.Generator) -> str:
    parameters = {
        "gamma": rng.uniform(0.5, 1.5, channels) * rng.choice([-1, 1], channels),
        "beta": rng.normal(scale=0.5, size=channels),
        "mean": rng.normal(scale=spread / 2, size=channels),
        "variance": spread**2 * rng.uniform(0.5, 2, channels),
    }
    return net.node("BatchNormalization", value, *(net.constant(data, name) for name, data in parameters.items()))


def _scale(spec: MlpSpec, reach: float | npt.NDArray[Any], bits: int, signed: bool) -> Floats:
    """Scale with which ``bits`` reach about ``reach``."""
    scale: npt.NDArray[np.float64] = np.asarray(reach, np.float64) / max(1, (1 << (bits - signed)) - 1)
    return np.asarray(2.0 ** np.round(np.log2(scale)) if spec.scales is Scales.POWER_OF_TWO else scale, np.float32)
