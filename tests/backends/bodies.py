"""Integer graphs made by hand, one call a node, with random constants."""

from __future__ import annotations

from math import prod

import numpy as np

from fpgaflow.errors import Loc
from fpgaflow.fixed import BipolarFormat, Rounding, format_for_range, round_shift
from fpgaflow.ir.graph import Constant, Graph, GraphStage, Node, TensorType
from fpgaflow.ops.concatenate import Concatenate
from fpgaflow.ops.convolution import Convolution
from fpgaflow.ops.dense import Dense
from fpgaflow.ops.join import Join
from fpgaflow.ops.lookup_table import LookupTable
from fpgaflow.ops.pooling import Pooling
from fpgaflow.ops.rearrange import Rearrange
from fpgaflow.ops.requantize import Requantize
from fpgaflow.staircase import find_staircase
from fpgaflow.units.join import Operation
from fpgaflow.units.pool import Reduction


class Body:
    """A graph under construction; every method returns the name of the value that it adds."""

    def __init__(self, shape, format, seed=0):
        self.generator = np.random.default_rng(seed)
        self.inputs = {"input": TensorType(tuple(shape), format)}
        self.constants, self.nodes, self.types = {}, [], dict(self.inputs)

    def graph(self, output=None):
        output = output or self.nodes[-1].name
        return Graph(GraphStage.INTEGER, self.inputs, self.constants, tuple(self.nodes), (output,))

    def add(self, op, data, *constants):
        name = f"value{len(self.nodes)}"
        names = tuple(f"{name}.{index}" for index in range(len(constants)))
        arrays = [np.asarray(values, dtype=np.int64) for values in constants]
        self.constants.update(zip(names, map(Constant, arrays), strict=True))
        types = [self.types[value] for value in data] + [TensorType(values.shape) for values in arrays]
        self.types[name] = op.infer(*types)
        self.nodes.append(Node(name, op, (*data, *names), self.types[name], Loc("made by hand")))
        return name

    def frames(self, count):
        (type_,) = self.inputs.values()
        return type_.format.decode(self.generator.integers(0, 1 << type_.format.width, (count, *type_.shape)))

    def weights(self, shape, bits):
        if bits == 0:
            return BipolarFormat(), self.generator.choice([-1, 1], shape)
        high = (1 << (bits - 1)) - 1 if bits > 1 else 0
        low = -high - 1
        return format_for_range(low, max(high, 0)), self.generator.integers(low, high + 1, shape)

    def reach(self, value, *also):
        """Smallest and largest integer of a value's format and of ``also``."""
        format = self.types[value].format
        return min(format.min, *also, format.max), max(format.max, *also, format.min)

    def dense(self, value, outputs, bits=4):
        type_ = self.types[value]
        inputs = type_.shape[-1] if self.generator.integers(2) else type_.elements
        format, weights = self.weights((outputs, inputs), bits)
        return self.add(Dense(format, self.accumulator(value, weights)), (value,), weights)

    def accumulator(self, value, weights, *also):
        low, high = self.reach(value, *also)
        flat = weights.reshape(len(weights), -1)
        most, least = np.maximum(flat * low, flat * high), np.minimum(flat * low, flat * high)
        return format_for_range(int(np.minimum(least, 0).sum(axis=1).min()), int(np.maximum(most, 0).sum(axis=1).max()))

    def convolution(
        self, value, outputs, kernel, *, stride=(1, 1), dilation=(1, 1), pads=(0,) * 4, pad=0, groups=1, bits=4
    ):
        channels = self.types[value].shape[-1]
        format, weights = self.weights((outputs, *kernel, channels // groups), bits)
        accumulator = self.accumulator(value, weights, pad)
        op = Convolution(kernel, stride, dilation, pads, pad, groups, format, accumulator)
        return self.add(op, (value,), weights)

    def pool(self, value, reduction, kernel, *, stride=(1, 1), dilation=(1, 1), pads=(0,) * 4, pad=0):
        low, high = self.reach(value, pad) if any(pads) else self.reach(value)
        factor = kernel[0] * kernel[1] if reduction is Reduction.SUM else 1
        format = format_for_range(low * factor, high * factor)
        return self.add(Pooling(kernel, stride, dilation, pads, pad, reduction, format), (value,))

    def join(self, values, operation=Operation.ADD, multipliers=None, constant=0):
        multipliers = multipliers or (1,) * len(values)
        reach = [max(map(abs, self.reach(value))) for value in values]
        if operation is Operation.MULTIPLY:
            most = prod(reach)
        else:
            most = sum(abs(factor) * one for factor, one in zip(multipliers, reach, strict=True)) + abs(constant)
        return self.add(Join(operation, tuple(multipliers), constant, format_for_range(-most, most)), tuple(values))

    def concatenate(self, values):
        lows, highs = zip(*(self.reach(value) for value in values), strict=True)
        return self.add(Concatenate(format_for_range(min(lows), max(highs))), tuple(values))

    def rearrange(self, value, shape, order, pad=0):
        return self.add(Rearrange(tuple(shape), pad), (value,), order)

    def table(self, value, channels, low, high):
        least, most = self.reach(value)
        table = self.generator.integers(low, high + 1, (channels, most - least + 1))
        return self.add(LookupTable(least, format_for_range(low, high)), (value,), table)

    def shift(self, value, bits, signed=False, rounding=Rounding.HALF_EVEN, channels=None):
        """Bias and shift, one bias a channel, to ``bits`` bits."""
        low, high = self.reach(value)
        count = channels or self.types[value].shape[-1]
        format = format_for_range(-(1 << (bits - 1)) if signed else 0, (1 << (bits - signed)) - 1)
        amount = max(0, (high - low).bit_length() - bits - 2)
        bias = self.generator.integers(low // 4, high // 4 + 1, count)
        return self.staircase(
            value, count, format, lambda x: np.clip(round_shift(x + bias, amount, rounding), format.min, format.max)
        )

    def scaled(self, value, bits, signed=False, falling=False):
        """A float scale and offset a channel, to ``bits`` bits (0: bipolar)."""
        low, high = self.reach(value)
        count = self.types[value].shape[-1]
        format = format_for_range(-(1 << (bits - 1)) if signed else 0, (1 << (bits - signed)) - 1)
        scale = self.generator.uniform(0.5, 2.0, count) * (1 << bits) / (high - low)
        if falling:
            scale *= self.generator.choice([-1, 1], count)
        offset = self.generator.uniform(-1, 1, count)
        return self.staircase(
            value,
            count,
            format,
            lambda x: np.clip(np.rint(x * scale + offset).astype(np.int64), format.min, format.max),
        )

    def staircase(self, value, channels, format, codes):
        low, high = (np.full(channels, end) for end in self.reach(value))
        found = find_staircase(codes, low, high, (format.min, format.max))
        return self.requantize(value, found, format)

    def steps(self, value, channels, levels, base, bipolar=False):
        """Thresholds anywhere."""
        low, high = self.reach(value)
        thresholds = np.sort(self.generator.integers(low, high + 2, (channels, levels)), axis=1)
        falls = self.generator.integers(0, 2, channels)
        format = BipolarFormat() if bipolar else format_for_range(base, base + levels)
        op = Requantize(0 if bipolar else base, format)
        return self.add(op, (value,), thresholds, falls, np.full(channels, low), np.full(channels, high))

    def requantize(self, value, found, format):
        op = Requantize(found.base, format)
        return self.add(op, (value,), found.thresholds, found.decreasing, found.low, found.high)
