"""Arrays as keys of caches."""

from __future__ import annotations

from fpgaflow.fixed import IntArray


class Same:
    """An array as a key: the same object, not equal numbers."""

    def __init__(self, array: IntArray) -> None:
        self.array = array

    def __hash__(self) -> int:
        return id(self.array)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.array is self.array
