"""Trains the convolutional network that this folder ships: handwritten digits again, 4-bit weights and activations.

    pip install numpy scikit-learn onnx
    python examples/train_digits_cnn.py

Everything is NumPy, gradients too. The network is trained with real numbers first; then every quantizer gets a power of two
as its scale, and training goes on with rounded numbers, whose gradients pass straight through. Biases are whole multiples of
the accumulator's unit, so that all sums are exact in float32.

Writes digits_cnn.onnx (the network) and digits_cnn.npz (its outputs ``y`` for the held-out frames, which are those of
digits.npz).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).resolve().parent
SIDE, CHANNELS, CLASSES, TAPS = 8, (1, 8, 16), 10, 9
INPUT_BITS, WEIGHT_BITS, ACTIVATION_BITS = 4, 4, 4
FLOAT_EPOCHS, EPOCHS, BATCH, LEARNING_RATE = 20, 40, 32, 0.004
SPLIT_SEED, SEED = 5, 1
QONNX = "qonnx.custom_op.general"

Array = npt.NDArray[np.float32]


@dataclass
class Quantizer:
    """``clip(round(x / scale)) * scale``, ties to even; without a scale, ``x`` as it is."""

    bits: int
    signed: bool
    scale: float | None = None

    def forward(self, x: Array) -> Array:
        if self.scale is None:
            self.inside = np.ones_like(x)
            return x
        low, high = (-(1 << (self.bits - 1)) if self.signed else 0), (1 << (self.bits - self.signed)) - 1
        codes = np.round(x / np.float32(self.scale))
        self.inside = ((codes >= low) & (codes <= high)).astype(np.float32)
        return np.asarray(np.clip(codes, low, high) * np.float32(self.scale))

    def calibrate(self, reach: float) -> None:
        """The power of two with which the codes reach about as far as the values."""
        self.scale = float(2.0 ** np.round(np.log2(reach / ((1 << (self.bits - self.signed)) - 1))))


@dataclass
class Parameter:
    """Numbers that are trained, by Adam."""

    values: Array
    first: Array = field(init=False)
    second: Array = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.first, self.second = np.zeros_like(self.values), np.zeros_like(self.values)

    def step(self, gradient: Array, rate: float) -> None:
        self.steps += 1
        self.first += 0.1 * (gradient - self.first)
        self.second += 0.001 * (gradient**2 - self.second)
        first, second = self.first / (1 - 0.9**self.steps), self.second / (1 - 0.999**self.steps)
        self.values -= np.float32(rate) * first / (np.sqrt(second) + np.float32(1e-8))


class Product:
    """``x @ weights + bias`` with quantized weights (inputs, outputs)."""

    def __init__(self, inputs: int, outputs: int, reach: float, rng: np.random.Generator) -> None:
        """``reach``: about how large the inputs are."""
        weights = rng.normal(0, np.sqrt(2 / inputs) / reach, (inputs, outputs))
        self.weights = Parameter(weights.astype(np.float32))
        self.bias = Parameter(np.zeros(outputs, np.float32))
        self.quantize = Quantizer(WEIGHT_BITS, signed=True)

    def rounded_bias(self, input_scale: float | None) -> Array:
        if self.quantize.scale is None or input_scale is None:
            return self.bias.values
        unit = np.float32(self.quantize.scale * input_scale)
        return np.asarray(np.round(self.bias.values / unit) * unit)

    def forward(self, x: Array, input_scale: float | None) -> Array:
        self.x, self.rounded = x, self.quantize.forward(self.weights.values)
        return np.asarray(x @ self.rounded + self.rounded_bias(input_scale))

    def backward(self, gradient: Array, rate: float) -> Array:
        before = gradient @ self.rounded.T
        self.weights.step((self.x.T @ gradient) * self.quantize.inside, rate)
        self.bias.step(gradient.sum(axis=0), rate)
        return np.asarray(before)


class Convolution:
    """3x3 convolution with padding, ReLU, quantizer and 2x2 maximum; frames are (frames, rows, columns, channels)."""

    def __init__(self, inputs: int, outputs: int, reach: float, rng: np.random.Generator) -> None:
        self.product = Product(inputs * TAPS, outputs, reach, rng)
        self.quantize = Quantizer(ACTIVATION_BITS, signed=False)

    def forward(self, x: Array, input_scale: float | None) -> Array:
        self.shape = x.shape
        frames, rows, columns, _ = x.shape
        windows = sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), axis=(1, 2))
        sums = self.product.forward(np.ascontiguousarray(windows).reshape(frames * rows * columns, -1), input_scale)
        self.positive = sums > 0
        self.reached = float(np.quantile(sums[self.positive], 0.999))
        values = self.quantize.forward(sums * self.positive)
        under = values.reshape(frames, rows // 2, 2, columns // 2, 2, -1)
        largest = under.max(axis=(2, 4), keepdims=True)
        self.largest = (under == largest) / (under == largest).sum(axis=(2, 4), keepdims=True, dtype=np.float32)
        return np.asarray(largest[:, :, 0, :, 0])

    def backward(self, gradient: Array, rate: float) -> Array:
        frames, rows, columns, channels = self.shape
        spread = (gradient[:, :, None, :, None] * self.largest).reshape(frames * rows * columns, -1)
        windows = self.product.backward(spread * self.quantize.inside * self.positive, rate)
        taps = windows.reshape(frames, rows, columns, channels, 3, 3)
        padded = np.zeros((frames, rows + 2, columns + 2, channels), np.float32)
        for row in range(3):
            for column in range(3):
                padded[:, row : row + rows, column : column + columns] += taps[..., row, column]
        return padded[:, 1:-1, 1:-1]


class Network:
    """Two convolutions and a fully connected layer; its input are pixels, 0 to 16, of which it keeps 0 to 15."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        self.quantize_input = Quantizer(INPUT_BITS, signed=False, scale=1.0)
        reaches = (8.0, 1.0)
        pairs = zip(CHANNELS[:-1], CHANNELS[1:], reaches, strict=True)
        self.convolutions = [Convolution(inputs, outputs, reach, rng) for inputs, outputs, reach in pairs]
        self.product = Product(CHANNELS[-1] * (SIDE // 4) ** 2, CLASSES, 1.0, rng)

    def forward(self, pixels: Array) -> Array:
        x = self.quantize_input.forward(pixels).reshape(-1, SIDE, SIDE, 1)
        scale = self.quantize_input.scale
        for convolution in self.convolutions:
            x, scale = convolution.forward(x, scale), convolution.quantize.scale
        self.last = x.shape
        return self.product.forward(x.transpose(0, 3, 1, 2).reshape(len(x), -1), scale)

    def backward(self, gradient: Array, rate: float) -> None:
        frames, rows, columns, channels = self.last
        before = self.product.backward(gradient, rate).reshape(frames, channels, rows, columns)
        gradient = before.transpose(0, 2, 3, 1)
        for convolution in reversed(self.convolutions):
            gradient = convolution.backward(gradient, rate)

    def calibrate(self, pixels: Array) -> None:
        """From now on with rounded weights and activations."""
        self.forward(pixels)
        for product in (*(convolution.product for convolution in self.convolutions), self.product):
            product.quantize.calibrate(float(np.abs(product.weights.values).max()))
        for convolution in self.convolutions:
            convolution.quantize.calibrate(convolution.reached)


def train(network: Network, frames: Array, labels: npt.NDArray[np.int64]) -> None:
    """Cross entropy, one cosine of learning rate with real numbers and one with rounded ones."""
    rng = np.random.default_rng(SEED)
    wanted = np.eye(CLASSES, dtype=np.float32)[labels]
    for epochs in (FLOAT_EPOCHS, EPOCHS):
        for epoch in range(epochs):
            rate = LEARNING_RATE * (1 + np.cos(np.pi * epoch / epochs)) / 2
            order = rng.permutation(len(frames))
            for start in range(0, len(frames) - BATCH + 1, BATCH):
                batch = order[start : start + BATCH]
                outputs = network.forward(frames[batch])
                powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
                likely = powers / powers.sum(axis=1, keepdims=True)
                network.backward((likely - wanted[batch]) / BATCH, rate)
        if epochs == FLOAT_EPOCHS:
            network.calibrate(frames)


class Export:
    """The ONNX graph under construction; each method adds nodes and returns the name of the value they make."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def node(self, op_type: str, name: str, *inputs: str, domain: str = "", **attributes: int | str | list[int]) -> str:
        self.nodes.append(helper.make_node(op_type, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def quantizer(self, name: str, value: str, quantizer: Quantizer) -> str:
        assert quantizer.scale is not None
        parameters = {"scale": quantizer.scale, "zero_point": 0.0, "bits": float(quantizer.bits)}
        names = [self.constant(f"{name}_{key}", number) for key, number in parameters.items()]
        attributes: dict[str, int | str] = {"signed": int(quantizer.signed), "narrow": 0, "rounding_mode": "ROUND"}
        return self.node("Quant", name, value, *names, domain=QONNX, **attributes)

    def weights(self, name: str, product: Product, values: Array) -> str:
        return self.quantizer(f"{name}_weights_quant", self.constant(f"{name}_weights", values), product.quantize)

    def convolution(self, name: str, value: str, layer: Convolution, input_scale: float | None) -> str:
        matrix = layer.product.weights.values
        weights = self.weights(name, layer.product, matrix.T.reshape(matrix.shape[1], -1, 3, 3))
        bias = self.constant(f"{name}_bias", layer.product.rounded_bias(input_scale))
        value = self.node("Conv", name, value, weights, bias, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        value = self.quantizer(f"{name}_quant", self.node("Relu", f"{name}_relu", value), layer.quantize)
        return self.node("MaxPool", f"{name}_pool", value, kernel_shape=[2, 2], strides=[2, 2])

    def model(self, network: Network) -> onnx.ModelProto:
        shape = self.constant("image_shape", [0, 1, SIDE, SIDE], np.int64)
        value = self.quantizer("pixels_quant", self.node("Reshape", "image", "pixels", shape), network.quantize_input)
        scale = network.quantize_input.scale
        for number, convolution in enumerate(network.convolutions):
            value = self.convolution(f"conv{number}", value, convolution, scale)
            scale = convolution.quantize.scale
        weights = self.weights("dense", network.product, network.product.weights.values)
        value = self.node("MatMul", "dense", self.node("Flatten", "vector", value), weights)
        self.node("Add", "logits", value, self.constant("dense_bias", network.product.rounded_bias(scale)))
        ends = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", width))]
            for name, width in (("pixels", SIDE * SIDE), ("logits", CLASSES))
        ]
        graph = helper.make_graph(self.nodes, "digits_cnn", *ends, initializer=self.constants)
        opsets = [helper.make_opsetid("", 13), helper.make_opsetid(QONNX, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="fpgaflow examples")


def main() -> None:
    pixels, digits = load_digits(return_X_y=True)
    split = train_test_split(pixels.astype(np.float32), digits, test_size=0.2, random_state=SPLIT_SEED, stratify=digits)
    train_x, test_x, train_y, test_y = split
    network = Network()
    train(network, train_x, train_y)
    outputs = network.forward(test_x)
    right = int((outputs.argmax(axis=1) == test_y).sum())
    print(f"test accuracy: {right} of {len(test_y)} ({100 * right / len(test_y):.1f} %)")
    onnx.save(Export().model(network), FOLDER / "digits_cnn.onnx")
    np.savez_compressed(FOLDER / "digits_cnn.npz", y=outputs)
    print(f"wrote digits_cnn.onnx ({(FOLDER / 'digits_cnn.onnx').stat().st_size // 1000} kB) and digits_cnn.npz")


if __name__ == "__main__":
    main()
