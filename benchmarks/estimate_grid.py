"""The grid on which resource estimates are calibrated: parameters of single stages and FIFOs, small to synthesise."""

from __future__ import annotations

from fpgaflow.fixed import Rounding
from fpgaflow.units.dense import Multiplier, WeightStorage
from fpgaflow.units.pool import Reduction

LUT, DSP, SHIFT = Multiplier.LUT, Multiplier.DSP, Multiplier.SHIFT
LUTRAM, BRAM = WeightStorage.LUTRAM, WeightStorage.BRAM
PRODUCTS = (
    *("bipolar bipolar", "u1 s2", "u2 s2", "u2 s4", "u3 s3", "u4 bipolar", "u4 t", "u4 s4", "bipolar s4"),
    *("s6 s6", "u8 s2", "u8 s4", "s8 bipolar", "u8 s8"),
)
WIDE = ((16, 576, 16, 576), (64, 576, 16, 576), (64, 576, 64, 64), (64, 576, 32, 144), (64, 1152, 8, 1152))
"""Outputs, inputs, PE, SIMD."""

DENSE = (
    *((16, 32, 2, 8, formats, LUT, LUTRAM) for formats in PRODUCTS),
    # SIMD and PE
    *((8, 4 * simd, 1, simd, "u4 s4", LUT, LUTRAM) for simd in (1, 4, 16)),
    *((8, 4 * simd, 2, simd, "u2 s2", LUT, LUTRAM) for simd in (1, 32)),
    *((8, 4 * simd, 4, simd, "bipolar bipolar", LUT, LUTRAM) for simd in (4, 32)),
    *((8, 4 * simd, 1, simd, "u8 s8", LUT, LUTRAM) for simd in (1, 4)),
    *((4 * pe, 16, pe, 4, "u2 s2", LUT, LUTRAM) for pe in (1, 8, 32)),
    (64, 32, 32, 8, "bipolar bipolar", LUT, LUTRAM),
    # one fold of neurons, of synapses, of both
    (4, 64, 4, 4, "u4 s4", LUT, LUTRAM),
    (32, 8, 2, 8, "u4 s4", LUT, LUTRAM),
    *((4, 8, 4, 8, formats, LUT, LUTRAM) for formats in ("u2 s2", "u4 s4")),
    (16, 32, 16, 32, "bipolar bipolar", LUT, LUTRAM),
    (8, 64, 8, 8, "bipolar bipolar", LUT, LUTRAM),
    # depth of the weights and of the replay buffer
    (32, 64, 2, 4, "u2 s2", LUT, LUTRAM),
    (32, 128, 2, 2, "u2 s2", LUT, LUTRAM),
    (4, 256, 2, 2, "u4 s4", LUT, LUTRAM),
    # block RAM
    *((outputs, inputs, 2, 4, "u2 s2", LUT, BRAM) for outputs, inputs in ((8, 16), (64, 64), (64, 200))),
    (64, 64, 4, 8, "u2 t", LUT, BRAM),
    (128, 128, 1, 1, "u8 s8", LUT, BRAM),
    (64, 100, 1, 1, "u4 s5", LUT, BRAM),
    # DSP blocks
    (8, 4, 1, 1, "u8 s8", DSP, LUTRAM),
    (16, 32, 4, 8, "u8 s8", DSP, LUTRAM),
    *((8, 16, 2, 4, formats, DSP, LUTRAM) for formats in ("u4 s4", "u2 s2", "u8 t", "s16 s8")),
    (64, 64, 2, 2, "u8 s8", DSP, BRAM),
    # several products a DSP, in the folds of convolutions
    *((32, 144, 16, simd, formats, DSP, BRAM) for simd, formats in ((9, "u8 s8"), (9, "u4 s4"), (16, "u4 s4"))),
    *((6, 18, pe, 9, formats, DSP, LUTRAM) for pe, formats in ((3, "u8 s8"), (6, "s4 s4"), (6, "u4 u4"))),
    (10, 16, 10, 4, "u3 s3", DSP, LUTRAM),
    (26, 32, 13, 8, "u2 t", DSP, LUTRAM),
    *((64, 128, 8, 32, formats, LUT, BRAM) for formats in ("u2 t", "u2 s2")),
    # wide rows of convolutions, bipolar weights
    *((outputs, inputs, pe, simd, "bipolar bipolar", LUT, LUTRAM) for outputs, inputs, pe, simd in WIDE),
    *((64, 27, pe, simd, "u8 bipolar", LUT, LUTRAM) for pe, simd in ((64, 27), (16, 27), (32, 3))),
    *((outputs, 64, 8, 64, "u8 bipolar", LUT, LUTRAM) for outputs in (8, 32)),
    # weights of few signed digits
    *((16, 32, 2, 8, f"u4 {digits}", SHIFT, LUTRAM) for digits in ("k0", "k01", "k0123", "k01+23", "k024+135")),
    *((16, 32, 2, 8, f"u8 {digits}", SHIFT, LUTRAM) for digits in ("k012", "k012345", "k01234567", "k024+135")),
    *((16, 32, 2, 8, f"s6 {digits}", SHIFT, LUTRAM) for digits in ("k0", "k012", "k01234567+01234567")),
    *((8, 4 * simd, 1, simd, "u8 k0123", SHIFT, LUTRAM) for simd in (1, 4, 32)),
    (4, 8, 4, 8, "u4 k012", SHIFT, LUTRAM),
    (8, 16, 8, 16, "u8 k012345", SHIFT, LUTRAM),
    (64, 64, 4, 8, "u8 k024+135", SHIFT, BRAM),
    *((64, 128, 8, 32, f"u2 {digits}", SHIFT, BRAM) for digits in ("k0", "k01")),
)
"""Outputs, inputs, PE, SIMD, formats of input and weights, multiplier, storage; ``k024+135``: weights are the sum of two
digits with such shifts.
"""

