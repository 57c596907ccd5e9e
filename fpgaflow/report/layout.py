"""Where the boxes of a drawn graph go: in layers, rows of layers in turn from left to right and back.

A box is one layer behind the last one that it reads. Within a layer lie tracks, one below the other: a box is in that of
its first source if it can be, and an arrow that passes layers keeps a track of its own, so that none crosses a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    layer: int
    track: int


@dataclass(frozen=True)
class Layout:
    """The place of every box; ``passed[(source, target)]`` those that an arrow passes, between the two boxes' own."""

    places: tuple[Place, ...]
    passed: dict[tuple[int, int], tuple[Place, ...]]

    @property
    def layers(self) -> int:
        return 1 + max(place.layer for place in self.places)

    def tracks(self, first: int, last: int) -> tuple[bool, ...]:
        """The tracks that the layers from ``first`` up to ``last`` use: whether there is a box in them, or only arrows."""
        boxes = {place.track for place in self.places if first <= place.layer < last}
        arrows = {place.track for way in self.passed.values() for place in way if first <= place.layer < last}
        return tuple(track in boxes for track in range(1 + max(boxes | arrows)))


def lay_out(sources: Sequence[Sequence[int]]) -> Layout:
    """The layout of boxes in topological order, each given by the boxes it reads; only the first reads none."""
    layers: list[int] = []
    for reads in sources:
        layers.append(1 + max((layers[source] for source in reads), default=-1))
    edges = [(source, target) for target, reads in enumerate(sources) for source in dict.fromkeys(reads)]
    places: dict[int, Place] = {}
    passed: dict[tuple[int, int], list[Place]] = {edge: [] for edge in edges}

    for layer in range(1 + max(layers)):
        # what goes on in the tracks of the layer before: boxes first, as they are what the eye follows
        waiting: list[tuple[int, bool, int, tuple[int, int] | None]] = []
        for box, own in enumerate(layers):
            if own == layer:
                tracks = [_end(passed[source, box], places[source]).track for source in sources[box]]
                waiting.append((min(tracks, default=0), False, box, None))
        for source, target in edges:
            if layers[source] < layer < layers[target]:
                track = _end(passed[source, target], places[source]).track
                waiting.append((track, True, target, (source, target)))
        used: set[int] = set()
        for wish, _, box, edge in sorted(waiting, key=lambda entry: entry[:3]):
            track = next(track for track in range(wish, wish + len(waiting) + 1) if track not in used)
            used.add(track)
            if edge is None:
                places[box] = Place(layer, track)
            else:
                passed[edge].append(Place(layer, track))
    return Layout(
        tuple(places[box] for box in range(len(layers))), {edge: tuple(found) for edge, found in passed.items()}
    )


def _end(way: Sequence[Place], start: Place) -> Place:
    """Where an arrow from ``start`` has come to."""
    return way[-1] if way else start
