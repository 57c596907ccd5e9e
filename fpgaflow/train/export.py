"""From trained PyTorch networks to fpgaflow's model-stage graphs, and to QONNX files."""

from __future__ import annotations

import copy
import operator
from functools import singledispatch
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn

from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Graph, TensorType
from fpgaflow.ops.add import Add, AddValues
from fpgaflow.ops.average_pool import AveragePool, global_pool
from fpgaflow.ops.clip import Clip
from fpgaflow.ops.concat import Concat
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.leaky_relu import LeakyRelu
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.mul import Mul
from fpgaflow.ops.prelu import PRelu
from fpgaflow.ops.relu import Relu
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.window import Window, WindowAxis
from fpgaflow.train.activations import QLeakyReLU, QPReLU, QReLU, QReLU6, QRPReLU
from fpgaflow.train.batch_norm import QBatchNorm
from fpgaflow.train.graph_writer import GraphWriter
from fpgaflow.train.joins import QAdd, QConcat
from fpgaflow.train.pools import QAvgPool2d, QGlobalAvgPool
from fpgaflow.train.products import Product, QConv1d, QConv2d, QLinear
from fpgaflow.train.quantizer import Quantizer
from fpgaflow.train.tracing import has_shape, propagate_shapes, shape_of, trace

RESHAPES = (torch.flatten, torch.reshape, torch.squeeze, torch.unsqueeze)
RESHAPE_METHODS = ("flatten", "view", "reshape", "squeeze", "unsqueeze")


def to_graph(model: nn.Module, example: Tensor) -> Graph:
    """The network in evaluation mode as a model-stage graph with a Quant for every quantizer, called after its class.

    ``example`` is a batch that the network takes; only its shape matters. Evaluating the graph gives the integers that the
    module gives. Raises FF201, FF202 (what hardware has no layer for), FF205 (structure), FF306 (not calibrated), FF502 (an
    example that does not fit).
    """
    name = type(model).__name__
    _check_calibrated(model, name)
    traced = trace(copy.deepcopy(model).cpu().eval())
    _check_example(traced, example.cpu(), name)
    propagate_shapes(traced, example.cpu())
    writer = GraphWriter(name)
    values: dict[fx.Node, str] = {}
    outputs: list[str] = []
    for node in traced.graph.nodes:
        writer.place = str(node.target) if node.op == "call_module" else node.name
        if node.op == "placeholder":
            values[node] = str(node.target)
            writer.inputs[values[node]] = TensorType(shape_of(node)[1:])
        elif node.op == "output":
            results = node.args[0] if isinstance(node.args[0], tuple | list) else node.args
            outputs = [values[result] for result in results]
        elif has_shape(node):
            values[node] = _write(traced, node, writer, values)
    return writer.finish(tuple(outputs))


def export(model: nn.Module, example: Tensor, path: str | Path) -> None:
    """Write the network as a QONNX file for ``fpgaflow build``; see ``to_graph``."""
    from fpgaflow.frontend.qonnx_writer import write_qonnx  # noqa: PLC0415 - imports onnx only where it is needed

    write_qonnx(to_graph(model, example), Path(path))


def _check_calibrated(model: nn.Module, name: str) -> None:
    for path, module in model.named_modules():
        if isinstance(module, Quantizer) and module.calibrating:
            raise FlowError(
                "FF306",
                f"the quantizer '{path}' has not seen enough data",
                node=Loc(name),
                reason=f"batches that are still needed to set its binary point: {module.batches_left}",
                hint="run the network on some batches of real data first",
            )


def _check_example(model: nn.Module, example: Tensor, name: str) -> None:
    reason = "the first axis counts frames, others must follow"
    if example.ndim > 1:
        try:
            with torch.no_grad():
                model(example)
            return
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
    raise FlowError(
        "FF502",
        f"the network can't take the example, of shape {list(example.shape)}",
        node=Loc(name),
        reason=reason,
        hint="give a batch like those that the network was trained with",
    )


