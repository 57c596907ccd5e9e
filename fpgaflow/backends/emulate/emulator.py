"""Runs an integer graph step by step, a few frames at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fpgaflow.backends.emulate import arrange, convolution, dense, pooling, requantize
from fpgaflow.backends.emulate.number_types import Operand, magnitude, type_for
from fpgaflow.backends.emulate.step import COMPILERS, Step
from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Graph, TensorType

KINDS = (arrange, convolution, dense, pooling, requantize)
"""The modules that register the compilers."""

CHUNK_BYTES = 1 << 20
MAX_CHUNK = 1024
KEPT_BYTES = 24 << 20


@dataclass(frozen=True, eq=False)
class _Action:
    """A step in its place: names of what it reads and computes, and of values that nobody reads after it."""

    name: str
    inputs: tuple[str, ...]
    step: Step
    dead: tuple[str, ...]


class Emulator:
    """``emulator(integers)``: (frames, *input shape) stored integers -> (frames, *output shape) stored integers.

    Equal to ``body.evaluate`` on every frame of integers that the input's format holds.
    """

    def __init__(self, body: Graph) -> None:
        ((self._input, self._input_type),) = body.inputs.items()
        (self._output,) = body.outputs
        self._output_type = body.type_of(self._output)
        operands = {self._input: _operand(self._input_type)}
        self._first_type = operands[self._input].dtype
        self._actions: list[_Action] = []
        last_use = {name: node.name for node in body.nodes for name in node.inputs}
        for node in body.nodes:
            data = tuple(name for name in node.inputs if name not in body.constants)
            constants = [body.constants[name].values for name in node.inputs if name in body.constants]
            step = COMPILERS[type(node.op)](node.op, [operands[name] for name in data], constants)
            types = (_type_seen(body, operands, name) for name in node.inputs)
            assert node.type.format is not None
            operands[node.name] = Operand(node.op.infer(*types).shape, node.type.format, step.dtype)
            dead = tuple(name for name in dict.fromkeys(data) if last_use[name] == node.name and name != self._output)
            self._actions.append(_Action(node.name, data, step, dead))
        # glibc returns freed memory to the system, which hands it out again page by page, unless a larger block has been
        # freed before. Never touched, this one costs nothing.
        np.empty(KEPT_BYTES, dtype=np.uint8)
        widest = max(_bytes(operand) for operand in operands.values())
        self.chunk = min(MAX_CHUNK, max(1, CHUNK_BYTES // widest))

    def __call__(self, integers: Array) -> IntArray:
        frames = np.asarray(integers).reshape(len(integers), *self._input_type.shape)
        result = np.empty((len(frames), *self._output_type.shape), dtype=np.int64)
        for start in range(0, len(frames), self.chunk):
            part = slice(start, start + self.chunk)
            result[part] = self._run(frames[part]).reshape(-1, *self._output_type.shape)
        return result

    def _run(self, frames: Array) -> Array:
        values: dict[str, Array] = {self._input: frames.astype(self._first_type, order="C")}
        for action in self._actions:
            values[action.name] = action.step.run(*(values[name] for name in action.inputs))
            for name in action.dead:
                del values[name]
        return values[self._output]


def _operand(type_: TensorType) -> Operand:
    assert type_.format is not None
    return Operand(type_.shape, type_.format, type_for(magnitude(type_.format)))


def _type_seen(body: Graph, operands: Mapping[str, Operand], name: str) -> TensorType:
    return TensorType(operands[name].shape, operands[name].format) if name in operands else body.type_of(name)


def _bytes(operand: Operand) -> int:
    """Of one frame."""
    return max(1, TensorType(operand.shape).elements) * np.dtype(operand.dtype).itemsize
