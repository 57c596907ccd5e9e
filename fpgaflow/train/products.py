"""Layers with trained weights: fully connected, and convolutions of one and two axes, grouped or not."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from fpgaflow.train.exact import exact_type, largest
from fpgaflow.train.quantizer import Quantizer
from fpgaflow.train.rounding import power_of_two


class Product(nn.Module):
    """What these layers share: weights cast by ``weights``, and a bias cast to the accumulators' own grid.

    ``source`` is the quantizer that the layer's input comes from; through it the accumulators' grid and range are known. In
    evaluation mode sums are exact: in float32 where the weights say that no partial sum reaches 2**24, else in float64,
    which is then the type of the result. In training mode they are float32, or what autocast makes of it.
    """

    weight: Tensor
    bias: Any
    weights: Quantizer

    def quantize(self, weights: Quantizer, source: Quantizer) -> None:
        """Set the layer's quantizers. The source is part of another module, so it is not registered here."""
        self.weights = weights
        self._source = (source,)

    @property
    def source(self) -> Quantizer:
        return self._source[0]

    @property
    def reach(self) -> int:
        """A bound of every partial sum, in steps of the accumulators."""
        points = self.source.points
        finest = 1 << int(points.max() - points.min())
        heaviest = int(self.weights.codes(self.weight).abs().flatten(1).sum(1).max())
        return heaviest * largest(self.source) * finest

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weights(self.weight)
        bias = self.cast_bias()
        if self.training:
            return self.product(x, weight, bias)
        with torch.autocast(x.device.type, enabled=False):
            type_ = exact_type(x, self.reach)
            result = self.product(x.to(type_), weight.to(type_), None)
            if bias is None:
                return result
            return result + bias.view(-1, *(1,) * (self.weight.ndim - 2)).to(type_)

    def cast_bias(self) -> Tensor | None:
        """The bias on the grid of the accumulators, straight through."""
        if self.bias is None:
            return None
        point = (self.weights.points + self.source.points.max()).clamp(-126, 126)
        cast = (self.bias.detach() * power_of_two(point)).round() * power_of_two(-point)
        return self.bias + (cast - self.bias.detach())

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The layer's function."""
        raise NotImplementedError


class QLinear(Product, nn.Linear):
    """``nn.Linear`` with quantized weights; arguments as its own."""

    def __init__(self, *arguments: Any, weights: Quantizer, source: Quantizer, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.quantize(weights, source)

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return F.linear(x, weight, bias)


class QConv1d(Product, nn.Conv1d):
    """``nn.Conv1d`` with quantized weights; arguments as its own."""

    def __init__(self, *arguments: Any, weights: Quantizer, source: Quantizer, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.quantize(weights, source)

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return self._conv_forward(x, weight, bias)


class QConv2d(Product, nn.Conv2d):
    """``nn.Conv2d`` with quantized weights; arguments as its own."""

    def __init__(self, *arguments: Any, weights: Quantizer, source: Quantizer, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.quantize(weights, source)

    def product(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return self._conv_forward(x, weight, bias)


def quantized_product(layer: nn.Module, weights: Quantizer, source: Quantizer) -> Product:
    """A quantized layer that shares its parameters with ``layer``, an nn.Linear, nn.Conv1d or nn.Conv2d."""
    options: dict[str, Any] = {"bias": layer.bias is not None, "weights": weights, "source": source}
    made: Product
    if isinstance(layer, nn.Linear):
        made = QLinear(layer.in_features, layer.out_features, **options)
    else:
        assert isinstance(layer, nn.Conv1d | nn.Conv2d)
        for name in ("stride", "padding", "dilation", "groups", "padding_mode"):
            options[name] = getattr(layer, name)
        kind = QConv1d if isinstance(layer, nn.Conv1d) else QConv2d
        made = kind(layer.in_channels, layer.out_channels, layer.kernel_size, **options)
    made.weight, made.bias = layer.weight, layer.bias
    return made.train(layer.training)
