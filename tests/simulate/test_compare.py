from __future__ import annotations

import numpy as np

from fpgaflow.simulate.compare import Difference, first_difference

WANT = np.arange(12).reshape(3, 4)


def test_equal() -> None:
    assert first_difference(WANT, WANT.copy()) is None


def test_the_first_of_several() -> None:
    got = WANT.copy()
    got[1, 2], got[1, 3], got[2, 0] = -5, 0, 0
    difference = first_difference(WANT, got)
    assert difference == Difference(frame=1, index=2, want=6, got=-5)
    assert str(difference) == "frame 1, element 2: want 6, got -5"
