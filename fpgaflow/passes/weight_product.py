"""Weights times input on exact grids: the integer matrix of a layer and the scale and offset of its accumulators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import gcd

import numpy as np

from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Node
from fpgaflow.passes.arrangement import one_period
from fpgaflow.passes.lowering_values import Value

FLOAT32_EXACT = 1 << 24
MAX_WEIGHT_BITS = 16


def exact_fractions(numbers: Array) -> Array:
    """The same array with every number as the exact fraction that it is."""
    array = np.asarray(numbers)
    if array.dtype != object:
        distinct, places = np.unique(array, return_inverse=True)
        fractions = np.empty(len(distinct), dtype=object)
        fractions[:] = [Fraction(float(number)) for number in distinct]
        return np.asarray(fractions[places]).reshape(array.shape)
    result = np.empty(array.size, dtype=object)
    result[:] = [f if isinstance(f, Fraction) else Fraction(float(f)) for f in array.ravel().tolist()]
    return result.reshape(array.shape)


def grain(*fractions: Array) -> Fraction:
    """The largest power of two that divides all of them; 0 if there is none. Zeros are divided by everything."""
    distinct = {f for array in fractions for f in array.ravel().tolist() if f}
    if any(f.denominator & (f.denominator - 1) for f in distinct):
        return Fraction(0)
    return min((Fraction(f.numerator & -f.numerator, f.denominator) for f in distinct), default=Fraction(1))


def reach(low: Array, high: Array, scale: Array, offset: Array) -> Array:
    """The largest magnitude of ``scale * integer + offset`` for integers from ``low`` to ``high``, element by element."""
    magnitude: Array = np.maximum(abs(scale * low + offset), abs(scale * high + offset))
    return magnitude


def float32_holds(magnitudes: Array, grid: Fraction) -> bool:
    """True if float32 has every multiple of ``grid`` up to these magnitudes; a grid of 0 stands for none."""
    return bool(grid) and all(magnitude <= FLOAT32_EXACT * grid for magnitude in set(magnitudes.tolist()))


@dataclass(frozen=True, eq=False)
class Operand:
    """What is known of a vector of integers: all (inputs,), as in ``Value``."""

    low: IntArray
    high: IntArray
    scale: Array
    offset: Array

    @staticmethod
    def of(node: Node, value: Value, inputs: int) -> Operand:
        """Of each of the vectors of ``inputs`` that make up a value. Raises FF305 if their scales differ."""
        if inputs % value.period == 0:
            value = value.spread(inputs)
            return Operand(value.low, value.high, value.scale, value.offset)
        scale, offset = (_same_for_vectors(node, part, inputs) for part in (value.scale, value.offset))
        low, high = value.low.reshape(-1, inputs).min(axis=0), value.high.reshape(-1, inputs).max(axis=0)
        return Operand(low, high, scale, offset)

    def section(self, part: slice) -> Operand:
        return Operand(self.low[part], self.high[part], self.scale[part], self.offset[part])

    def repeated(self, times: int) -> Operand:
        return Operand(*(np.tile(part, times) for part in (self.low, self.high, self.scale, self.offset)))

    def with_padding(self, code: int) -> Operand:
        """The same where any of the integers may be ``code`` instead."""
        return replace(self, low=np.minimum(self.low, code), high=np.maximum(self.high, code))


@dataclass(frozen=True, eq=False)
class WeightProduct:
    """``real[m] = scale[m] * (matrix @ integers)[m] + offset[m]``.

    ``matrix`` is (outputs, inputs); ``scale`` and ``offset`` are (outputs,) fractions; ``low`` and ``high`` (outputs,) bound
    the sums, ``partial_low`` and ``partial_high`` the sums of any of the products; ``exact`` says that float32 holds every
    partial sum of the reference's own computation.
    """

    matrix: IntArray
    scale: Array
    offset: Array
    low: IntArray
    high: IntArray
    partial_low: int
    partial_high: int
    exact: bool

    @staticmethod
    def of(node: Node, operand: Operand, weights: Constant) -> WeightProduct:
        """The product of a vector and constant weights (inputs, outputs). Raises FF301, FF305."""
        codes, weight_scale = weight_integers(node, weights)
        scale, offset, low, high = operand.scale, operand.offset, operand.low, operand.high
        # Where inputs share a scale, and all weights of an output, one row of scales stands for all.
        (scales,) = one_period(scale[:, None], of=(1,))
        codes, out_scale = _common_scale(node, codes, weight_scale * scales)
        factor = out_scale[None] / scales
        out_offset = _through(codes, factor, offset)

        sums = reach(low, high, scale, offset).astype(float) @ (np.abs(codes) * factor.astype(float))
        exact = float32_holds(sums, grain(scale, offset) * grain(factor))
        positive, negative = np.maximum(codes, 0), np.minimum(codes, 0)
        # Partial sums leave out inputs, which counts as zeros.
        least, most = np.minimum(low, 0), np.maximum(high, 0)
        return WeightProduct(
            np.ascontiguousarray(codes.T),
            out_scale,
            out_offset,
            low @ positive + high @ negative,
            high @ positive + low @ negative,
            int((least @ positive + most @ negative).min()),
            int((most @ positive + least @ negative).max()),
            exact,
        )


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
        scale = quantization.scale
        (scale,) = one_period(scale.reshape((1,) * (2 - scale.ndim) + scale.shape), of=(1,))
        return codes, exact_fractions(scale)
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
    out = np.array([common_divisor(column) for column in scale.T], dtype=object)
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


def common_divisor(fractions: Array) -> Fraction:
    """The greatest fraction of which all are integer multiples."""
    distinct = set(fractions.tolist())
    denominator = reduce(lambda a, b: a * b // gcd(a, b), (f.denominator for f in distinct))
    return Fraction(reduce(gcd, (int(f * denominator) for f in distinct)), denominator)
