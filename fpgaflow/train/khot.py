"""Weights without multiplications: bipolar, ternary, and of few ones or signed digits."""

from __future__ import annotations

from itertools import combinations, product

import torch
from torch import Tensor

from fpgaflow.errors import FlowError
from fpgaflow.train.grids import TableGrid
from fpgaflow.train.quantizer import FixedPointQuantizer, Quantizer

MAX_KHOT_WIDTH = 16


class TableQuantizer(Quantizer):
    """The nearest of some integers; of two equally near ones the larger. Numbers beyond them saturate."""

    table: Tensor

    def __init__(
        self,
        codes: list[int],
        *,
        point: float | None = None,
        channels: int | None = None,
        axis: int = 0,
        batches: int = 1,
    ) -> None:
        super().__init__(point=point, channels=channels, axis=axis, batches=batches)
        self.register_buffer("table", torch.tensor(sorted(codes), dtype=torch.float32), persistent=False)

    @property
    def grid(self) -> TableGrid:
        return TableGrid(self.table)

    @property
    def bounds(self) -> tuple[int, int]:
        return int(self.table[0]), int(self.table[-1])


class BipolarQuantizer(TableQuantizer):
    """-1 and +1, times ``2**-n``: the sign, +1 for 0. The gradient passes for numbers of at most ``2**-n``."""

    def __init__(self, *, point: float | None = None, channels: int | None = None, axis: int = 0) -> None:
        super().__init__([-1, 1], point=point, channels=channels, axis=axis)


class TernaryQuantizer(FixedPointQuantizer):
    """-1, 0 and +1, times ``2**-n``: a narrow quantizer of two bits."""

    def __init__(self, *, point: float | None = None, channels: int | None = None, axis: int = 0) -> None:
        super().__init__(2, narrow=True, point=point, channels=channels, axis=axis)


class KHotQuantizer(TableQuantizer):
    """Integers of ``width`` bits, signed, of which a product is at most ``digits`` shifts and ``digits - 1`` additions.

    Their magnitudes have at most ``digits`` ones; with ``signed_digits`` they are sums of at most ``digits`` powers of two,
    each added or subtracted, which cost the same and represent more. Raises FF306.
    """

    def __init__(
        self,
        width: int,
        digits: int,
        *,
        signed_digits: bool = False,
        point: float | None = None,
        channels: int | None = None,
        axis: int = 0,
    ) -> None:
        super().__init__(khot_codes(width, digits, signed_digits), point=point, channels=channels, axis=axis)
        self.bits, self.digits = width, digits


def khot_codes(width: int, digits: int, signed_digits: bool) -> list[int]:
    """All codes of a K-hot quantizer, ascending: those two's complement numbers of ``width`` bits."""
    if not 2 <= width <= MAX_KHOT_WIDTH or digits < 1:
        raise FlowError(
            "FF306",
            f"a K-hot quantizer has {width} bits and {digits} digits",
            reason=f"it must have 2 to {MAX_KHOT_WIDTH} bits and at least one digit",
            hint="for example KHotQuantizer(8, 2)",
        )
    half = 1 << (width - 1)
    signs = (1, -1) if signed_digits else (1,)
    sums = {
        sum(sign << place for sign, place in zip(chosen, places, strict=True))
        for count in range(digits + 1)
        for places in combinations(range(width), count)
        for chosen in product(signs, repeat=count)
    }
    return sorted(code for code in range(-half, half) if abs(code) in sums)
