"""Checkpoints: the state of a training run in a file that is whole or not there."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from fpgaflow.errors import FlowError, Loc
from fpgaflow.files import replacing


def save(path: Path, run: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write ``state``, tensors and numbers, of the run that ``run`` describes. Raises FF507."""
    with replacing(path) as temporary:
        torch.save({"run": dict(run), "state": dict(state)}, temporary)


def load(path: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """The state in a checkpoint. Raises FF509 if there is none, or if it is of another run."""
    try:
        found = torch.load(path, weights_only=True)
        state: dict[str, Any] = found["state"]
        other = found["run"]
    except FileNotFoundError:
        raise _unusable(
            path, "there is no checkpoint", "nothing was interrupted here: a run that ends removes it"
        ) from None
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError):
        raise _unusable(path, "the checkpoint can't be read", "the file is damaged, or of something else") from None
    for name, value in run.items():
        if other.get(name) != value:
            difference = f"{name} was {other.get(name)}, now it is {value}"
            raise _unusable(path, "the checkpoint is of another run", difference)
    return state


def _unusable(path: Path, what: str, reason: str) -> FlowError:
    hint = "repeat the command as it was with --resume, or leave --resume out to begin anew"
    return FlowError("FF509", what, node=Loc(str(path)), reason=reason, hint=hint)
