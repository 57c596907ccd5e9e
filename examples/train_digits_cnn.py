"""Trains the convolutional network that this folder ships: handwritten digits again, 4-bit weights and activations.

    pip install 'fpgaflow[train]' scikit-learn
    python examples/train_digits_cnn.py

The network is trained with real numbers first. ``prepare`` then makes every number fixed point, and training goes on with
weights and binary points. What the module computes after that is what the FPGA will.

Writes digits_cnn.onnx (the network) and digits_cnn.npz (its outputs ``y`` for the held-out frames, which are those of
digits.npz).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from fpgaflow.train import Config, export, learning_rate_groups, prepare

FOLDER = Path(__file__).resolve().parent
FLOAT_EPOCHS, EPOCHS, BATCH, LEARNING_RATE = 20, 40, 32, 0.004
SPLIT_SEED, SEED = 5, 1
FORMATS = Config(weight_width=4, activation_width=4, input_format="u4.0")


class DigitsCnn(nn.Module):
    """Two convolutions and a fully connected layer; its input are 64 pixels, 0 to 16, of which it keeps 0 to 15."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(16 * 2 * 2, 10),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.layers(pixels.view(-1, 1, 8, 8))
        return logits


def train(network: nn.Module, frames: Tensor, labels: Tensor, epochs: int) -> None:
    """Cross entropy, Adam, one cosine of learning rate; binary points learn at the same rate."""
    optimizer = torch.optim.Adam(learning_rate_groups(network, LEARNING_RATE, LEARNING_RATE))
    steps = epochs * (len(frames) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(epochs):
        order = torch.randperm(len(frames))
        for batch in order.split(BATCH)[: len(frames) // BATCH]:
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(frames[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()


def main() -> None:
    torch.set_num_threads(1)  # the fastest for a network this small, and repeatable
    torch.manual_seed(SEED)
    pixels, digits = load_digits(return_X_y=True)
    split = train_test_split(pixels.astype(np.float32), digits, test_size=0.2, random_state=SPLIT_SEED, stratify=digits)
    train_x, test_x, train_y, test_y = (torch.from_numpy(part) for part in split)
    network = DigitsCnn()
    train(network, train_x, train_y, FLOAT_EPOCHS)
    quantized = prepare(network, FORMATS)
    train(quantized, train_x, train_y, EPOCHS)
    outputs = quantized.eval()(test_x).detach()
    right = int((outputs.argmax(1) == test_y).sum())
    print(f"test accuracy: {right} of {len(test_y)} ({100 * right / len(test_y):.1f} %)")
    export(quantized, test_x, FOLDER / "digits_cnn.onnx")
    np.savez_compressed(FOLDER / "digits_cnn.npz", y=outputs.numpy())
    print(f"wrote digits_cnn.onnx ({(FOLDER / 'digits_cnn.onnx').stat().st_size // 1000} kB) and digits_cnn.npz")


if __name__ == "__main__":
    main()