def _write(traced: fx.GraphModule, node: fx.Node, writer: GraphWriter, values: dict[fx.Node, str]) -> str:
    """Add what a call computes; the name of its result."""
    inputs = [values[argument] for argument in node.args if isinstance(argument, fx.Node) and has_shape(argument)]
    if node.op == "call_module":
        return write(traced.get_submodule(str(node.target)), writer, *inputs)
    if node.target in RESHAPES or (node.op == "call_method" and node.target in RESHAPE_METHODS):
        return _reshape(writer, inputs[0], shape_of(node), shape_of(node.all_input_nodes[0]))
    called = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    sums = (operator.add, operator.iadd, torch.add)
    hint = "take a QAdd" if node.target in sums else "fpgaflow.train.prepare replaces what it can"
    raise writer.refuse(f"{node.name} calls '{called}'", "only fpgaflow.train's layers have integers", hint)


@singledispatch
def write(layer: Any, writer: GraphWriter, *inputs: str) -> str:
    """Add a layer's nodes, of which the last is its result, whose name is returned."""
    raise writer.refuse(
        f"'{writer.place}' is a {type(layer).__name__}",
        "no hardware layer stands for it",
        "fpgaflow.train.prepare replaces ordinary layers by quantized ones, where they have one",
    )


@write.register
def _(layer: Quantizer, writer: GraphWriter, value: str) -> str:
    return writer.cast(layer, value)


@write.register
def _(layer: Product, writer: GraphWriter, value: str) -> str:
    if isinstance(layer, QLinear):
        result = writer.add(MatMul(), value, writer.weights(layer.weights, layer.weight, transposed=True))
    else:
        weights = writer.weights(layer.weights, layer.weight)
        assert isinstance(layer, QConv1d | QConv2d)
        result = writer.add(Conv(_conv_window(layer), layer.groups), value, weights)
    bias = layer.cast_bias()
    if bias is None:
        return result
    if isinstance(layer, QLinear):
        return writer.add(Add(), result, writer.constant("bias", bias.detach().numpy()))
    return writer.add(Add(), result, writer.channels("bias", bias, result))


@write.register
def _(layer: QBatchNorm, writer: GraphWriter, value: str) -> str:
    factor, shift = layer.constants()
    product = writer.add(Mul(), value, writer.channels("factor", factor, value))
    product = writer.cast(layer.product, product)
    total = writer.add(Add(), product, writer.channels("shift", shift, value))
    return writer.cast(layer.output, total)


@write.register
def _(layer: QReLU, writer: GraphWriter, value: str) -> str:
    return writer.cast(layer.output, writer.add(Relu(), value))


@write.register
def _(layer: QReLU6, writer: GraphWriter, value: str) -> str:
    return writer.cast(layer.output, writer.add(Clip(0.0, 6.0), value))


@write.register
def _(layer: QLeakyReLU, writer: GraphWriter, value: str) -> str:
    return writer.cast(layer.output, writer.add(LeakyRelu(layer.slope), value))


@write.register
def _(layer: QPReLU, writer: GraphWriter, value: str) -> str:
    return writer.cast(layer.output, _prelu(layer, writer, value))


@write.register
def _(layer: QRPReLU, writer: GraphWriter, value: str) -> str:
    before, after = layer.shift_before(layer.before), layer.shift_after(layer.after)
    moved = writer.add(Add(), value, writer.channels("before", -before, value))
    bent = _prelu(layer, writer, moved)
    return writer.cast(layer.output, writer.add(Add(), bent, writer.channels("after", after, value)))


def _prelu(layer: QPReLU, writer: GraphWriter, value: str) -> str:
    slopes = layer.slopes(layer.weight)
    return writer.add(PRelu(bool((slopes >= 0).all())), value, writer.channels("slopes", slopes, value))


