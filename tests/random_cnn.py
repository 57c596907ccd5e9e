"""Random small convolutional networks as ONNX: every spatial operator, branches, odd shapes, all kinds of quantizers.

``random_cnn(seed)`` makes a model; the same seed makes the same model. Values are quantized often enough for hardware, and
scales keep them spread over their range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from tests.models import QONNX, Dialect, Network

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Tensor:
    """A value under construction: its name, its shape (channels, *space), and how far its numbers reach, about."""

    name: str
    shape: tuple[int, ...]
    reach: float


class _Maker:
    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.net = Network()
        self.dialect = self.pick([Dialect.QONNX, Dialect.QONNX, Dialect.QCDQ])
        self.floats = self.chance(0.3)
        self.bits = int(self.pick([2, 3, 4, 4, 8]))
        self.weight_bits = int(self.pick([1, 2, 3, 4, 8]))
        self.binary = self.dialect is Dialect.QONNX and self.chance(0.2)
        self.rank = 1 if self.chance(0.15) else 2

    def pick(self, choices):
        return choices[self.rng.integers(len(choices))]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def scale(self, reach, bits: int, signed: bool) -> Floats:
        scale = np.asarray(reach, np.float64) / max(1, (1 << (bits - signed)) - 1)
        return np.asarray(scale if self.floats else 2.0 ** np.round(np.log2(scale)), np.float32)

    # -- quantizers --------------------------------------------------------------------------------------------------

    def quantized(self, value: Tensor, *, signed: bool = True, bits: int | None = None) -> Tensor:
        bits = bits or self.bits
        net = self.net
        if self.binary and bits != 8:
            name = net.node("BipolarQuant", value.name, net.constant(self.scale(1.0, 1, False), "scale"), domain=QONNX)
            return Tensor(name, value.shape, 1.0)
        scale = self.scale(value.reach, bits, signed)
        if self.dialect is Dialect.QCDQ:
            dtype = np.int8 if signed else np.uint8
            zero, scale_name = net.constant(0, "zero", dtype), net.constant(scale, "scale")
            name = net.node("QuantizeLinear", value.name, scale_name, zero)
            if bits < 8:
                low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
                name = net.node("Clip", name, net.constant(low, "low", dtype), net.constant(high, "high", dtype))
            return Tensor(net.node("DequantizeLinear", name, scale_name, zero), value.shape, value.reach)
        inputs = (value.name, net.constant(scale, "scale"), net.constant(0, "zero"), net.constant(bits, "bits"))
        mode = self.pick(["ROUND", "ROUND", "FLOOR", "CEIL"])
        name = net.node(
            "Quant", *inputs, domain=QONNX, signed=int(signed), narrow=int(self.chance(0.3)), rounding_mode=mode
        )
        return Tensor(name, value.shape, value.reach)

    def weights(self, shape: tuple[int, ...], channel_axis: int = 0) -> str:
        rng, net = self.rng, self.net
        values = rng.normal(size=shape).astype(np.float32)
        if self.weight_bits == 1 and self.dialect is Dialect.QONNX:
            scale = net.constant(self.scale(1.0, 1, False), "scale")
            return net.node("BipolarQuant", net.constant(values, "weight"), scale, domain=QONNX)
        bits = max(2, self.weight_bits)
        axes = tuple(axis for axis in range(len(shape)) if axis != channel_axis)
        per_channel = self.chance(0.4)
        reach = np.abs(values).max(axis=axes, keepdims=True) if per_channel else np.asarray(np.abs(values).max())
        scale = self.scale(reach, bits, True)
        if self.dialect is Dialect.QCDQ:
            high = (1 << (bits - 1)) - 1
            codes = np.clip(np.rint(values / scale), -high, high)
            flat = scale.reshape(-1) if per_channel else scale
            zero = net.constant(np.zeros(flat.shape), "zero", np.int8)
            attributes = {"axis": channel_axis} if per_channel else {}
            operands = (net.constant(codes, "weight", np.int8), net.constant(flat, "scale"), zero)
            return net.node("DequantizeLinear", *operands, **attributes)
        inputs = (
            net.constant(values, "weight"),
            net.constant(scale, "scale"),
            net.constant(0, "z"),
            net.constant(bits, "b"),
        )
        return net.node("Quant", *inputs, domain=QONNX, signed=1, narrow=int(self.chance(0.5)), rounding_mode="ROUND")

    # -- layers ------------------------------------------------------------------------------------------------------

    def activation(self, value: Tensor) -> Tensor:
        """Some of bias, BatchNormalization and a non-linearity, then a quantizer."""
        net, rng, channels = self.net, self.rng, value.shape[0]
        column = (channels, *(1,) * self.rank)
        name, reach = value.name, value.reach
        if self.chance(0.3):
            name = net.node("Add", name, net.constant(rng.normal(size=column, scale=reach / 4), "bias"))
        if self.chance(0.5):
            mean, variance = rng.normal(size=channels, scale=reach / 4), reach**2 * rng.uniform(0.2, 1, channels)
            gamma, beta = rng.uniform(0.5, 1.5, channels), rng.normal(size=channels, scale=0.3)
            sign = rng.choice([-1, 1], channels) if self.chance(0.3) else 1
            parts = [net.constant(part, "bn") for part in (gamma * sign, beta, mean, variance)]
            name, reach = net.node("BatchNormalization", name, *parts), 2.0
        kind = self.pick(["", "Relu", "Relu", "LeakyRelu", "PRelu", "HardSigmoid", "Clip"])
        if kind == "PRelu":
            name = net.node("PRelu", name, net.constant(rng.uniform(0, 0.5, column), "slope"))
        elif kind == "Clip":
            name = net.node("Clip", name, net.constant(0, "low"), net.constant(reach, "high"))
        elif kind:
            name = net.node(kind, name)
        signed = kind not in ("Relu", "HardSigmoid", "Clip")
        reach = 1.0 if kind == "HardSigmoid" else reach
        return self.quantized(Tensor(name, value.shape, reach), signed=signed)

    def window(self, shape: tuple[int, ...]) -> tuple[list[int], list[int], list[int], list[int]] | None:
        """kernel, strides, dilations and pads (begins, then ends) that fit."""
        kernel, strides, dilations, begins, ends = [], [], [], [], []
        for extent in shape[1:]:
            size, gap = int(self.rng.integers(1, 4)), int(self.pick([1, 1, 1, 2]))
            begin, end = (int(self.rng.integers(0, size)) for _ in range(2))
            if (size - 1) * gap + 1 > extent + begin + end or (size - 1) * gap >= extent:
                size, gap, begin, end = 1, 1, 0, 0
            kernel.append(size)
            strides.append(int(self.pick([1, 1, 1, 2, 3])))
            dilations.append(gap)
            begins.append(begin)
            ends.append(end)
        return kernel, strides, dilations, [*begins, *ends]

    def convolution(self, value: Tensor, outputs: int | None = None, *, keep_size: bool = False) -> Tensor:
        channels = value.shape[0]
        kernel, strides, dilations, pads = self.window(value.shape)
        if keep_size:
            kernel = [int(self.pick([1, 3])) for _ in value.shape[1:]]
            strides = dilations = [1] * len(kernel)
            pads = [size // 2 for size in kernel] * 2
        groups = int(self.pick([1, 1, 1, channels, self.divisor(channels)]))
        each = max(1, (outputs or int(self.pick([1, 2, 3, 4, 6, 8]))) // groups)
        if outputs and each * groups != outputs:
            groups, each = 1, outputs
        weights = self.weights((groups * each, channels // groups, *kernel))
        attributes = {"strides": strides, "dilations": dilations, "pads": pads, "group": groups}
        name = self.net.node("Conv", value.name, weights, kernel_shape=kernel, **attributes)
        shape = (groups * each, *self.extents(value.shape[1:], kernel, strides, dilations, pads))
        return Tensor(name, shape, value.reach * float(np.sqrt(np.prod(kernel) * channels / groups)))

    def divisor(self, number: int) -> int:
        return int(self.pick([d for d in range(1, number + 1) if number % d == 0]))

    @staticmethod
    def extents(space, kernel, strides, dilations, pads) -> tuple[int, ...]:
        rank = len(space)
        return tuple(
            (n + pads[i] + pads[i + rank] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1
            for i, n in enumerate(space)
        )

    def block(self, value: Tensor) -> Tensor:
        """One more layer of some kind; quantized in, quantized out."""
        choice = self.pick(
            ["conv"] * 6
            + ["max", "average", "residual", "residual", "concat", "split", "upsample", "shuffle", "pad", "deconv"]
            + ["scale", "subtract", "multiply"]
        )
        net, rng, shape = self.net, self.rng, value.shape
        if choice in ("max", "average"):
            kernel = [min(extent, int(rng.integers(1, 4))) for extent in shape[1:]]
            strides = [int(self.pick([1, 2, size])) for size in kernel]
            pads = [
                int(rng.integers(0, size)) if size < extent else 0
                for size, extent in zip(kernel, shape[1:], strict=True)
            ] * 2
            extra = {"count_include_pad": int(self.chance(0.5))} if choice == "average" else {}
            op = "MaxPool" if choice == "max" else "AveragePool"
            name = net.node(op, value.name, kernel_shape=kernel, strides=strides, pads=pads, **extra)
            result = Tensor(
                name, (shape[0], *self.extents(shape[1:], kernel, strides, [1] * self.rank, pads)), value.reach
            )
            return result if choice == "max" and self.chance(0.5) else self.quantized(result)
        if choice in ("residual", "subtract", "multiply"):
            branch = self.quantized(self.convolution(value, shape[0], keep_size=True))
            other = value if self.chance(0.5) else self.quantized(self.convolution(value, shape[0], keep_size=True))
            op = {"residual": "Add", "subtract": "Sub", "multiply": "Mul"}[choice]
            name = net.node(op, branch.name, other.name)
            reach = branch.reach * other.reach if op == "Mul" else branch.reach + other.reach
            return self.activation(Tensor(name, shape, reach))
        if choice == "concat":
            one, two = (
                self.activation(self.convolution(value, int(rng.integers(1, 5)), keep_size=True)) for _ in range(2)
            )
            joined = net.node("Concat", one.name, two.name, axis=1)
            return Tensor(joined, (one.shape[0] + two.shape[0], *shape[1:]), max(one.reach, two.reach))
        if choice == "split" and shape[0] > 1:
            first = int(rng.integers(1, shape[0]))
            start, stop, axis = (net.constant([n], "s", np.int64) for n in (0, first, 1))
            name = net.node("Slice", value.name, start, stop, axis)
            return Tensor(name, (first, *shape[1:]), value.reach)
        if choice == "upsample" and int(np.prod(shape)) < 300:
            factors = [1, 1, *(int(rng.integers(1, 3)) for _ in shape[1:])]
            name = net.node(
                "Resize",
                value.name,
                "",
                net.constant(factors, "scales"),
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
            return Tensor(name, tuple(a * b for a, b in zip(shape, factors[1:], strict=True)), value.reach)
        if choice == "shuffle" and self.rank == 2:
            if shape[0] % 4 == 0:
                name = net.node("DepthToSpace", value.name, blocksize=2, mode=self.pick(["DCR", "CRD"]))
                return Tensor(name, (shape[0] // 4, shape[1] * 2, shape[2] * 2), value.reach)
            if shape[1] % 2 == 0 and shape[2] % 2 == 0:
                name = net.node("SpaceToDepth", value.name, blocksize=2)
                return Tensor(name, (shape[0] * 4, shape[1] // 2, shape[2] // 2), value.reach)
        if choice == "pad" and not self.binary:
            widths = [
                0,
                0,
                *(int(n) for n in rng.integers(0, 3, self.rank)),
                0,
                0,
                *(int(n) for n in rng.integers(0, 3, self.rank)),
            ]
            name = net.node("Pad", value.name, net.constant(widths, "pads", np.int64), mode="constant")
            return Tensor(
                name,
                (shape[0], *(n + widths[2 + i] + widths[4 + self.rank + i] for i, n in enumerate(shape[1:]))),
                value.reach,
            )
        if choice == "deconv" and int(np.prod(shape)) < 200:
            stride = [int(rng.integers(1, 3)) for _ in shape[1:]]
            kernel = [int(rng.integers(s, 4)) for s in stride]
            outputs = int(rng.integers(1, 4))
            weights = self.weights((shape[0], outputs, *kernel), 1)
            name = net.node("ConvTranspose", value.name, weights, strides=stride, kernel_shape=kernel)
            space = tuple((n - 1) * s + k for n, s, k in zip(shape[1:], stride, kernel, strict=True))
            return self.activation(
                Tensor(name, (outputs, *space), value.reach * float(np.sqrt(np.prod(kernel) * shape[0])))
            )
        if choice == "scale":
            column = rng.choice([0.5, 1, 2], (shape[0], *(1,) * self.rank))
            return self.quantized(
                Tensor(net.node("Mul", value.name, net.constant(column, "factor")), shape, 2 * value.reach)
            )
        return self.activation(self.convolution(value))

    def model(self) -> onnx.ModelProto:
        rng, net = self.rng, self.net
        self.input_shape = (int(rng.integers(1, 4)), *(int(n) for n in rng.integers(4, 9, self.rank)))
        value = self.quantized(Tensor("x", self.input_shape, 1.0), bits=int(self.pick([2, 4, 8])))
        value = self.activation(self.convolution(value))
        for _ in range(int(rng.integers(1, 5))):
            value = self.block(value)
        end = self.pick(["pool", "flatten", "flatten", "none"])
        if end == "pool":
            value = self.quantized(
                Tensor(net.node("GlobalAveragePool", value.name), (value.shape[0], *(1,) * self.rank), value.reach)
            )
        if end == "none":
            return self.finished(self.convolution(value))
        elements = int(np.prod(value.shape))
        name = net.node("Flatten", value.name, axis=1)
        outputs = int(rng.integers(1, 8))
        transposed = net.node("Transpose", self.weights((outputs, elements)), perm=[1, 0])
        return self.finished(Tensor(net.node("MatMul", name, transposed), (outputs,), 1.0))

    def finished(self, value: Tensor) -> onnx.ModelProto:
        return self.net.model(value.name, (1, *self.input_shape), (1, *value.shape), opset=13)


def random_cnn(seed: int) -> onnx.ModelProto:
    """The model of a seed."""
    return _Maker(seed).model()


def falling_before_pool(activation: str | None) -> onnx.ModelProto:
    """Accumulators of more than 16 bits, every other channel times a number below zero, an activation, a MaxPool."""
    rng, net = np.random.default_rng(0), Network()

    def quantized(value: str, scale: float, bits: int) -> str:
        parameters = (net.constant(scale), net.constant(0), net.constant(bits))
        return net.node("Quant", value, *parameters, domain=QONNX, signed=1, narrow=0, rounding_mode="ROUND")

    kernel = quantized(net.constant(rng.normal(size=(4, 3, 3, 3))), 2.0**-5, 8)
    value = net.node("Conv", quantized("x", 2.0**-5, 8), kernel, kernel_shape=[3, 3])
    gamma, mean = rng.uniform(0.5, 1.5, 4) * [1, -1, 1, -1], rng.normal(size=4)
    parts = (gamma, rng.normal(size=4), mean, rng.uniform(4, 9, 4))
    value = net.node("BatchNormalization", value, *(net.constant(part, "bn") for part in parts))
    value = net.node(
        "MaxPool", net.node(activation, value) if activation else value, kernel_shape=[2, 2], strides=[2, 2]
    )
    value = quantized(value, 0.25, 4)
    value = net.node(
        "MatMul", net.node("Flatten", value, axis=1), quantized(net.constant(rng.normal(size=(36, 5))), 0.25, 4)
    )
    return net.model(value, (1, 3, 8, 8), (1, 5))
