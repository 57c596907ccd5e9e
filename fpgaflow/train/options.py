"""What a user can choose of fine-tuning."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from fpgaflow.errors import FlowError

LEAST_BITS, MOST_BITS = 2, 16

Progress = Callable[..., None]
"""Called with the step that begins now; again with the same step and how far it has come."""


def silent(_step: str, _done: str = "", /) -> None:
    """No progress."""


class Loss(Enum):
    """What a network learns: what it computed before, or the labels of the data."""

    DISTILL = "distill"
    LABELS = "labels"


class Method(Enum):
    """``TRAIN``: the whole network at once; ``LAYERWISE``: weights and formats of a layer at a time; ``ADAROUND``: whether
    each weight is rounded up or down, and biases, a layer at a time.
    """

    TRAIN = "train"
    LAYERWISE = "layerwise"
    ADAROUND = "adaround"


RATES = {Method.TRAIN: 3e-3, Method.LAYERWISE: 3e-3, Method.ADAROUND: 3e-2}
"""Learning rates unless one is given: steps as shares of a tensor's size; for AdaRound those of the decisions."""


@dataclass(frozen=True)
class TuneOptions:
    """Checked options; see ``tune``. Raises FF503."""

    epochs: int
    weights: int | None
    activations: int | None
    khot: int | None
    loss: Loss
    method: Method
    learning_rate: float
    batch: int
    seed: int

    def __post_init__(self) -> None:
        for name in ("weights", "activations"):
            bits = getattr(self, name)
            if bits is not None and not LEAST_BITS <= bits <= MOST_BITS:
                reason = f"widths are {LEAST_BITS} to {MOST_BITS} bits"
                raise _wrong(name, bits, reason, f"for example --{name} 4")
        for name, least in (("epochs", 1), ("batch", 1), ("seed", 0), ("khot", 1)):
            number = getattr(self, name)
            if number is not None and number < least:
                raise _wrong(name, number, f"it must be at least {least}", "leave it out for the default")
        if self.khot is not None and self.method is Method.ADAROUND:
            raise _wrong("khot", self.khot, "adaround chooses between two neighbours", "take --method train")
        if not 0 < self.learning_rate < math.inf:
            raise _wrong("learning_rate", self.learning_rate, "it must be positive and finite", "for example 0.001")


def chosen(kind: type[Enum], name: str, value: Enum | str) -> Enum:
    """A member of ``kind`` by its value. Raises FF503."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(member.value) for member in kind)
        raise _wrong(name, value, f"known are {known}", "take one of them") from None


def _wrong(name: str, value: object, reason: str, hint: str) -> FlowError:
    option = name.replace("_", "-")
    return FlowError("FF503", f"--{option} {value} is not possible", reason=reason, hint=hint)
