"""The drawn pipeline: a box for each stage and port, an arrow for each stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from fpgaflow.report import view
from fpgaflow.report.layout import Layout, Place, lay_out
from fpgaflow.report.summary import Report, StageReport

COLUMNS = 4
BOX_WIDTH, BOX_HEIGHT = 224, 92
GAP_X, GAP_Y = 84, 44
MARGIN = 8
TURN = 96  # room at the sides for arrows that turn back into the next row there
TEXT_LENGTH, NAME_LENGTH = 29, 32  # characters that fit into a box; names are set narrower
ARROW = 9  # length of an arrow's head, which its line leaves free
PASSAGE = 16  # height of a track without boxes
PORT_STEP = 18  # between the arrows at one side of a box
LINE_STEP = 7  # between lines up and down in one gap


@dataclass(frozen=True)
class Box:
    """A stage or a port: upper left corner, lines of text, share of the slowest one's cycles in pixels.

    ``whole`` is what the shortened ``name`` and ``origin`` stand for.
    """

    x: int
    y: int
    whole: str
    name: str
    origin: str
    detail: str
    cycles: str
    busy: float
    slowest: bool
    port: bool


@dataclass(frozen=True)
class Wire:
    """An arrow along ``points``, across and up or down, with its stream's lanes and format beside its end."""

    points: tuple[tuple[int, int], ...]
    label: str
    label_x: int
    label_y: int
    anchor: str

    @property
    def path(self) -> str:
        return " ".join(f"{x},{y}" for x, y in self.points)


@dataclass(frozen=True)
class Drawing:
    """The whole picture, with boxes of one size."""

    width: int
    height: int
    box_width: int
    box_height: int
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


def draw_pipeline(report: Report) -> Drawing:
    """The AXI4-Stream input, every stage, the output."""
    entry, leave = report.input, report.output
    cycles = {entry["beats"], leave["beats"], *(stage.cycles for stage in report.stages)}
    most = max(cycles)
    numbers = {"": 0, **{stage.name: number for number, stage in enumerate(report.stages, 1)}}
    sources = [[], *([numbers[name] for name in stage.sources] for stage in report.stages), [len(report.stages)]]
    plan = _Plan(lay_out(sources))
    wires = _Wires(plan)
    boxes = [_port("AXI4-Stream input", entry["tdata_bits"], entry["beats"], most)]
    boxes += [_stage(stage, most) for stage in report.stages]
    boxes.append(_port("AXI4-Stream output", leave["tdata_bits"], leave["beats"], most))
    corners = [plan.corner(place) for place in plan.layout.places]
    boxes = [replace(box, x=x, y=y) for box, (x, y) in zip(boxes, corners, strict=True)]
    if len(cycles) == 1:  # nothing sets the pace alone
        boxes = [replace(box, slowest=False) for box in boxes]
    labels = [f"{entry['lanes']} × {entry['format']}"]
    labels += [f"{view.lanes(stage)[1]} × {stage.output_format}" for stage in report.stages]
    return Drawing(
        width=plan.width,
        height=plan.height,
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        boxes=tuple(boxes),
        wires=tuple(wires.wire(edge, labels[edge[0]]) for edge in wires.ways),
    )


class _Plan:
    """Places in pixels. Even rows of layers go to the right, odd ones to the left."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        branches = len(layout.tracks(0, layout.layers)) > 1
        self.side, self.columns = (TURN, COLUMNS - 1) if branches else (0, COLUMNS)
        self.tops: list[list[int]] = []  # of each track of each row
        top = MARGIN
        for start in range(0, layout.layers, self.columns):
            self.tops.append([])
            for has_box in layout.tracks(start, start + self.columns):
                self.tops[-1].append(top if has_box else top + (PASSAGE - BOX_HEIGHT) // 2)
                top += (BOX_HEIGHT if has_box else PASSAGE) + GAP_Y
        columns = min(self.columns, layout.layers)
        self.width = 2 * (MARGIN + self.side) + columns * BOX_WIDTH + (columns - 1) * GAP_X
        self.height = top - GAP_Y + MARGIN

    def row(self, place: Place) -> int:
        return place.layer // self.columns

    def to_left(self, place: Place) -> bool:
        return self.row(place) % 2 == 1

    def corner(self, place: Place) -> tuple[int, int]:
        """Upper left corner of a box in this place; an arrow passes where the box's middle would be."""
        row, column = divmod(place.layer, self.columns)
        if row % 2:
            column = self.columns - 1 - column
        return MARGIN + self.side + column * (BOX_WIDTH + GAP_X), self.tops[row][place.track]

    def turns_straight(self, here: Place, there: Place) -> bool:
        """True if an arrow between two rows goes straight down: nothing else is in the two layers."""
        return self.row(here) != self.row(there) and len(self.layout.tracks(here.layer, there.layer + 1)) == 1


