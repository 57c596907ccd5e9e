"""Where two engines' frames differ first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import IntArray


@dataclass(frozen=True)
class Difference:
    """Element ``index`` of frame ``frame`` should be the stored integer ``want`` but is ``got``."""

    frame: int
    index: int
    want: int
    got: int

    def __str__(self) -> str:
        return f"frame {self.frame}, element {self.index}: want {self.want}, got {self.got}"


def first_difference(want: IntArray, got: IntArray) -> Difference | None:
    """The first element, frame by frame, in which two arrays of shape (frames, elements) differ; None if equal."""
    assert want.shape == got.shape, f"{want.shape} and {got.shape} can't be compared"
    places = np.argwhere(want != got)
    if len(places) == 0:
        return None
    frame, index = (int(position) for position in places[0])
    return Difference(frame, index, int(want[frame, index]), int(got[frame, index]))