COPIES = (
    (2, 8, 27, "u8 s4", LUT),
    (4, 16, 8, "u4 s4", LUT),
    (2, 16, 72, "bipolar bipolar", LUT),
)
"""How many; outputs, inputs, input and weight format, multiplier, all at once."""

REQUANTIZE_SHIFT = (
    *((width, "u4", 4, 4, 5, Rounding.HALF_EVEN) for width in (6, 8, 12, 20)),
    *((12, out, 4, 4, 5, Rounding.HALF_AWAY) for out in ("u2", "s8")),
    *((12, "u4", lanes, 4, 5, Rounding.FLOOR) for lanes in (1, 16)),
    *((12, "u4", 4, folds, 5, Rounding.TO_ZERO) for folds in (1, 32)),
)
"""Input bits, output, lanes, folds, right shift, rounding."""

MULTIPLY_SHIFT = (
    *((width, 8, "u4", 2, 4, DSP) for width in (8, 12, 20)),
    *((12, bits, "s8", 2, 4, DSP) for bits in (3, 16)),
    (12, 8, "u4", 8, 4, DSP),
    *((12, 8, "u4", 2, folds, DSP) for folds in (1, 32)),
    *((width, bits, "s8", 2, folds, LUT) for width, bits, folds in ((8, 8, 4), (12, 8, 16), (18, 16, 4), (18, 16, 1))),
    *(
        (width, bits, "s8", 2, folds, SHIFT)
        for width, bits, folds in ((8, 4, 4), (12, 8, 16), (18, 12, 4), (18, 12, 1))
    ),
)
"""Input bits, multiplier bits, output, lanes, folds, what products are made of."""

COMPARATORS = (
    *((width, 3, 4, 4) for width in (6, 10, 16)),
    *((10, levels, 2, 4) for levels in (1, 7, 15)),
    *((10, 3, 4, folds) for folds in (1, 16, 64)),
    (10, 15, 4, 1),
    (12, 15, 2, 64),
)
"""Input bits, levels, lanes, folds."""

