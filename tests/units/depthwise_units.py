"""Depthwise units of every form of product, for the tests of their values, their C++ and their SystemVerilog."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import FixedFormat, Format, IntArray, format_for_range
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.depthwise import DepthwiseUnit
from tests.units.pools import BIPOLAR, s, u

LUT, DSP = Multiplier.LUT, Multiplier.DSP


def depthwise(
    shape: tuple[int, int, int],
    lanes: int,
    source: Format,
    weight: Format,
    multiplier: Multiplier = LUT,
    *,
    pixels: int = 5,
    weights: IntArray | None = None,
) -> DepthwiseUnit:
    """Random weights of ``shape`` (channels, outputs, taps), the format's extremes among them, unless they are given."""
    if weights is None:
        weights = weight.decode(np.random.default_rng(0).integers(0, 1 << weight.width, shape))
        weights[0, 0, 0], weights[-1, -1, -1] = weight.min, weight.max
    return DepthwiseUnit(weights, pixels, lanes, source, weight, accumulator_for(weights, source), multiplier)


def accumulator_for(weights: IntArray, format: Format) -> FixedFormat:
    """Holds every sum of some of the products of a row."""
    products = np.stack([weights * format.min, weights * format.max])
    low, high = np.minimum(products.min(0), 0).sum(-1), np.maximum(products.max(0), 0).sum(-1)
    return format_for_range(int(low.min()), int(high.max()))


DEPTHWISE = {
    "u4_s4": depthwise((6, 1, 9), 2, u(4), s(4)),
    "s4_s4_outputs": depthwise((4, 3, 9), 2, s(4), s(4)),
    "u8_s3": depthwise((6, 1, 9), 3, u(8), s(3)),
    "s8_s8": depthwise((4, 1, 9), 1, s(8), s(8)),
    "u2_u3": depthwise((6, 1, 4), 2, u(2), u(3)),
    "u1_s5": depthwise((4, 1, 9), 2, u(1), s(5)),
    "s1_s1": depthwise((4, 2, 3), 2, s(1), s(1)),
    "ternary": depthwise((4, 1, 9), 2, u(4), s(2)),
    "one_group": depthwise((4, 1, 9), 4, s(5), s(4)),
    "one_group_outputs": depthwise((2, 2, 5), 2, u(6), s(6)),
    "two_taps": depthwise((6, 1, 2), 2, s(3), s(6)),
    "one_tap": depthwise((4, 2, 1), 1, s(6), s(5)),
    "many_taps": depthwise((3, 1, 49), 1, u(2), s(3)),
    "equal_groups": depthwise((6, 1, 3), 2, u(4), s(3), weights=np.tile([[[1, -4, 3]], [[0, 2, -1]]], (3, 1, 1))),
    "equal_groups_xnor": depthwise((6, 1, 4), 2, BIPOLAR, BIPOLAR, weights=np.tile([[[1, -1, -1, 1]]], (6, 1, 1))),
    "no_weight": depthwise((4, 1, 3), 2, u(4), s(3), weights=np.zeros((4, 1, 3), dtype=np.int64)),
    "dsp_s8_s8": depthwise((6, 1, 9), 2, s(8), s(8), DSP),
    "dsp_u8_s8_outputs": depthwise((4, 2, 4), 2, u(8), s(8), DSP),
    "dsp_one_tap": depthwise((4, 1, 1), 1, s(9), u(7), DSP),
    "dsp_one_group": depthwise((2, 1, 9), 2, u(8), s(8), DSP),
    "block_ram": depthwise((300, 1, 9), 1, u(4), s(8), pixels=1),
    "bipolar_weights": depthwise((6, 1, 9), 3, u(4), BIPOLAR),
    "bipolar_weights_s8": depthwise((4, 2, 9), 4, s(8), BIPOLAR, DSP),
    "bipolar_inputs": depthwise((6, 1, 9), 2, BIPOLAR, s(4)),
    "bipolar_inputs_u2": depthwise((3, 1, 4), 3, BIPOLAR, u(2)),
    "xnor": depthwise((6, 1, 9), 2, BIPOLAR, BIPOLAR),
    "xnor_one_group": depthwise((4, 1, 9), 4, BIPOLAR, BIPOLAR),
    "xnor_outputs": depthwise((4, 3, 25), 2, BIPOLAR, BIPOLAR),
    "one_cycle": depthwise((3, 1, 4), 3, s(4), s(3), pixels=1),
}
