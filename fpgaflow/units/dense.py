"""Folded matrix-vector unit: PE outputs by SIMD inputs a cycle, weights from a read-only memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range
from fpgaflow.units.base import Memory, Resources, pack
from fpgaflow.units.dsp_packing import DSP_PRODUCT_BITS, Packing, packing
from fpgaflow.units.khot import Recoding, recoding, row_cost
from fpgaflow.units.rom import clog2, distinct, rom_cost
from fpgaflow.units.schedule import Schedule, Steps


class Multiplier(Enum):
    """What the products are made of."""

    LUT = "lut"
    DSP = "dsp"
    SHIFT = "shift"
    """Shifted inputs, one for each signed digit of a weight; weights must have few (``khot``)."""


class WeightStorage(Enum):
    """Where the weights lie."""

    LUTRAM = "lutram"
    BRAM = "bram"


@dataclass(frozen=True, eq=False)
class DenseUnit:
    """``output[v, m] = sum_k weights[m, k] * input[v, g, k]`` for each of ``vectors`` vectors of a frame.

    ``weights`` is (outputs, inputs of a group) int64 of ``weight_format``; output m belongs to group
    ``g = m // (outputs / groups)``; ``pe`` divides the outputs of a group, ``simd`` its inputs. Order of work: for each
    vector, for each group, for each neuron fold ``nf`` (outputs of a group / pe), for each synapse fold ``sf`` (inputs of
    a group / simd): one cycle. The input beats (simd lanes) are read during ``nf == 0`` and replayed from a buffer for the
    other folds; after the last synapse fold of each neuron fold one output beat of ``pe`` lanes leaves. Products of two
    bipolar operands are XNORs, of one bipolar operand conditional negations, whatever ``multiplier`` says; ``SHIFT`` is not
    for them.
    ``accumulator`` holds every partial sum and every result.
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
    groups: int = 1

    @property
    def outputs(self) -> int:
        return int(self.weights.shape[0])

    @property
    def inputs(self) -> int:
        """Inputs of a group."""
        return int(self.weights.shape[1])

    @property
    def neuron_folds(self) -> int:
        return self.outputs // self.groups // self.pe

    @property
    def synapse_folds(self) -> int:
        return self.inputs // self.simd

    @property
    def words(self) -> int:
        """Words of the weight memory; a single one is a constant."""
        return self.groups * self.neuron_folds * self.synapse_folds

    @property
    def input_lanes(self) -> int:
        return self.simd

    @property
    def output_lanes(self) -> int:
        return self.pe

    @property
    def cycles(self) -> int:
        return self.vectors * self.words

    @property
    def latency(self) -> int:
        """Registers of ``ff_dense.sv``: operands, then one behind every second level of adders, the last at the output.

        A multiplication counts as two levels (from DSPs, as a register of its own), the accumulator as one.
        """
        return 1 + max(1, -(-self._levels // 2))

    @property
    def _both_bipolar(self) -> bool:
        return isinstance(self.input_format, BipolarFormat) and isinstance(self.weight_format, BipolarFormat)

    @property
    def _negates(self) -> bool:
        """True if products are inputs or negated inputs."""
        return isinstance(self.weight_format, BipolarFormat) and not self._both_bipolar

    @property
    def _operands(self) -> int:
        """Operands of a row's adder tree: products, or counts of 3 XNORs, of 6 if the weights are constant."""
        return -(-self.simd // (1 if not self._both_bipolar else 6 if self.words == 1 else 3))

    @property
    def _levels(self) -> int:
        """Levels of adders behind the operand registers."""
        tree, accumulator = clog2(self._operands), self._both_bipolar or self.synapse_folds > 1
        tree += len(self.recoding.digits) - 1 if self.shifted else 0
        return max(self._product_levels() + tree + accumulator, 3 if self.packed else 0)

    def _product_levels(self) -> int:
        """Levels of adders in a product of ``ff_lut_products.sv``, two at most; two for a DSP."""
        if self.bipolar:
            return int(not isinstance(self.weight_format, BipolarFormat))
        if self.packed:
            return 2
        if self.shifted:
            return int(self.recoding.coarse_bits > 0)
        return min(2, clog2(-(-self.weight_format.width // self._chunk)))

    def evaluate(self, *inputs: IntArray) -> IntArray:
        (frames,) = inputs
        vectors = frames.reshape(-1, self.groups, self.inputs).transpose(1, 0, 2)
        weights = self.weights.reshape(self.groups, -1, self.inputs).transpose(0, 2, 1)
        products: IntArray = (vectors @ weights).transpose(1, 0, 2)
        return products.reshape(len(frames), self.vectors * self.outputs)

    def schedule(self) -> Schedule:
        """Takes beats in the first neuron fold of a vector, gives one behind the last synapse fold of each."""
        step = np.arange(self.cycles)
        first_fold = step // self.synapse_folds % self.neuron_folds == 0
        return Steps(first_fold[None], step % self.synapse_folds == self.synapse_folds - 1)

    def cost(self) -> Resources:
        """Rows, accumulators, weights, replay buffer, output, control; ``docs/estimates.md`` has the errors."""
        beat = self.simd * self.input_format.width
        # sums of XNORs are all even or all odd
        result = self.pe * (self.accumulator.width - self._both_bipolar)
        counters = clog2(self.words) + clog2(self.synapse_folds) + clog2(self.neuron_folds)
        control = Resources(lut=12 + 1.75 * counters, ff=5 + counters + 3 * (self.latency - 1))
        output = Resources(ff=result)
        # an adder, which takes in the choice between the running sum and its start
        accumulators = Resources(lut=result, ff=result) if self.synapse_folds > 1 else Resources()
        operands = Resources(ff=beat) + self.multiples_cost()
        weight_bits, block = self.pe * self.simd * self.stored_format.width, self.storage is WeightStorage.BRAM
        # behind a block RAM stands a register of its own
        weights = rom_cost(self.words, weight_bits, block=block) + Resources(ff=weight_bits * block)
        return control + output + accumulators + operands + weights + self.rows_cost() + self._replay_cost()

    @property
    def bipolar(self) -> bool:
        """True if an operand is -1 or +1, so that products are no multiplications."""
        return isinstance(self.input_format, BipolarFormat) or isinstance(self.weight_format, BipolarFormat)

    @property
    def packed(self) -> bool:
        """True if products are asked from DSP blocks."""
        return self.multiplier is Multiplier.DSP and not self.bipolar

    @property
    def shifted(self) -> bool:
        """True if products are sums of shifted inputs."""
        return self.multiplier is Multiplier.SHIFT

    @cached_property
    def recoding(self) -> Recoding:
        """The digits of the weights, if products are ``shifted``."""
        found = recoding(self.weights)
        assert found is not None, "the weights have too many digits"
        return found

    @cached_property
    def packing(self) -> Packing:
        """How products share DSP blocks, if they are ``packed``."""
        return packing(self.weights, self.pe, self.input_format)

    @property
    def products_per_dsp(self) -> int:
        """Products of a DSP block in a cycle, at most; 0 if there is none."""
        return self.packing.rows if self.uses_dsp else 0

    @property
    def uses_dsp(self) -> bool:
        """True if products come from DSP blocks, which narrow ones are not worth."""
        return self.packed and self.packing.dsps(self.pe, self.input_format) > 0

    @property
    def stored_format(self) -> Format:
        """The format of the memory's codes."""
        if self.shifted:
            return FixedFormat(self.recoding.width)
        return self.packing.digit if self.packed else self.weight_format

    @cached_property
    def product_bits(self) -> int:
        """Bits of one product."""
        data = self.input_format
        corners = [x * w for x in (data.min, data.max) for w in (int(self.weights.min()), int(self.weights.max()))]
        return format_for_range(min(corners), max(corners)).width

    def rows_cost(self) -> Resources:
        """Products and adder trees of all outputs.

        An adder has a LUT for each bit of its operands; registers stand at even levels.
        """
        if self.shifted:
            return self._shift_rows_cost()
        bits = self.packing.product.width if self.packed else self.product_bits
        if self._both_bipolar:
            bits = 3 if self.words == 1 else 2
        lut = self.simd * self._product_luts() * self._share(0)
        ff, count, level = 0.0, self._operands, self._product_levels()
        for added in range(clog2(count) + 1):
            width = min(bits + added, self.accumulator.width)
            if added:
                # the upper two bits of a sum have a LUT in common
                lut += self._share(added) * (count // 2) * (width - (not self._both_bipolar))
                count = -(-count // 2)
            if level and level % 2 == 0 and level < self._levels and (added or not self.packed):
                ff += self._share(added) * count * width
            level += 1
        # about half of the bits of constant weights add nothing, but no input is left out
        rows = Resources(self.pe * lut * (0.6 if self.words == 1 and not self._negates else 1.0), self.pe * ff)
        return rows + self._packed_cost() if self.packed else rows

    def _share(self, level: int) -> float:
        """How many of all rows' sums on a level of adders differ: with constant weights those of equal weights are one."""
        weights = -(-self.simd // self._operands) << level
        return distinct(self.pe, 1 << weights * self.weight_format.width) / self.pe if self.words == 1 else 1.0

    def _shift_rows_cost(self) -> Resources:
        assert isinstance(self.input_format, FixedFormat)
        first, levels = self._product_levels(), self._levels
        one = row_cost(
            self.recoding,
            self.simd,
            self.input_format,
            self.accumulator.width,
            lambda level: (first + level) % 2 == 0 and first + level < levels,
            constant=self.words == 1,
        )
        return Resources(self.pe * one.lut, self.pe * one.ff)

    def _packed_cost(self) -> Resources:
        """Multiplications and the registers behind them; two LUTs and a register tell a bit where products overlap."""
        packing = self.packing
        bits = [packing.result_bits(rows) for rows in packing.blocks(self.pe)]
        # synthesis makes LUTs of multiplications that are too narrow for a DSP
        narrow = 0.75 * self.input_format.width * sum(width for width in bits if width < DSP_PRODUCT_BITS)
        above = self.pe - len(bits)
        # without accumulator the last carry needs an adder
        carries = above if packing.product.signed and self.synapse_folds == 1 else 0
        return Resources(
            lut=self.simd * (narrow + 2 * above * packing.overlap) + carries * self.accumulator.width,
            ff=self.simd * (sum(bits) + above * packing.overlap),
            dsp=self.simd * packing.dsps(self.pe, self.input_format),
        )

    def _product_luts(self) -> float:
        """LUTs of one product; XNORs are counted, three or six together."""
        weight_bits = self.weight_format.width
        if self._both_bipolar:
            return 0.5 if self.words == 1 else 0.6
        if self.packed:
            return 0.0
        if self.words == 1:
            # an adder for each digit of a constant but the first
            return 0.0 if self.bipolar else self.product_bits * max(0.0, (weight_bits - 2) / 3)
        if self.bipolar:
            # an adder takes in the choice of one of its two operands
            return (0.6 if self._negates else 0.85) * self.product_bits
        if self.input_format.width == 1 and not self.input_format.signed:
            return 0.4 * self.product_bits
        # partial products; the adder of two of them takes in as many LUTs as it has, if they are of few bits
        chunks = -(-weight_bits // self._chunk)
        return (1.1 if chunks > 1 else 0.8) * chunks * min(self.input_format.width + self._chunk, self.product_bits)

    @property
    def _chunk(self) -> int:
        """Bits of the weight in one partial product: with the input they fill a LUT6, or choose one of four multiples."""
        bits = self.input_format.width
        if bits == 1 and not self.input_format.signed:
            return self.weight_format.width
        return 6 - bits if bits <= 4 else 2

    def multiples_cost(self) -> Resources:
        """Negated and tripled inputs and their registers, common to all rows."""
        bits = 0
        if self._negates:
            bits = self.input_format.width + 1
        elif not self.bipolar and not self.packed and not self.shifted and self._chunk + self.input_format.width > 6:
            bits = 2 * self.input_format.width + 1
        return Resources(lut=0.9 * self.simd * bits, ff=self.simd * bits)

    def _replay_cost(self) -> Resources:
        """A vector in LUTRAM, or in a register if it is one beat."""
        beat = self.simd * self.input_format.width
        if self.neuron_folds == 1:
            return Resources()
        if self.synapse_folds == 1:
            return Resources(lut=0.1 * beat, ff=beat)
        return Resources(lut=1.3 * beat * -(-self.synapse_folds // 32))

    def memories(self) -> tuple[Memory, ...]:
        """Word ``(g * neuron_folds + nf) * synapse_folds + sf`` holds lane ``p * simd + s``, the first least significant.

        For DSP blocks weights are stored as the digits of ``packing``, for shifts as the codes of ``recoding``.
        """
        rows = self.weights.reshape(-1, self.pe, self.inputs)
        if self.shifted:
            codes = self.recoding.encode(rows)
        else:
            codes = self.stored_format.encode(self.packing.digits(rows) if self.packed else rows)
        folded = codes.reshape(-1, self.pe, self.synapse_folds, self.simd).transpose(0, 2, 1, 3)
        width = self.stored_format.width
        words = tuple(pack(word, width) for word in folded.reshape(-1, self.pe * self.simd))
        return (Memory("weights", width * self.pe * self.simd, words),)