THRESHOLD_MEMORY = (
    *((width, 15, 2, 4) for width in (8, 12, 16)),
    *((10, levels, 2, 4) for levels in (1, 7, 63, 255)),
    *((10, 15, 2, folds) for folds in (1, 64)),
    (16, 255, 1, 16),
)
"""Input bits, levels, lanes, folds."""

TABLE = (
    *((width, "u4", 4, 0) for width in (4, 6, 8, 10)),
    (8, "s8", 2, 0),
    (6, "u4", 16, 0),
    *((6, "u4", 2, folds) for folds in (4, 16)),
    (12, "s8", 1, 0),
    # inputs with bounds of their own
    *((12, output, 8, 2, entries) for output, entries in (("bipolar", 1153), ("u2", 1258))),
    (10, "u2", 8, 2, 608),
    (9, "u4", 2, 4, 376),
    (9, "u4", 2, 16, 436),
    (6, "u4", 4, 0, 41),
)
"""Input bits, output, lanes, folds (0: one table for all channels), entries of a channel (all inputs if left out)."""

ADAPTER = tuple(
    (down, up, bits)
    for narrow, wide, bits in ((1, 2, 4), (1, 4, 8), (4, 16, 2), (1, 16, 1), (8, 16, 8), (2, 64, 2), (3, 12, 3))
    for down, up in ((narrow, wide), (wide, narrow))
)
"""Lanes in, lanes out, bits of an element."""

DEPTHWISE = (
    *((16, 1, 9, 4, formats, LUT) for formats in ("u4 s4", "u8 s8", "u2 s2", "u8 s4", "u4 bipolar", "bipolar bipolar")),
    *((64, 1, 9, lanes, "u4 s4", LUT) for lanes in (1, 8)),
    (16, 2, 9, 2, "u4 s4", LUT),
    (8, 1, 25, 2, "s6 s6", LUT),
    (16, 1, 4, 4, "bipolar s4", LUT),
    *((4, 1, 9, 4, formats, LUT) for formats in ("u4 s4", "u2 s2", "u8 s4", "u8 s8", "u4 bipolar", "bipolar bipolar")),
    (512, 1, 9, 2, "u2 s4", LUT),
    (16, 1, 9, 4, "u8 s8", DSP),
)
"""Channels, outputs a channel, taps, lanes, formats of input and weights, multiplier."""

POOL = (
    *((Reduction.MAX, *spec) for spec in ((4, 4, "u4"), (9, 4, "u4"), (9, 2, "s8"), (9, 16, "u2"), (4, 32, "u8"))),
    *((Reduction.MAX, *spec) for spec in ((9, 8, "bipolar"), (25, 2, "u4"), (9, 8, "u3"))),
    *((Reduction.SUM, *spec) for spec in ((4, 8, "u4"), (9, 4, "s8"), (49, 2, "u4"), (9, 8, "bipolar"), (9, 8, "u1"))),
)
"""Reduction, taps, lanes, format of the input."""

GLOBAL_POOL = (
    *((Reduction.MAX, *spec) for spec in ((49, 8, 1, "u4"), (49, 8, 8, "u4"), (16, 8, 48, "s8"))),
    *((Reduction.SUM, *spec) for spec in ((49, 8, 1, "u8"), (49, 8, 8, "u8"), (64, 8, 64, "u4"), (64, 2, 256, "u8"))),
    *((Reduction.SUM, *spec) for spec in ((49, 32, 3, "u4"), (49, 16, 4, "bipolar"))),
)
"""Reduction, pixels, lanes, groups of channels, format of the input."""

FORK = ((2, 4, "u8"), (3, 2, "s12"), (2, 16, "u4"), (4, 8, "bipolar"))
"""Copies, lanes, format."""

CONCAT = (
    *(((4, 4), lanes, ("u8", "u8")) for lanes in (2, 8)),
    ((1, 1), 4, ("u4", "s8")),
    ((16, 2, 9), 4, ("u8", "u8", "s6")),
    ((8, 8, 8, 8), 4, ("u4", "u4", "u4", "u4")),
)
"""Beats of a pixel from each input, lanes, formats."""

