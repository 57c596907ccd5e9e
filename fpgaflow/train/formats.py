"""Trainable quantizers that stand for those of a graph, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from fpgaflow.ir.graph import Array, Constant, Quantization
from fpgaflow.ops.base import Quantizer as QuantizerOp
from fpgaflow.ops.bipolar_quant import BipolarQuant
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import Quant
from fpgaflow.ops.quantize_linear import QuantizeDequantize
from fpgaflow.train.graph_writer import ROUNDINGS
from fpgaflow.train.grids import MAX_WIDTH
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer
from fpgaflow.train.quantizer import FixedPointQuantizer, Quantizer
from fpgaflow.train.rounding import power_of_two

FIXED_POINT_ROUNDINGS = {modes[0]: rounding for rounding, modes in ROUNDINGS.items() if len(modes) == 1}


def of_operator(op: QuantizerOp, parameters: Sequence[Array], rank: int, bits: int | None = None) -> Quantizer | None:
    """The quantizer of an operator on batches of ``rank`` axes, at the operator's binary points or those nearest to its
    scales; with ``bits`` one of that width that is still to be calibrated.

    None if trainable quantizers are not of its kind: a zero point, a fractional width or one a channel, rounding up.
    """
    if isinstance(op, Quant | BipolarQuant) and op.bipolar:
        return _at(BipolarQuantizer, parameters[0], rank)
    if not isinstance(op, Quant) and type(op) is not QuantizeDequantize:
        return None
    low, high = op.bounds(*parameters)
    if bits is not None:
        signed = bool(np.any(low < parameters[1]))
        return FixedPointQuantizer(max(bits, 1 + signed), signed=signed)
    mode = op.rounding if isinstance(op, Quant) else QonnxRounding.ROUND
    signed, width = low < 0, (high - low).bit_length()
    fits = width in range(1 + signed, MAX_WIDTH + 1) and mode in FIXED_POINT_ROUNDINGS
    if not fits or np.any(parameters[1]) or any(np.ptp(widths) for widths in parameters[2:]):
        return None
    narrow, rounding = high - low == (1 << width) - 2, FIXED_POINT_ROUNDINGS[mode]
    make = partial(FixedPointQuantizer, width, signed=signed, narrow=narrow, rounding=rounding)
    made = _at(make, parameters[0], rank)
    return made if made is not None and made.bounds == (low, high) else None


def of_constant(constant: Constant, bits: int | None = None, khot: int | None = None) -> Quantizer | None:
    """The quantizer of a constant: None if it is real.

    ``bits`` gives it another width, ``khot`` limits its integers to so many signed digits. Scales that are powers of two stay
    as they are, else the binary points are those of least squared error. Scales along one axis stay along it.
    """
    quantization = constant.quantization
    if quantization is None and bits is None and khot is None:
        return None
    codes, scale = np.zeros(1, dtype=np.int64), np.ones(())
    if quantization is not None:
        codes, scale = quantization.codes - quantization.zero_point.astype(np.int64), quantization.scale
    low, high = int(codes.min()), int(codes.max())
    own = max(high.bit_length(), (-low - 1).bit_length()) + 1
    width = min(max(bits or own, 2), MAX_WIDTH)
    make: Callable[..., Quantizer] = partial(FixedPointQuantizer, width, narrow=low > -(1 << (width - 1)))
    changed = width != own or bool(np.any(np.frexp(scale)[0] != 0.5))
    if khot is not None:
        make, changed = partial(KHotQuantizer, width, khot, signed_digits=True), True
    elif bits is None and np.all(np.abs(codes) == 1):
        make, changed = BipolarQuantizer, False
    made = _at(make, scale, constant.values.ndim, known=not changed) or make()
    with torch.no_grad():
        made(torch.from_numpy(constant.values.astype(np.float32)))
    return made


def operator_of(quantizer: Quantizer, rank: int) -> tuple[QuantizerOp, tuple[Array, ...]]:
    """The operator, and the constants it reads, of a quantizer of batches of ``rank`` axes."""
    scale = steps_of(quantizer, rank).astype(np.float32)
    if not isinstance(quantizer, FixedPointQuantizer):
        return BipolarQuant(), (scale,)
    fixed = quantizer.fixed
    op = Quant(fixed.signed, any(fixed.missing), ROUNDINGS[fixed.rounding][0])
    return op, (scale, np.zeros((), np.float32), np.asarray(quantizer.bits, np.float32))


def constant_of(quantizer: Quantizer | None, values: Tensor) -> Constant:
    """A constant as the quantizer casts it, with its integers."""
    if quantizer is None:
        return Constant(values.detach().cpu().numpy().copy())
    codes = quantizer.codes(values).cpu().numpy()
    scale = steps_of(quantizer, codes.ndim)
    return Constant((codes * scale).astype(np.float32), Quantization(codes, scale, np.zeros(())))


def _at(make: Callable[..., Quantizer], scale: Array, rank: int, *, known: bool = True) -> Quantizer | None:
    """A quantizer of data of ``rank`` axes, at the powers of two nearest to the scales if they are ``known``, else still to
    be calibrated. None if scales differ along two axes.
    """
    axes = [axis for axis, extent in enumerate(scale.shape, start=rank - scale.ndim) if extent > 1]
    if len(axes) > 1:
        return None
    point = 0 if known else None
    made = make(point=point, channels=scale.size, axis=axes[0]) if axes else make(point=point)
    if known:
        points = -np.rint(np.log2(scale.astype(np.float64)))
        made.point.data = torch.tensor(points, dtype=torch.float32).reshape(made.point.shape)
    return made


def steps_of(quantizer: Quantizer, rank: int) -> Array:
    """The quantizer's steps, in a shape that broadcasts to data of ``rank`` axes; float64."""
    steps = power_of_two(-quantizer.points).cpu().numpy().astype(np.float64)
    return steps.reshape(-1, *(1,) * (rank - 1 - quantizer.axis)) if steps.ndim else steps
