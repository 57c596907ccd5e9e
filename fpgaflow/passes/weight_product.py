"""Weights times input on exact grids: the integer matrix of a layer and the scale and offset of its accumulators."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Node
from fpgaflow.passes.lowering_values import Value

FLOAT32_EXACT = 1 << 24
MAX_WEIGHT_BITS = 16


def exact_fractions(numbers: Array) -> Array:
    """The same array with every number as the exact fraction that it is."""
    array = np.asarray(numbers)
    result = np.empty(array.size, dtype=object)
    result[:] = [f if isinstance(f, Fraction) else Fraction(float(f)) for f in array.ravel().tolist()]
    return result.reshape(array.shape)


def grain(*fractions: Array) -> Fraction:
    """The largest power of two that divides all of them; 0 if there is none. Zeros are divided by everything."""
    distinct = {f for array in fractions for f in array.ravel().tolist() if f}
    if any(f.denominator & (f.denominator - 1) for f in distinct):
        return Fraction(0)
    return min((Fraction(f.numerator & -f.numerator, f.denominator) for f in distinct), default=Fraction(1))


@dataclass(frozen=True, eq=False)
class WeightProduct:
    """``real[m] = scale[m] * (matrix @ integers)[m] + offset[m]``.

    ``matrix`` is (outputs, inputs); ``scale`` and ``offset`` are (outputs,) fractions; ``exact`` says that float32
    holds every partial sum of the reference's own computation.
    """

    matrix: IntArray
    scale: Array
    offset: Array
    exact: bool

    @staticmethod
    def of(node: Node, value: Value, weights: Constant) -> WeightProduct:
        """The product of a value with nothing pending and constant weights (inputs, outputs). Raises FF301, FF305."""
        codes, weight_scale = weight_integers(node, weights)
        inputs = len(codes)
        scale, offset = (_same_for_vectors(node, part, inputs) for part in (value.scale, value.offset))
        # Where inputs share a scale, and all weights of an output, one row of scales stands for all.
        scales = _shared(scale[:, None])
        codes, out_scale = _common_scale(node, codes, _shared(weight_scale) * scales)
        factor = out_scale[None] / scales
        out_offset = _through(codes, factor, offset)

        low, high = value.low.reshape(-1, inputs), value.high.reshape(-1, inputs)
        reach = np.maximum(abs(scale * low.min(axis=0) + offset), abs(scale * high.max(axis=0) + offset))
        unit = grain(scale, offset) * grain(factor)
        sums = reach.astype(float) @ (np.abs(codes) * factor.astype(float))
        exact = bool(unit) and bool(np.all(sums <= float(unit) * FLOAT32_EXACT))
        return WeightProduct(np.ascontiguousarray(codes.T), out_scale, out_offset, exact)


def _through(codes: IntArray, factor: Array, offset: Array) -> Array:
    """(outputs,) fractions: what offsets of the inputs become behind the weights ``codes * factor``."""
    if np.all(offset == offset[0]) and len(factor) == 1:
        through: Array = codes.sum(axis=0) * factor[0] * offset[0]
        return through
    return np.asarray(offset @ (codes * factor), dtype=object)


def weight_integers(node: Node, weights: Constant) -> tuple[IntArray, Array]:
    """Integers (inputs, outputs), and their scale as fractions that broadcast to it. Raises FF301."""
    quantization = weights.quantization
    if quantization is not None:
        codes = quantization.codes - np.asarray(quantization.zero_point).astype(np.int64)
        scale = exact_fractions(quantization.scale)
        return codes, scale.reshape((1,) * (2 - scale.ndim) + scale.shape)
    values = np.asarray(weights.values, dtype=np.float64)
    unit = 2.0 ** np.floor(np.log2(max(float(np.abs(values).max()), 2.0**-100)) - (MAX_WEIGHT_BITS - 2))
    if not np.array_equal(np.rint(values / unit) * unit, values):
        raise FlowError(
            "FF301",
            f"the weights of '{node.loc.node}' are not quantized",
            node=node.loc,
            reason=f"they are float numbers that {MAX_WEIGHT_BITS}-bit fixed point can't hold exactly",
            hint="quantize them in training (Brevitas, QKeras, HGQ), or with a QONNX Quant or DequantizeLinear node",
        )
    integers = np.rint(values / unit).astype(np.int64)
    common = reduce(gcd, np.unique(np.abs(integers)).tolist(), 0) or 1
    common &= -common
    return integers // common, exact_fractions(np.array([[unit * common]]))


def _shared(scale: Array) -> Array:
    """(rows, columns) reduced to one row if all rows are equal."""
    return scale[:1] if np.all(scale == scale[:1]) else scale


def _same_for_vectors(node: Node, numbers: Array, inputs: int) -> Array:
    """(vectors * inputs,) -> (inputs,), or FF305."""
    vectors = numbers.reshape(-1, inputs)
    if not np.all(vectors == vectors[:1]):
        raise FlowError(
            "FF305",
            f"the inputs of '{node.loc.node}' have scales that differ between its vectors",
            node=node.loc,
            reason="one matrix serves all vectors of a frame, so their scales must be the same",
            hint="quantize the layer's input with one scale, or one scale a channel",
        )
    first: Array = vectors[0]
    return first


def _common_scale(node: Node, codes: IntArray, scale: Array) -> tuple[IntArray, Array]:
    """Integers and one scale an output, from scales that broadcast to (inputs, outputs)."""
    if len(scale) == 1:
        return codes, np.broadcast_to(scale[0], codes.shape[1:]).copy()
    scale = np.broadcast_to(scale, codes.shape)
    out = np.array([_common_divisor(column) for column in scale.T], dtype=object)
    ratio = scale / out[None]
    wide = codes * ratio
    if max(abs(int(number)) for number in wide.ravel()).bit_length() >= MAX_WEIGHT_BITS:
        raise FlowError(
            "FF305",
            f"the inputs of '{node.loc.node}' have scales that don't fit together",
            node=node.loc,
            reason=f"no common scale makes the weights integers of at most {MAX_WEIGHT_BITS} bits",
            hint="use one scale for the layer's input and one a output channel for its weights, or powers of two",
        )
    return wide.astype(np.int64), out


def _common_divisor(fractions: Array) -> Fraction:
    """The greatest fraction of which all are integer multiples."""
    distinct = set(fractions.tolist())
    denominator = reduce(lambda a, b: a * b // gcd(a, b), (f.denominator for f in distinct))
    return Fraction(reduce(gcd, (int(f * denominator) for f in distinct)), denominator)