JOIN = (
    *(((1, 1), 0, lanes, ("u8", "u8")) for lanes in (1, 4, 16)),
    ((1, 1), 100, 4, ("s8", "s8")),
    ((4, -1), 0, 4, ("s12", "u4")),
    ((3, 5), 0, 4, ("u8", "u8")),
    ((7, 1), -77, 4, ("s8", "u8")),
    ((12_345_677, 9_876_543), 0, 2, ("s8", "u8")),
    ((1_234_567, 1 << 20), 1 << 19, 4, ("u8", "u8")),
    ((1, 1, 1), 0, 4, ("u8", "u8", "u8")),
    ((1, 2, 1, 4, 1), 0, 2, ("u4", "s4", "u8", "u8", "s6")),
)
"""Multipliers, constant, lanes, formats."""

PRODUCT = ((4, ("u8", "u8")), (2, ("s8", "u4", "s6")), (1, ("s16", "s8")))
"""Lanes, formats."""

REORDER = (
    *(("upsample", (16, 32, 16), 4, lanes) for lanes in (4, 16)),
    *(("transpose", (size, size, 4), 8, lanes) for size, lanes in ((8, 4), (16, 1))),
    *(("border", (size, size, 8), 4, 8) for size in (6, 16)),
    ("crop", (32, 32, 4), 8, 4),
    *(("channels", (8, 8, 16), 8, lanes) for lanes in (2, 16)),
)
"""What is done to a frame, its shape, bits of an element, lanes (of channels, those of a pixel: by wires)."""

PARALLEL_WINDOW = (
    *(((16, 16, 4 * groups), (3, 3), 1, 1, 4, "u4") for groups in (1, 2, 8)),
    ((16, 16, 16), (3, 3), 2, 1, 16, "u4"),
    ((16, 16, 8), (2, 2), 2, 0, 8, "u4"),
    ((28, 28, 1), (5, 5), 1, 2, 1, "u8"),
    ((8, 8, 4), (7, 7), 1, 3, 2, "u2"),
    ((1, 128, 8), (1, 9), 1, 4, 8, "u4"),
    ((32, 32, 8), (3, 3), 1, 1, 8, "bipolar"),
    ((64, 64, 32), (3, 3), 1, 1, 4, "u8"),
    ((32, 128, 8), (3, 3), 2, 1, 8, "u4"),
    ((14, 14, 8), (1, 1), 2, 0, 4, "u4"),
    # several pixels a beat
    ((96, 96, 3), (3, 3), 2, 1, 6, "u8"),
    ((32, 32, 4), (3, 3), 1, 1, 8, "u4"),
    ((32, 32, 4), (3, 3), 1, 1, 16, "u4"),
    ((64, 64, 8), (2, 2), 2, 0, 32, "u2"),
)
"""Rows, columns and channels; kernel, stride, padding on all sides, lanes, format."""

WINDOW = (
    *(((16, 16, 4 * groups), (3, 3), 1, 1, 4, "u4") for groups in (1, 2, 8)),
    ((16, 16, 16), (3, 3), 2, 1, 16, "u4"),
    ((16, 16, 8), (2, 2), 2, 0, 8, "u4"),
    ((28, 28, 1), (5, 5), 1, 2, 1, "u8"),
    ((30, 30, 64), (3, 3), 1, 0, 64, "bipolar"),
    ((1, 128, 8), (1, 9), 1, 4, 8, "u4"),
    ((64, 64, 32), (3, 3), 1, 1, 4, "u8"),
    ((14, 14, 8), (1, 1), 2, 0, 4, "u4"),
)
"""As those of ``PARALLEL_WINDOW``, a tap a beat."""

FIFO = (
    *((1, 3), (1, 64), (8, 3), (8, 17), (8, 33), (16, 65), (4, 200), (64, 33), (128, 5), (3, 512), (16, 256)),
    # block RAM
    *((36, 512), (32, 600)),
)
"""Width, depth."""
