"""Compares the integer network with the ONNX reference: on integers, where every difference counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.passes.lower import Lowered

if TYPE_CHECKING:
    from fpgaflow.backends.emulate import Emulator

CHUNK = 256


@dataclass(frozen=True)
class Exactness:
    """How the integer network and the reference compare on some frames.

    ``outputs`` integers at the accelerator's output were compared, ``equal`` of them are equal. The reference is the model
    evaluated in float32; its value at that point is brought back to integers by the known scale and offset.
    ``equal_float64`` counts the same with the model evaluated in float64 (closer to exact real arithmetic; None if
    not needed). ``max_abs_diff`` is the largest difference of the network's final outputs, in the model's own units.
    """

    reference: str
    frames: int
    outputs: int
    equal: int
    max_abs_diff: float
    equal_float64: int | None = None


def compare_with_reference(model: Graph, lowered: Lowered, frames: Array) -> Exactness:
    """Run both on ``frames`` (frames, *shape), float32."""
    from fpgaflow.backends.emulate import Emulator  # noqa: PLC0415 - its compiler takes a second to import

    emulator = Emulator(lowered.body)
    boundary = lowered.decoder.name
    integers = run_body(lowered, emulator, frames)
    ((port, type_),) = lowered.tail.inputs.items()
    ours = lowered.tail.evaluate({port: integers.reshape(len(integers), *type_.shape)})
    arranged = lowered.in_model_order(integers).astype(np.int64)
    flat = arranged.reshape(len(frames), -1)
    difference, equal = 0.0, 0
    for start in range(0, len(frames), CHUNK):
        part = slice(start, start + CHUNK)
        reference = model.evaluate({next(iter(model.inputs)): frames[part].astype(np.float32)})
        equal += _count_equal(lowered, reference[boundary], flat[part])
        for name in model.outputs:
            gap = np.abs(reference[name].astype(np.float64) - ours[name][part].astype(np.float64))
            difference = max(difference, float(gap.max(initial=0.0)))
    precise = None
    if equal < flat.size:
        reference = model.evaluate({next(iter(model.inputs)): frames.astype(np.float32).astype(np.float64)})
        precise = _count_equal(lowered, reference[boundary], flat)
    text = f"the model evaluated in float32, at '{boundary}'"
    return Exactness(text, len(frames), flat.size, equal, difference, precise)


def run_body(lowered: Lowered, emulator: Emulator, frames: Array) -> Array:
    """Float frames through head and body: the accelerator's integers."""
    head = lowered.head.evaluate({next(iter(lowered.head.inputs)): frames})
    return emulator(head[lowered.head.outputs[0]])


def _count_equal(lowered: Lowered, real: Array, integers: IntArray) -> int:
    """How many of the reference's real numbers at the boundary stand for our integers (frames, elements).

    A real number stands for the nearest point of the grid, and for every integer that float32 rounds to it.
    """
    first = lowered.decoder
    scale, offset = (lowered.tail.constants[name].values for name in first.inputs[1:])
    nearest = np.rint((real.astype(np.float64) - offset) / scale).reshape(integers.shape)
    rounded = first.op.evaluate(integers.reshape(real.shape), scale, offset).reshape(integers.shape)
    return int(np.count_nonzero((nearest == integers) | (rounded == real.reshape(integers.shape))))