class _Wires:
    """Arrows between boxes; those that share a gap or a side of a box lie beside each other."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.ways = {edge: self._way(*edge) for edge in plan.layout.passed}
        self.gaps: dict[int, list[tuple[int, int]]] = {}
        for edge, way in self.ways.items():
            for place in way[:-1]:
                self.gaps.setdefault(place.layer, []).append(edge)

    def wire(self, edge: tuple[int, int], label: str) -> Wire:
        way = self.ways[edge]
        if len(way) == 2 and self.plan.turns_straight(way[0], way[1]):
            return self._down(way[0], way[1], label)
        heights = [self._port(edge, 0), *(0 for _ in way[2:]), self._port(edge, 1)]
        points: list[tuple[int, int]] = []
        for step, (here, there) in enumerate(pairwise(way)):
            gap = self.gaps[here.layer]
            rank = _spread(gap.index(edge), len(gap))
            points += self._hop(here, heights[step], there, heights[step + 1], rank)
        x, y = points[-1]
        away = 1 if self.plan.to_left(way[-1]) else -1
        points[-1] = (x + away * ARROW, y)
        gap_width = GAP_X if self.plan.row(way[-2]) == self.plan.row(way[-1]) else TURN
        below = heights[-1] > 0  # the label of the arrow above is above
        return Wire(_without_repeats(points), label, x + away * gap_width // 2, y + 14 if below else y - 6, "middle")

    def _port(self, edge: tuple[int, int], end: int) -> int:
        """How far from the middle of its box's side an arrow starts (``end`` 0) or ends (1).

        The one from or to a neighbour in the box's own track is in the middle, so that it can be straight.
        """
        others = {self.ways[other][-2 if end else 1].track: other for other in self.ways if other[end] == edge[end]}
        tracks = sorted(others)
        own = self.plan.layout.places[edge[end]].track
        middle = tracks.index(own) if own in tracks else 0
        return (tracks.index(self.ways[edge][-2 if end else 1].track) - middle) * PORT_STEP

    def _way(self, source: int, target: int) -> list[Place]:
        layout = self.plan.layout
        return [layout.places[source], *layout.passed[source, target], layout.places[target]]

    def _hop(self, here: Place, leaves: int, there: Place, enters: int, rank: int) -> list[tuple[int, int]]:
        """From the side where ``here`` ends to the one where ``there`` begins."""
        (x, y), (next_x, next_y) = self.plan.corner(here), self.plan.corner(there)
        start = x if self.plan.to_left(here) else x + BOX_WIDTH
        end = next_x + BOX_WIDTH if self.plan.to_left(there) else next_x
        y, next_y = y + BOX_HEIGHT // 2 + leaves, next_y + BOX_HEIGHT // 2 + enters
        if self.plan.row(here) == self.plan.row(there):
            middle = (start + end) // 2 + rank
        else:  # around the corner
            middle = start - TURN // 2 + rank if self.plan.to_left(here) else start + TURN // 2 + rank
        return [(start, y), (middle, y), (middle, next_y), (end, next_y)]

    def _down(self, here: Place, there: Place, label: str) -> Wire:
        """Straight down into the next row."""
        (x, y), (_, next_y) = self.plan.corner(here), self.plan.corner(there)
        middle, at_left = x + BOX_WIDTH // 2, self.plan.to_left(here)
        label_y = (y + BOX_HEIGHT + next_y) // 2 + 4
        points = ((middle, y + BOX_HEIGHT), (middle, next_y - ARROW))
        return Wire(points, label, middle + (10 if at_left else -10), label_y, "start" if at_left else "end")


def _without_repeats(points: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The corners of a line: without points that are on the way between their neighbours."""
    kept = points[:1]
    for here, there in zip(points[1:], [*points[2:], None], strict=True):
        before = kept[-1]
        if there is None or not (before[0] == here[0] == there[0] or before[1] == here[1] == there[1]):
            kept.append(here)
    return tuple(kept)


def _spread(number: int, count: int) -> int:
    """Places of ``count`` lines beside each other, around 0."""
    return (2 * number - count + 1) * LINE_STEP // 2


def _stage(stage: StageReport, most: int) -> Box:
    origin = f"{stage.op} {stage.node}".strip() or "between different lanes"
    if not stage.op and stage.kind == "fork":
        origin = "for several readers"
    detail = f"PE {stage.folding['pe']} × SIMD {stage.folding['simd']}" if "simd" in stage.folding else _lanes(stage)
    return _box(stage.name, origin, detail, stage.cycles, most, port=False)


def _lanes(stage: StageReport) -> str:
    return f"{view.folding(stage)} lane{'' if view.lanes(stage) == (1, 1) else 's'}"


def _port(name: str, bits: int, beats: int, most: int) -> Box:
    return _box(name, f"TDATA of {bits} bits", view.count(beats, "beat"), beats, most, port=True)


def _box(name: str, origin: str, detail: str, cycles: int, most: int, *, port: bool) -> Box:
    return Box(
        0,
        0,
        f"{name}: {origin}",
        _short(name, NAME_LENGTH),
        _short(origin, TEXT_LENGTH),
        detail,
        view.count(cycles, "cycle"),
        round(cycles / most * BOX_WIDTH, 1),
        cycles == most,
        port,
    )


def _short(text: str, length: int) -> str:
    """At most ``length`` characters: the ends of a node's name tell more than its middle."""
    tail = length // 2
    return text if len(text) <= length else f"{text[: length - tail - 1]}…{text[-tail:]}"
