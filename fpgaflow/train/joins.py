"""Layers with several inputs: the sum of a shortcut, and concatenation along the channels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fpgaflow.train.exact import exact_type, reach_of_sum
from fpgaflow.train.quantizer import Quantizer


class QAdd(nn.Module):
    """``output(first(a) + second(b))``.

    A quantizer that is None leaves its number as it is: an input that is quantized already, by the quantizer in
    ``sources``, or a result that another layer quantizes. In evaluation mode the sum is exact.
    """

    def __init__(
        self,
        first: Quantizer | None,
        second: Quantizer | None,
        output: Quantizer | None,
        sources: Sequence[Quantizer | None] = (None, None),
    ) -> None:
        super().__init__()
        self.first, self.second, self.output = first, second, output
        self._sources = tuple(sources)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        a = a if self.first is None else self.first(a)
        b = b if self.second is None else self.second(b)
        if not self.training:
            own = (self.first, self.second)
            sources = [given if mine is None else mine for given, mine in zip(self._sources, own, strict=True)]
            type_ = exact_type(a, reach_of_sum(sources))
            a, b = a.to(type_), b.to(type_)
        total = a + b
        return total if self.output is None else self.output(total)


class QConcat(nn.Module):
    """Tensors one behind the other along the channels (second axis), all cast by ``output``."""

    def __init__(self, output: Quantizer) -> None:
        super().__init__()
        self.output = output

    def forward(self, *tensors: Tensor) -> Tensor:
        result: Tensor = self.output(torch.cat(tensors, dim=1))
        return result
