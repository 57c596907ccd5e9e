"""Training and measuring, the same for every method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional

from benchmarks.accuracy.networks import DigitsNet, Kit, ResNet8
from benchmarks.accuracy.shapes import make_images

BATCH = 128


@dataclass(frozen=True)
class Samples:
    """``x`` float32 (samples, …) in steps of the input's format, ``y`` the classes (samples,)."""

    x: torch.Tensor
    y: torch.Tensor


@dataclass(frozen=True)
class Task:
    """A data set with the network that learns it. ``turned``: its images may be turned and mirrored."""

    name: str
    network: Callable[[Kit | None], nn.Module]
    load: Callable[[], tuple[Samples, Samples]]
    input_format: str
    epochs: int
    tuning_epochs: int
    turned: bool


def load_shapes() -> tuple[Samples, Samples]:
    """6,000 images to learn from, 2,000 to measure with."""
    found = []
    for count, seed in ((6000, 1), (2000, 2)):
        images = make_images(count, seed)
        found.append(Samples(torch.from_numpy(images.pixels).float() / 256, torch.from_numpy(images.labels)))
    return found[0], found[1]


def load_handwriting() -> tuple[Samples, Samples]:
    """Scikit-learn's digits: 1,347 to learn from, 450 to measure with."""
    digits = load_digits()
    pixels = np.minimum(digits.images, 15).astype(np.float32)[:, None] / 16
    parts = train_test_split(pixels, digits.target, test_size=0.25, random_state=5, stratify=digits.target)
    x, x_test, y, y_test = (torch.from_numpy(part) for part in parts)
    return Samples(x, y), Samples(x_test, y_test)


TASKS = {
    task.name: task
    for task in (
        Task("digits", DigitsNet, load_handwriting, "u4.4", 40, 20, False),
        Task("shapes", ResNet8, load_shapes, "u8.8", 20, 8, True),
    )
}


def train(
    network: nn.Module,
    task: Task,
    samples: Samples,
    groups: list[dict[str, object]],
    epochs: int,
    seed: int,
) -> None:
    """Adam over the parameter ``groups``, each with its own highest rate ``lr``, in one cycle of rates."""
    random = torch.Generator().manual_seed(seed)
    steps = epochs * (len(samples.x) // BATCH)
    optimiser = torch.optim.Adam(groups)
    rates = [float(group["lr"]) for group in optimiser.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps, pct_start=0.2)
    network.train()
    for _ in range(epochs):
        for x, y in _batches(task, samples, random):
            loss = functional.cross_entropy(network(x), y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _batches(task: Task, samples: Samples, random: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    order = torch.randperm(len(samples.x), generator=random)
    for start in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        x = samples.x[chosen]
        if task.turned:
            quarters, mirrored = divmod(int(torch.randint(8, (1,), generator=random)), 2)
            x = x.rot90(quarters, (2, 3))
            x = x.flip(3) if mirrored else x
        yield x.contiguous(memory_format=torch.channels_last), samples.y[chosen]


@torch.no_grad()
def scores_of(network: nn.Module, samples: Samples) -> torch.Tensor:
    """(samples, classes), in evaluation mode."""
    network.eval()
    return torch.cat([network(x) for x in samples.x.split(500)])


def accuracy(scores: torch.Tensor, samples: Samples) -> float:
    """Per cent of the samples whose highest score is their class's."""
    return 100 * float((scores.argmax(1) == samples.y).float().mean())