@write.register
def _(layer: QAdd, writer: GraphWriter, first: str, second: str) -> str:
    a, b = writer.cast(layer.first, first), writer.cast(layer.second, second)
    return writer.cast(layer.output, writer.add(AddValues(), a, b))


@write.register
def _(layer: QConcat, writer: GraphWriter, *values: str) -> str:
    return writer.add(Concat(0), *(writer.cast(layer.output, value) for value in values))


@write.register
def _(layer: QAvgPool2d, writer: GraphWriter, value: str) -> str:
    sides = zip(layer.kernel, layer.stride, layer.padding, strict=True)
    window = tuple(WindowAxis(kernel, stride, 1, pad, pad) for kernel, stride, pad in sides)
    counted = tuple((axis.begin, axis.end) if layer.count_include_pad else (0, 0) for axis in window)
    return writer.cast(layer.output, writer.add(AveragePool(window, counted), value))


@write.register
def _(layer: QGlobalAvgPool, writer: GraphWriter, value: str) -> str:
    channels, *extents = writer.shape(value)
    result = writer.cast(layer.output, writer.add(global_pool(tuple(extents)), value))
    return result if layer.keep else writer.add(Reshape((channels,)), result)


@write.register(nn.MaxPool1d)
@write.register(nn.MaxPool2d)
def _(layer: nn.MaxPool1d | nn.MaxPool2d, writer: GraphWriter, value: str) -> str:
    if layer.ceil_mode or layer.return_indices:
        raise writer.refuse(
            f"'{writer.place}' is a MaxPool with ceil_mode or return_indices", "neither is exported", "pad the data"
        )
    rank = len(writer.shape(value)) - 1
    settings = (_per_axis(part, rank) for part in (layer.kernel_size, layer.stride, layer.dilation, layer.padding))
    window = tuple(
        WindowAxis(k, stride, dilation, pad, pad) for k, stride, dilation, pad in zip(*settings, strict=True)
    )
    return writer.add(MaxPool(window), value)


@write.register(nn.Flatten)
def _(layer: nn.Flatten, writer: GraphWriter, value: str) -> str:
    shape = (1, *writer.shape(value))
    return _reshape(writer, value, tuple(layer(torch.empty(shape)).shape), shape)


@write.register(nn.Identity)
@write.register(nn.Dropout)
@write.register(nn.Dropout1d)
@write.register(nn.Dropout2d)
def _(layer: nn.Module, writer: GraphWriter, value: str) -> str:
    return value


def _reshape(writer: GraphWriter, value: str, after: tuple[int, ...], before: tuple[int, ...]) -> str:
    if after[:1] != before[:1]:
        raise writer.refuse(
            f"'{writer.place}' makes the shape {list(after)} of {list(before)}",
            "the first axis is the batch, it must stay",
            "keep the first axis, for example with flatten(1)",
        )
    return value if after == before else writer.add(Reshape(after[1:]), value)


def _conv_window(layer: QConv1d | QConv2d) -> Window:
    if layer.padding_mode != "zeros":
        raise FlowError(
            "FF202",
            f"a convolution pads with '{layer.padding_mode}'",
            reason="hardware pads with zeros",
            hint="use padding_mode='zeros'",
        )
    window = []
    for kernel, stride, dilation, pad in zip(
        layer.kernel_size, layer.stride, layer.dilation, _pads(layer), strict=True
    ):
        window.append(WindowAxis(kernel, stride, dilation, *pad))
    return tuple(window)


def _pads(layer: QConv1d | QConv2d) -> list[tuple[int, int]]:
    """Zeros before and behind each axis; of "same", the odd one comes behind."""
    if layer.padding == "same":
        totals = [dilation * (kernel - 1) for kernel, dilation in zip(layer.kernel_size, layer.dilation, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    given = (0,) * len(layer.kernel_size) if isinstance(layer.padding, str) else layer.padding
    return [(pad, pad) for pad in given]


def _per_axis(setting: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (setting,) * rank if isinstance(setting, int) else tuple(setting)
