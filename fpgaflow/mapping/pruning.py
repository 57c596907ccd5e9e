"""Leaves out options that another one can always stand in for, also where it needs further width adapters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from fpgaflow.mapping.links import Link
from fpgaflow.mapping.options import Option
from fpgaflow.mapping.price import amounts

Numbers = npt.NDArray[np.int64]
Key = Callable[[Option], tuple[int, ...]]


def prune(options: Sequence[Iterable[Option]], links: Sequence[Link], key: Key) -> list[list[Option]]:
    """Those of each node's options that any best choice needs: none has another at its side that is as good in every
    number of ``key`` (less is better; the first four are its amounts of resources) after the width adapters that the
    other's lanes may take more, whatever its neighbours are.
    """
    kept = [_best_with_lanes(of_node, key) for of_node in options]
    if not all(kept):
        return kept
    lanes = [(_lanes(of_node, 0), _lanes(of_node, 1)) for of_node in kept]
    return [_undominated(of_node, lanes, links, node, key) for node, of_node in enumerate(kept)]


def _lanes(options: Iterable[Option], side: int) -> list[int]:
    return sorted({option.lanes[side] for option in options})


def _best_with_lanes(options: Iterable[Option], key: Key) -> list[Option]:
    """The same between options of the same lanes, of which there are few."""
    by_lanes: dict[tuple[int, int], list[tuple[tuple[int, ...], Option]]] = defaultdict(list)
    for option in options:
        by_lanes[option.lanes].append((key(option), option))
    found = []
    for group in by_lanes.values():
        front: list[tuple[int, ...]] = []
        for numbers, option in sorted(group, key=lambda pair: pair[0]):
            if not any(all(a <= b for a, b in zip(other, numbers, strict=True)) for other in front):
                front.append(numbers)
                found.append((numbers, option))
    return [option for _, option in sorted(found, key=lambda pair: pair[0])]


def _undominated(
    options: list[Option], lanes: Sequence[tuple[list[int], list[int]]], links: Sequence[Link], node: int, key: Key
) -> list[Option]:
    numbers: Numbers = np.array([key(option) for option in options], dtype=np.int64)
    # [i, j]: j comes first and is as good as i
    beaten = np.tri(len(options), k=-1, dtype=bool)
    detours = [_detours(link, lanes, node) for link in links if node in (link.source, link.target)]
    for number in range(numbers.shape[1]):
        needs = numbers[None, :, number]
        if number < 4:
            for side, table in detours:
                places = [lanes[node][side].index(option.lanes[side]) for option in options]
                needs = needs + table[number][np.ix_(places, places)]
        beaten &= needs <= numbers[:, None, number]
    return [options[place] for place in np.flatnonzero(~beaten.any(axis=1))]


def _detours(link: Link, lanes: Sequence[tuple[list[int], list[int]]], node: int) -> tuple[int, Numbers]:
    """Side of the node that the link is at, and for each resource what [a, b] the adapters in it take more with b lanes
    there than with a, at most.
    """
    away = 0 if link.shared else 1
    have, want = lanes[link.source][away], lanes[link.target][0]
    table: Numbers = np.array([[amounts(link.cost(a, b)) for b in want] for a in have], dtype=np.int64)
    if node == link.target:
        return 0, (table[:, None, :, :] - table[:, :, None, :]).max(axis=0).transpose(2, 0, 1)
    return away, (table[None, :, :, :] - table[:, None, :, :]).max(axis=2).transpose(2, 0, 1)
