"""Where the boxes and arrows of the drawn pipeline go: rows of stages, in turn from left to right and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fpgaflow.report import view
from fpgaflow.report.summary import Report, StageReport

COLUMNS = 4
BOX_WIDTH, BOX_HEIGHT = 224, 92
GAP_X, GAP_Y = 84, 44
MARGIN = 8
TEXT_LENGTH, NAME_LENGTH = 29, 32  # characters that fit into a box; names are set narrower
ARROW = 9  # length of an arrow's head, which its line leaves free


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
    """A straight arrow with its stream's lanes and format beside it."""

    x1: int
    y1: int
    x2: int
    y2: int
    label: str
    label_x: int
    label_y: int
    anchor: str


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
    boxes = [_port(0, "AXI4-Stream input", entry["tdata_bits"], entry["beats"], most)]
    boxes += [_stage(place, stage, most) for place, stage in enumerate(report.stages, 1)]
    boxes.append(_port(len(boxes), "AXI4-Stream output", leave["tdata_bits"], leave["beats"], most))
    if len(cycles) == 1:  # nothing sets the pace alone
        boxes = [replace(box, slowest=False) for box in boxes]
    labels = [f"{entry['lanes']} × {entry['format']}"]
    labels += [f"{view.lanes(stage)[1]} × {stage.output_format}" for stage in report.stages]
    wires = tuple(_wire(place, label) for place, label in enumerate(labels))
    rows, columns = -(-len(boxes) // COLUMNS), min(COLUMNS, len(boxes))
    return Drawing(
        width=2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP_X,
        height=2 * MARGIN + rows * BOX_HEIGHT + (rows - 1) * GAP_Y,
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        boxes=tuple(boxes),
        wires=wires,
    )


def _stage(place: int, stage: StageReport, most: int) -> Box:
    origin = f"{stage.op} {stage.node}".strip() or "between different lanes"
    detail = f"PE {stage.folding['pe']} × SIMD {stage.folding['simd']}" if "simd" in stage.folding else _lanes(stage)
    return _box(place, stage.name, origin, detail, stage.cycles, most, port=False)


def _lanes(stage: StageReport) -> str:
    return f"{view.folding(stage)} lane{'' if view.lanes(stage) == (1, 1) else 's'}"


def _port(place: int, name: str, bits: int, beats: int, most: int) -> Box:
    return _box(place, name, f"TDATA of {bits} bits", view.count(beats, "beat"), beats, most, port=True)


def _box(place: int, name: str, origin: str, detail: str, cycles: int, most: int, *, port: bool) -> Box:
    x, y = _corner(place)
    return Box(
        x,
        y,
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


def _corner(place: int) -> tuple[int, int]:
    row, column = divmod(place, COLUMNS)
    if row % 2:
        column = COLUMNS - 1 - column
    return MARGIN + column * (BOX_WIDTH + GAP_X), MARGIN + row * (BOX_HEIGHT + GAP_Y)


def _wire(place: int, label: str) -> Wire:
    """From box ``place`` to the next one."""
    (x, y), (next_x, next_y) = _corner(place), _corner(place + 1)
    if y != next_y:
        middle, at_left = x + BOX_WIDTH // 2, x == MARGIN
        label_x = middle + (10 if at_left else -10)
        label_y = (y + BOX_HEIGHT + next_y) // 2 + 4
        return Wire(
            middle, y + BOX_HEIGHT, middle, next_y - ARROW, label, label_x, label_y, "start" if at_left else "end"
        )
    centre = y + BOX_HEIGHT // 2
    start, end = (x + BOX_WIDTH, next_x - ARROW) if next_x > x else (x, next_x + BOX_WIDTH + ARROW)
    return Wire(start, centre, end, centre, label, (x + next_x + BOX_WIDTH) // 2, centre - 8, "middle")
