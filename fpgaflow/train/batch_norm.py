"""BatchNormalization as hardware has it: a multiplication and an addition, each with quantized constants and result."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from fpgaflow.train.quantizer import Quantizer


class QBatchNorm(nn.BatchNorm2d):
    """``output(product(x * factor) + shift)`` over channels, the second axis, of data with one to three axes more.

    ``factor = multiplier(weight / std)``, ``shift = addend(bias - mean * factor)``. ``product`` and ``output`` may be None:
    the result goes on as it is. Mean and variance are the batch's in training mode, unless ``frozen``, else the running ones.
    Gradients go through the batch's statistics as nn.BatchNorm's do. In evaluation mode each operation is rounded once in the
    type of the data, as in the exported network.
    """

    def __init__(
        self,
        features: int,
        *,
        multiplier: Quantizer,
        addend: Quantizer,
        product: Quantizer | None = None,
        output: Quantizer | None = None,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
    ) -> None:
        super().__init__(features, eps, momentum)
        self.multiplier, self.addend, self.product, self.output = multiplier, addend, product, output
        self.frozen = False

    @staticmethod
    def of(norm: nn.BatchNorm1d | nn.BatchNorm2d, multiplier: Quantizer, addend: Quantizer) -> QBatchNorm:
        """A layer that shares parameters and statistics with ``norm``, which must have them."""
        made = QBatchNorm(norm.num_features, multiplier=multiplier, addend=addend, eps=norm.eps, momentum=norm.momentum)
        made.weight, made.bias = norm.weight, norm.bias
        made.running_mean, made.running_var = norm.running_mean, norm.running_var
        made.num_batches_tracked = norm.num_batches_tracked
        return made.train(norm.training)

    def constants(self) -> tuple[Tensor, Tensor]:
        """(channels,) factor and shift of the running statistics."""
        assert self.running_mean is not None and self.running_var is not None
        return self._constants(self.running_mean, (self.running_var + self.eps).sqrt())

    def forward(self, x: Tensor) -> Tensor:
        if self.training and not self.frozen:
            return self._cast_sum(*self._of_batch(x))
        factor, shift = (part.view(-1, *(1,) * (x.ndim - 2)).to(x.dtype) for part in self.constants())
        return self._cast_sum(x * factor, shift)

    def _of_batch(self, x: Tensor) -> tuple[Tensor, Tensor | float]:
        """Product and what is still to be added, with the batch's statistics."""
        with torch.no_grad():
            mean, variance = torch.batch_norm_update_stats(x.float(), None, None, 0.0)
            deviation = (variance + self.eps).sqrt()
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        factor, shift = self._constants(mean, deviation)
        rate = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        # The normalised data times the deviation, plus the mean, are the data again, with nn.BatchNorm's gradients.
        start = mean * factor + (shift if self.product is None else 0.0)
        result = F.batch_norm(x, self.running_mean, self.running_var, factor * deviation, start, True, rate, self.eps)
        return result, 0.0 if self.product is None else shift.view(-1, *(1,) * (x.ndim - 2))

    def _constants(self, mean: Tensor, deviation: Tensor) -> tuple[Tensor, Tensor]:
        factor = self.multiplier(self.weight / deviation)
        return factor, self.addend(self.bias - mean * factor)

    def _cast_sum(self, product: Tensor, shift: Tensor | float) -> Tensor:
        if self.product is not None:
            product = self.product(product)
        total = product if isinstance(shift, float) else product + shift
        return total if self.output is None else self.output(total)

    def _check_input_dim(self, x: Tensor) -> None:
        """Any number of axes behind the channels."""


def freeze_statistics(model: nn.Module) -> None:
    """From here on train with the running statistics: training computes what evaluation does."""
    for module in model.modules():
        if isinstance(module, QBatchNorm):
            module.frozen = True
