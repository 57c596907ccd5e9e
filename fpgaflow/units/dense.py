"""Folded matrix-vector unit: PE outputs by SIMD inputs a cycle, weights from a read-only memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.units.base import Memory, Resources, pack


class Multiplier(Enum):
    """What the products are made of."""

    LUT = "lut"
    DSP = "dsp"


class WeightStorage(Enum):
    """Where the weights lie."""

    LUTRAM = "lutram"
    BRAM = "bram"


@dataclass(frozen=True, eq=False)
class DenseUnit:
    """``output[v, m] = sum_k weights[m, k] * input[v, k]`` for each of ``vectors`` vectors of a frame.

    ``weights`` is (outputs, inputs) int64 of ``weight_format``; ``pe`` divides outputs, ``simd`` divides inputs. Order
    of work: for each vector, for each neuron fold ``nf`` (outputs / pe), for each synapse fold ``sf`` (inputs / simd):
    one cycle. The input beats (simd lanes) are read during ``nf == 0`` and replayed from a buffer for the other folds;
    after the last synapse fold of each neuron fold one output beat of ``pe`` lanes leaves. Products of two bipolar
    operands are XNORs, of one bipolar operand conditional negations, whatever ``multiplier`` says. ``accumulator``
    holds every partial sum and every result.
    """

    kind: ClassVar[str] = "dense"
    weights: IntArray
    vectors: int
    simd: int
    pe: int
    input_format: Format
    weight_format: Format
    accumulator: FixedFormat
    multiplier: Multiplier
    storage: WeightStorage

    @property
    def outputs(self) -> int:
        return int(self.weights.shape[0])

    @property
    def inputs(self) -> int:
        return int(self.weights.shape[1])

    @property
    def neuron_folds(self) -> int:
        return self.outputs // self.pe

    @property
    def synapse_folds(self) -> int:
        return self.inputs // self.simd

    @property
    def input_lanes(self) -> int:
        return self.simd

    @property
    def output_lanes(self) -> int:
        return self.pe

    @property
    def cycles(self) -> int:
        return self.vectors * self.neuron_folds * self.synapse_folds

    @property
    def latency(self) -> int:
        """Registers of ``ff_dense.sv``: operands, then one behind every second level of adders, the last at the output.

        A multiplication counts as two levels (from DSPs, as a register of its own), the accumulator as one.
        """
        both = isinstance(self.input_format, BipolarFormat) and isinstance(self.weight_format, BipolarFormat)
        # the popcount's leaves count 6 constant or 3 other products in a look-up table
        group = 1 if not both else 6 if self.neuron_folds * self.synapse_folds == 1 else 3
        tree = (-(-self.simd // group) - 1).bit_length()
        levels = self._product_levels() + tree + (both or self.synapse_folds > 1)
        if self.multiplier is Multiplier.DSP and not self.bipolar:
            levels = max(3, levels)
        return 1 + max(1, -(-levels // 2))

    def _product_levels(self) -> int:
        """Levels of adders in a product of ``ff_lut_products.sv``, two at most; two for a DSP."""
        if self.bipolar:
            return int(not isinstance(self.weight_format, BipolarFormat))
        if self.multiplier is Multiplier.DSP:
            return 2
        bits, weight_bits = self.input_format.width, self.weight_format.width
        if bits == 1 and not self.input_format.signed:
            return 0
        chunks = -(-weight_bits // (6 - bits if bits <= 4 else 2))
        return min(2, (chunks - 1).bit_length())

    def evaluate(self, frames: IntArray) -> IntArray:
        vectors = frames.reshape(len(frames), self.vectors, self.inputs)
        products: IntArray = vectors @ self.weights.T
        return products.reshape(len(frames), self.vectors * self.outputs)

    def cost(self) -> Resources:
        """Products, adder tree, accumulator, weights, replay buffer; see ``benchmarks/estimates.py`` for the error."""
        macs, width = self.pe * self.simd, self.accumulator.width
        product_bits = self.product_bits
        lut, dsp = 0.0, 0.0
        if self.multiplier is Multiplier.DSP and not self.bipolar:
            dsp = macs
        else:
            lut += macs * self._product_luts()
        levels = (self.simd - 1).bit_length()
        lut += self.pe * (self.simd - 1) * (product_bits + levels / 2)
        ff = macs * product_bits + self.pe * self.simd * (product_bits + 2) / 3
        if self.synapse_folds > 1:
            lut += self.pe * width
        ff += self.pe * width * 3
        words, word_bits = self.neuron_folds * self.synapse_folds, macs * self.weight_format.width
        memory = rom_cost(words, word_bits, self.storage)
        buffer = Resources()
        if self.neuron_folds > 1:
            buffer = Resources(lut=self.simd * self.input_format.width * -(-self.synapse_folds // 32) * 0.6)
        ff += self.simd * self.input_format.width * 2
        return Resources(lut=lut + 60, ff=ff + 60, dsp=dsp) + memory + buffer

    @property
    def bipolar(self) -> bool:
        """True if an operand is -1 or +1, so that products are no multiplications."""
        return isinstance(self.input_format, BipolarFormat) or isinstance(self.weight_format, BipolarFormat)

    @property
    def product_bits(self) -> int:
        """Bits of one product."""
        a, b = self.input_format, self.weight_format
        corners = [x * w for x in (a.min, a.max) for w in (int(self.weights.min()), int(self.weights.max()))]
        return format_for_range(min(corners), max(corners)).width

    def _product_luts(self) -> float:
        a, b = self.input_format.width, self.weight_format.width
        if isinstance(self.input_format, BipolarFormat) and isinstance(self.weight_format, BipolarFormat):
            return 0.5
        if self.bipolar:
            return float(max(a, b))
        if min(a, b) == 1:
            return 0.5 * max(a, b)
        return 1.0 * a if b == 2 else 1.45 * a * b if max(a, b) <= 4 else 2.1 * a * b

    def memories(self) -> tuple[Memory, ...]:
        """Word ``nf * synapse_folds + sf`` holds, from the least significant bits, lane ``p * simd + s``."""
        codes = self.weight_format.encode(self.weights)
        folded = codes.reshape(self.neuron_folds, self.pe, self.synapse_folds, self.simd).transpose(0, 2, 1, 3)
        width = self.weight_format.width
        words = tuple(pack(word, width) for word in folded.reshape(-1, self.pe * self.simd))
        return (Memory("weights", width * self.pe * self.simd, words),)


def rom_cost(words: int, width: int, storage: WeightStorage) -> Resources:
    """A read-only memory of ``words`` words; a single word is wired to constants."""
    if words == 1:
        return Resources()
    if storage is WeightStorage.BRAM:
        depth_blocks = -(-words // 512)
        return Resources(bram=-(-width * depth_blocks // 36) / 2)
    return Resources(lut=width * max(1.0, words / 64) * 0.7, ff=width)
