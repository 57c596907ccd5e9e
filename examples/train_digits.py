"""Trains the network that this folder ships: 8x8 images of handwritten digits, 4-bit weights, 3-bit activations.

    pip install torch scikit-learn onnx
    python examples/train_digits.py

Quantization-aware training with straight-through gradients: every weight and activation is rounded to integers times a
power of two in the forward pass, and rounding counts as the identity in the backward pass. The binary point is trained
too. All products and sums of such numbers are exact in float32, so the exported QONNX file computes the very numbers
that PyTorch does.

Writes digits.onnx (the network) and digits.npz (held-out frames ``x``, their ``labels``, the network's outputs ``y``).
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

FOLDER = Path(__file__).resolve().parent
WIDTHS = (64, 32, 32, 10)
INPUT_BITS, WEIGHT_BITS, ACTIVATION_BITS = 4, 4, 3
EPOCHS, BATCH, LEARNING_RATE, SEED = 80, 32, 0.01, 5
QONNX = "qonnx.custom_op.general"


class Round(torch.autograd.Function):
    """Rounds to the nearest integer, ties to even; gradients pass straight through."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return torch.round(x)

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient


class Quantizer(nn.Module):
    """``clip(round(x / scale)) * scale`` with a power-of-two scale, whose exponent is trained unless ``fixed``."""

    def __init__(self, bits: int, *, signed: bool, scale: float, fixed: bool = False) -> None:
        super().__init__()
        self.bits, self.signed = bits, signed
        self.low = -(2 ** (bits - 1)) if signed else 0
        self.high = 2 ** (bits - signed) - 1
        self.exponent = nn.Parameter(torch.tensor(float(np.log2(scale))), requires_grad=not fixed)

    @property
    def scale(self) -> Tensor:
        return torch.exp2(Round.apply(self.exponent))

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(Round.apply(x / self.scale), self.low, self.high) * self.scale


class BatchNorm(nn.BatchNorm1d):
    """BatchNorm1d that evaluates as onnxruntime does, a factor and a shift, so that every rounding is the same."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return super().forward(x)
        factor = self.weight * (1 / torch.sqrt(self.running_var + self.eps))
        return x * factor + (self.bias - self.running_mean * factor)


class Layer(nn.Module):
    """MatMul by quantized weights (inputs, outputs); hidden layers go on with BatchNorm, ReLU and a quantizer."""

    def __init__(self, inputs: int, outputs: int, *, hidden: bool) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.randn(inputs, outputs) * (2 / inputs) ** 0.5)
        reach = float(self.weights.detach().abs().max())
        self.quantize_weights = Quantizer(WEIGHT_BITS, signed=True, scale=reach / 2 ** (WEIGHT_BITS - 1))
        self.norm = BatchNorm(outputs) if hidden else None
        self.bias = None if hidden else nn.Parameter(torch.zeros(outputs))
        self.quantize = Quantizer(ACTIVATION_BITS, signed=False, scale=0.25) if hidden else None

    def forward(self, x: Tensor) -> Tensor:
        x = x @ self.quantize_weights(self.weights)
        if self.norm is None or self.quantize is None:
            return x + self.bias
        return self.quantize(torch.relu(self.norm(x)))


class Network(nn.Module):
    """The whole network; its input are pixels, 0 to 16, of which the quantizer keeps 0 to 15."""

    def __init__(self) -> None:
        super().__init__()
        self.quantize_input = Quantizer(INPUT_BITS, signed=False, scale=1.0, fixed=True)
        last = len(WIDTHS) - 2
        self.layers = nn.ModuleList(Layer(*pair, hidden=i != last) for i, pair in enumerate(pairwise(WIDTHS)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.quantize_input(x)
        for layer in self.layers:
            x = layer(x)
        return x


def train(network: Network, frames: Tensor, labels: Tensor) -> None:
    """Adam with one cosine of learning rate."""
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    steps = EPOCHS * (len(frames) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    network.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(frames))
        for start in range(0, len(frames) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(frames[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    network.eval()


class Export:
    """The ONNX graph under construction; each method adds nodes and returns the name of the value they make."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: Tensor | float) -> str:
        array = values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)
        self.constants.append(numpy_helper.from_array(array.astype(np.float32), name))
        return name

    def node(self, op_type: str, name: str, *inputs: str, domain: str = "", **attributes: int | float | str) -> str:
        self.nodes.append(helper.make_node(op_type, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def quantizer(self, name: str, value: str, module: Quantizer) -> str:
        parameters = {"scale": module.scale, "zero_point": 0.0, "bits": float(module.bits)}
        names = [self.constant(f"{name}_{key}", number) for key, number in parameters.items()]
        attributes = {"signed": int(module.signed), "narrow": 0, "rounding_mode": "ROUND"}
        return self.node("Quant", name, value, *names, domain=QONNX, **attributes)

    def layer(self, name: str, value: str, layer: Layer) -> str:
        weights = self.constant(f"{name}_weights", layer.weights)
        weights = self.quantizer(f"{name}_weights_quant", weights, layer.quantize_weights)
        value = self.node("MatMul", name, value, weights)
        if layer.norm is None or layer.quantize is None:
            return self.node("Add", "logits", value, self.constant(f"{name}_bias", layer.bias))
        norm = layer.norm
        parameters = {"gamma": norm.weight, "beta": norm.bias, "mean": norm.running_mean, "variance": norm.running_var}
        names = [self.constant(f"{name}_{key}", numbers) for key, numbers in parameters.items()]
        value = self.node("BatchNormalization", f"{name}_norm", value, *names, epsilon=norm.eps)
        return self.quantizer(f"{name}_quant", self.node("Relu", f"{name}_relu", value), layer.quantize)

    def model(self, network: Network) -> onnx.ModelProto:
        value = self.quantizer("pixels_quant", "pixels", network.quantize_input)
        for number, layer in enumerate(network.layers):
            value = self.layer(f"layer{number}", value, layer)
        ends = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", width))]
            for name, width in (("pixels", WIDTHS[0]), (value, WIDTHS[-1]))
        ]
        graph = helper.make_graph(self.nodes, "digits", *ends, initializer=self.constants)
        opsets = [helper.make_opsetid("", 13), helper.make_opsetid(QONNX, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="fpgaflow examples")


def main() -> None:
    torch.manual_seed(SEED)
    pixels, digits = load_digits(return_X_y=True)
    split = train_test_split(pixels.astype(np.float32), digits, test_size=0.2, random_state=SEED, stratify=digits)
    train_x, test_x, train_y, test_y = (torch.from_numpy(part) for part in split)
    network = Network()
    train(network, train_x, train_y)
    with torch.no_grad():
        outputs = network(test_x)
    right = int((outputs.argmax(1) == test_y).sum())
    print(f"test accuracy: {right} of {len(test_y)} ({100 * right / len(test_y):.1f} %)")
    onnx.save(Export().model(network), FOLDER / "digits.onnx")
    np.savez_compressed(FOLDER / "digits.npz", x=test_x.numpy(), labels=test_y.numpy(), y=outputs.numpy())
    print(f"wrote digits.onnx ({(FOLDER / 'digits.onnx').stat().st_size // 1000} kB) and digits.npz")


if __name__ == "__main__":
    main()
