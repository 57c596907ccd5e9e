"""Folded matrix-vector unit: PE outputs by SIMD inputs a cycle, weights from a read-only memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np

from fpgaflow.fixed import FixedFormat, Format, IntArray
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
    def cycles(self) -> int:
        return self.vectors * self.neuron_folds * self.synapse_folds

    @property
    def latency(self) -> int:
        # operand registers, product registers, one register a two levels of the adder tree, accumulator
        levels = int(np.ceil(np.log2(self.simd))) if self.simd > 1 else 0
        return 3 + (levels + 1) // 2

    def evaluate(self, frames: IntArray) -> IntArray:
        vectors = frames.reshape(len(frames), self.vectors, self.inputs)
        products: IntArray = vectors @ self.weights.T
        return products.reshape(len(frames), self.vectors * self.outputs)

    def cost(self) -> Resources:
        raise AssertionError("the cost model is written with the calibration")

    def memories(self) -> tuple[Memory, ...]:
        """Word ``nf * synapse_folds + sf`` holds, from the least significant bits, lane ``p * simd + s``."""
        codes = self.weight_format.encode(self.weights)
        folded = codes.reshape(self.neuron_folds, self.pe, self.synapse_folds, self.simd).transpose(0, 2, 1, 3)
        width = self.weight_format.width
        words = tuple(pack(word, width) for word in folded.reshape(-1, self.pe * self.simd))
        return (Memory("weights", width * self.pe * self.simd, words),)
