"""The user's examples: frames, labels if there are any, and which of them are held back to validate on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fpgaflow.errors import FlowError, Loc
from fpgaflow.frames import read_frames
from fpgaflow.ir.graph import Array

VALIDATION = 0.1
"""The share of the frames that is held back, at least one."""
LABELS = ("y", "labels")


@dataclass(frozen=True, eq=False)
class Examples:
    """``frames`` (frames, *shape) float32; ``labels`` int64 classes (frames,), float32 targets (frames, *shape), or None;
    ``reference`` is what the network that is learnt from computes of them, if that is known already.
    """

    frames: Tensor
    labels: Tensor | None = None
    reference: Tensor | None = None

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, which: Tensor | slice) -> Examples:
        labels, reference = (None if part is None else part[which] for part in (self.labels, self.reference))
        return Examples(self.frames[which], labels, reference)

    def batches(self, size: int) -> Iterator[Examples]:
        """One behind the other; the last one may be smaller."""
        return (self[slice(start, start + size)] for start in range(0, len(self), size))

    @property
    def classes(self) -> Tensor | None:
        """Labels that are classes."""
        return self.labels if self.labels is not None and not self.labels.is_floating_point() else None


def read_examples(path: Path, name: str, shape: tuple[int, ...]) -> Examples:
    """Frames of input ``name`` from .npy or .npz, labels as ``y`` or ``labels`` of the .npz. Raises FF501, FF502."""
    frames = np.asarray(read_frames(path, name, shape), dtype=np.float32)
    if not np.all(np.isfinite(frames)):
        raise FlowError(
            "FF501",
            f"'{path}' holds frames with numbers that are not finite",
            reason="nothing can be learnt from nan or inf",
            hint="look for a division by zero in what prepares the data",
        )
    if len(frames) < 2:
        raise FlowError(
            "FF502",
            f"'{path}' holds {len(frames)} frames",
            reason="at least one is needed to learn from, and one to validate on",
            hint="give some hundred frames or more",
        )
    return Examples(torch.from_numpy(frames), _labels(path, len(frames)))


def split(examples: Examples, seed: int) -> tuple[Examples, Examples]:
    """Those to train on, and those to validate on, chosen by ``seed``."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(examples)))
    held = max(round(VALIDATION * len(examples)), 1)
    return examples[order[held:]], examples[order[:held]]


def _labels(path: Path, count: int) -> Tensor | None:
    if path.suffix != ".npz":
        return None
    with np.load(path) as loaded:
        key = next((name for name in LABELS if name in loaded.files), None)
        labels: Array | None = None if key is None else loaded[key]
    if labels is None:
        return None
    if labels.dtype.kind not in "iufb" or labels.ndim < 1 or len(labels) != count:
        raise FlowError(
            "FF502",
            f"'{key}' has shape {labels.shape} and type {labels.dtype}",
            node=Loc(str(path)),
            reason=f"there must be a label for each of the {count} frames: a class, or what the network is to give",
            hint="save classes as integers of shape (frames,)",
        )
    if labels.dtype.kind == "f" or labels.size > count:
        return torch.from_numpy(labels.astype(np.float32))
    return torch.from_numpy(labels.astype(np.int64).reshape(count))
