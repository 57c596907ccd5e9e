"""Trainable quantizers: modules that cast real numbers to integers of a grid, with a learned binary point."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from fpgaflow.errors import FlowError
from fpgaflow.fixed import Overflow, Rounding
from fpgaflow.train.calibration import POINTS, best_points, squared_errors
from fpgaflow.train.cast import Cast, Grid
from fpgaflow.train.grids import FixedGrid
from fpgaflow.train.rounding import power_of_two


class Quantizer(nn.Module, ABC):
    """``code(x * 2**n) * 2**-n`` with ``n = round(point)``, codes of ``self.grid``; one point a tensor, or one a channel.

    ``point`` is a real-valued parameter, () or (channels,), along ``axis`` of the data. Unless it is given, the first
    ``batches`` tensors set it to the integer of least squared error over all of them (while ``calibrating``), in training
    and in evaluation mode. Results are float32, or float64 for float64 data, and exact but for numbers
    below 2**-100.
    """

    errors: Tensor
    width: Tensor | None
    """Trainable real-valued bit width, if there is one."""

    def __init__(
        self, *, point: float | None = None, channels: int | None = None, axis: int = 1, batches: int = 1
    ) -> None:
        super().__init__()
        shape = () if channels is None else (channels,)
        self.axis = axis
        self.point = nn.Parameter(torch.full(shape, float(point or 0)))
        self.register_parameter("width", None)
        self.batches_left = batches if point is None else 0
        self.register_buffer("errors", torch.zeros(channels or 1, len(POINTS), dtype=torch.float64), persistent=False)

    @property
    @abstractmethod
    def grid(self) -> Grid:
        """The integers to choose from."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[int, int]:
        """Smallest and largest code."""

    @property
    def calibrating(self) -> bool:
        """True until the first batches have set the binary point."""
        return self.batches_left > 0

    @property
    def points(self) -> Tensor:
        """The binary points in use, as integers: () or (channels,), int64."""
        return self.point.detach().round().long()

    def forward(self, x: Tensor) -> Tensor:
        """Numbers of any shape; with channels along ``axis``."""
        x = x if x.dtype == torch.float64 else x.float()
        if self.batches_left:
            self._calibrate(x.detach())
        self._project()
        result: Tensor = Cast.apply(x, self._along(self.point, x), self.width, self.grid)
        return result

    def codes(self, x: Tensor) -> Tensor:
        """The integers that hardware stores, int64."""
        with torch.no_grad():
            values = self(x).double()
            return (values * power_of_two(self._along(self.points, x))).long()

    def freeze(self) -> None:
        """End calibration and training of the quantizer: its format is what it is now."""
        self._project()
        self.batches_left = 0
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.round_().requires_grad_(False)

    def get_extra_state(self) -> dict[str, int]:
        return {"batches_left": self.batches_left}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.batches_left = state["batches_left"]

    def _project(self) -> None:
        """Bring parameters into their bounds."""
        with torch.no_grad():
            self.point.clamp_(POINTS[0], POINTS[-1])

    def _along(self, channels: Tensor, x: Tensor) -> Tensor:
        """One number a channel in a shape that broadcasts to the data."""
        if not channels.ndim:
            return channels
        shape = [1] * x.ndim
        shape[self.axis] = -1
        return channels.view(shape)

    @torch.compiler.disable
    def _calibrate(self, x: Tensor) -> None:
        rows = x.movedim(self.axis, 0) if self.point.ndim else x[None]
        width = None if self.width is None else self.width.detach().round()
        self.errors += squared_errors(rows.reshape(len(rows), -1), self.grid, width)
        with torch.no_grad():
            self.point.copy_(best_points(self.errors).view_as(self.point))
        self.batches_left -= 1


class FixedPointQuantizer(Quantizer):
    """Fixed point of ``width`` bits; rounding and overflow as ``fpgaflow.fixed`` has them. FF306 for what can't be.

    ``width_range`` makes the width trainable between two bounds, as ``width`` of the module (the argument is where it
    starts): saturated numbers pull it up, a penalty of the loss on it pulls it down. It needs an overflow that saturates.
    """

    def __init__(
        self,
        width: int,
        *,
        signed: bool = True,
        narrow: bool = False,
        rounding: Rounding = Rounding.HALF_EVEN,
        overflow: Overflow = Overflow.SATURATE,
        width_range: tuple[int, int] | None = None,
        point: float | None = None,
        channels: int | None = None,
        axis: int = 1,
        batches: int = 1,
    ) -> None:
        super().__init__(point=point, channels=channels, axis=axis, batches=batches)
        self.fixed = FixedGrid(width, signed, narrow, rounding, overflow)
        self.width_range = width_range
        if width_range is not None:
            low, high = (replace(self.fixed, width=bound) for bound in width_range)
            if not low.width <= width <= high.width or not self.fixed.saturates:
                raise FlowError(
                    "FF306",
                    f"a quantizer of {width} bits, overflow {overflow.value}, learns its width in {width_range}",
                    reason="the first width must lie in the range, and numbers beyond the range must saturate",
                    hint="widen the range, and take overflow saturate or saturate-symmetric",
                )
            self.width = nn.Parameter(torch.tensor(float(width)))

    @property
    def grid(self) -> FixedGrid:
        return self.fixed

    @property
    def bits(self) -> int:
        """The width in use."""
        return self.fixed.width if self.width is None else int(self.width.detach().round())

    @property
    def bounds(self) -> tuple[int, int]:
        return replace(self.fixed, width=self.bits).bounds

    def _project(self) -> None:
        super()._project()
        if self.width is not None and self.width_range is not None:
            with torch.no_grad():
                self.width.clamp_(*self.width_range)

    def extra_repr(self) -> str:
        sign = "signed" if self.fixed.signed else "unsigned"
        return f"{self.bits} bits, {sign}, {self.fixed.rounding.value}, {self.fixed.overflow.value}"


def learning_rate_groups(model: nn.Module, rate: float, point_rate: float) -> list[dict[str, Any]]:
    """Parameter groups for an optimiser: points and widths of quantizers at their own rate and without weight decay."""
    own = {id(p): p for m in model.modules() if isinstance(m, Quantizer) for p in m.parameters(recurse=False)}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in own]
    return [
        {"params": rest, "lr": rate},
        {"params": list(own.values()), "lr": point_rate, "weight_decay": 0.0},
    ]
