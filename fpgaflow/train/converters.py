"""What each kind of call becomes when a network is prepared: its quantized layer, and what that reads."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import fx, nn

from fpgaflow.train.activations import QLeakyReLU, QPReLU, QReLU, QReLU6
from fpgaflow.train.batch_norm import QBatchNorm
from fpgaflow.train.joins import QAdd, QConcat
from fpgaflow.train.pools import QAvgPool2d, QGlobalAvgPool
from fpgaflow.train.preparation import Preparation
from fpgaflow.train.products import quantized_product

F_AVG_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
F_MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")

Replaced = tuple[nn.Module, list[fx.Node]] | None
Converter = Callable[[Preparation, fx.Node, Any], Replaced]


def _keep(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    return None


def _extent(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    """The shape of a value, or one number of it: what a reshape may need."""
    (value,) = node.all_input_nodes
    if node.target is operator.getitem and CONVERTERS.get(preparation.kind(value)) is not _extent:
        raise preparation.unsupported(node, "a part of a value", "hardware layers read whole values")
    return None


def _product(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    value = preparation.read(node, node.all_input_nodes[0])
    weights = preparation.settings(node).weights(len(layer.weight))
    return quantized_product(layer, weights, preparation.sources[value]), [value]


def _norm(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    settings, (value,) = preparation.settings(node), node.all_input_nodes
    if layer.weight is None or layer.running_mean is None:
        what = "a BatchNorm without trained factor and shift, or without running statistics"
        raise preparation.unsupported(node, what, "hardware multiplies by and adds constants")
    made = QBatchNorm.of(layer, settings.factors(layer.num_features), settings.constants(layer.num_features))
    if settings.cast_norms:
        value = preparation.read(node, value, wide=True)
        made.product = settings.element(signed=True)
        made.output = None if _read_by_activations(preparation, node) else settings.element(signed=True)
    return made, [value]


def _relu(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    return QReLU(preparation.settings(node).activation(signed=False)), node.all_input_nodes


def _relu6(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    return QReLU6(preparation.settings(node).activation(signed=False)), node.all_input_nodes


def _leaky_relu(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    slope = layer.negative_slope if layer is not None else _argument(node, 1, "negative_slope", 0.01)
    return QLeakyReLU(preparation.settings(node).activation(signed=True), slope), node.all_input_nodes


def _prelu(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    settings = preparation.settings(node)
    slopes = settings.factors(layer.num_parameters)
    return QPReLU(settings.activation(signed=True), slopes, layer.weight), node.all_input_nodes


def _add(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    values = [preparation.read(node, value, wide=True) for value in node.args if isinstance(value, fx.Node)]
    if len(values) != 2 or node.kwargs:
        raise preparation.unsupported(node, "a sum with a number", "only sums of two values have a quantized form")
    output = None
    if not _read_by_activations(preparation, node):
        output = preparation.settings(node).element(signed=preparation.signed(values))
    return QAdd(None, None, output, [preparation.sources[value] for value in values]), values


def _concat(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    values: Any = node.args[0]
    if _argument(node, 1, "dim", 0) not in (1, -3):
        raise preparation.unsupported(node, "a cat along another axis", "hardware puts channels side by side")
    return QConcat(preparation.settings(node).activation(signed=preparation.signed(values))), list(values)


def _mean(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    """A global average: a module, or a mean over all spatial axes."""
    value = preparation.read(node, node.all_input_nodes[0])
    size = layer.output_size if layer is not None else _argument(node, 1, "output_size", None)
    keep = True
    if layer is None and node.target is not F.adaptive_avg_pool2d:
        axes, keep = _argument(node, 1, "dim", ()), bool(_argument(node, 2, "keepdim", False))
        axes = sorted([axes] if isinstance(axes, int) else axes)
        size = 1 if axes in ([2, 3], [-2, -1], [2]) else None
    if size not in (1, (1, 1), [1, 1]):
        raise preparation.unsupported(node, "a mean of other axes than all spatial ones", "hardware sums windows")
    return QGlobalAvgPool(preparation.settings(node).element(signed=preparation.signed([value])), keep), [value]


def _average_pool(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    value = preparation.read(node, node.all_input_nodes[0])
    made = layer or nn.AvgPool2d(**_arguments(node, F_AVG_POOL))
    if made.ceil_mode or made.divisor_override is not None:
        what = "an AvgPool2d with ceil_mode or divisor_override"
        raise preparation.unsupported(node, what, "every window must have a fixed divisor")
    kernel, stride, padding = (_pair(part) for part in (made.kernel_size, made.stride, made.padding))
    output = preparation.settings(node).element(signed=preparation.signed([value]))
    return QAvgPool2d(kernel, output, stride, padding, made.count_include_pad), [value]


def _max_pool(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    kind = nn.MaxPool1d if node.target is F.max_pool1d else nn.MaxPool2d
    return kind(**_arguments(node, F_MAX_POOL)), node.all_input_nodes


def _dropout(preparation: Preparation, node: fx.Node, layer: Any) -> Replaced:
    return nn.Dropout(_argument(node, 1, "p", 0.5)), node.all_input_nodes


def _argument(node: fx.Node, position: int, name: str, default: Any) -> Any:
    """Of a call, by position or name."""
    return node.args[position] if len(node.args) > position else node.kwargs.get(name, default)


def _arguments(node: fx.Node, names: tuple[str, ...]) -> dict[str, Any]:
    """All arguments of a call behind the first by name."""
    return {**dict(zip(names, node.args[1:], strict=False)), **node.kwargs}


def _read_by_activations(preparation: Preparation, node: fx.Node) -> bool:
    """True if only layers that quantize their result anew read this one."""
    return bool(node.users) and all(CONVERTERS.get(preparation.kind(user)) in ACTIVATIONS for user in node.users)


def _pair(setting: Any) -> tuple[int, int]:
    return (setting, setting) if isinstance(setting, int) else tuple(setting)


SUMS = (operator.add, operator.iadd, torch.add, "add", "add_")
MOVING = (_keep, _extent, _max_pool, _dropout)
ACTIVATIONS = (_relu, _relu6, _leaky_relu, _prelu)
CONVERTERS: dict[Any, Converter] = {
    **dict.fromkeys((nn.Linear, nn.Conv1d, nn.Conv2d), _product),
    **dict.fromkeys((nn.BatchNorm1d, nn.BatchNorm2d), _norm),
    **dict.fromkeys((nn.ReLU, F.relu, torch.relu, "relu", "relu_"), _relu),
    **dict.fromkeys((nn.ReLU6, F.relu6), _relu6),
    **dict.fromkeys((nn.LeakyReLU, F.leaky_relu), _leaky_relu),
    nn.PReLU: _prelu,
    **dict.fromkeys(SUMS, _add),
    **dict.fromkeys((torch.cat, torch.concat), _concat),
    **dict.fromkeys((nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, F.adaptive_avg_pool2d, "mean", torch.mean), _mean),
    **dict.fromkeys((nn.AvgPool2d, F.avg_pool2d), _average_pool),
    **dict.fromkeys((F.max_pool1d, F.max_pool2d), _max_pool),
    F.dropout: _dropout,
    **dict.fromkeys(
        (nn.MaxPool1d, nn.MaxPool2d, nn.Flatten, nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d), _keep
    ),
    **dict.fromkeys((torch.flatten, torch.reshape, torch.squeeze, torch.unsqueeze), _keep),
    **dict.fromkeys(("size", getattr, operator.getitem), _extent),
    **dict.fromkeys(("flatten", "view", "reshape", "squeeze", "unsqueeze"), _keep),
}
