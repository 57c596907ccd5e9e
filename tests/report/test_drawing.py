"""The drawn pipeline: nothing overlaps, arrows keep off boxes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fpgaflow.report.drawing import ARROW, BOX_HEIGHT, BOX_WIDTH, COLUMNS, draw_pipeline
from fpgaflow.report.html import render_html
from fpgaflow.report.summary import StageReport
from tests.reports import report, stage


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 60])
def test_pipeline_fits_its_frame_and_nothing_overlaps(count: int) -> None:
    drawing = draw_pipeline(report([stage(place, "requantize_threshold_memory") for place in range(count)]))
    assert len(drawing.boxes) == count + 2
    assert len(drawing.wires) == count + 1
    corners = {(box.x, box.y) for box in drawing.boxes}
    assert len(corners) == count + 2
    for x, y in corners:
        assert 0 <= x <= drawing.width - BOX_WIDTH
        assert 0 <= y <= drawing.height - BOX_HEIGHT
    for here, there in zip(drawing.boxes, drawing.boxes[1:], strict=False):
        assert (here.y == there.y) != (here.x == there.x)
    for wire in drawing.wires:
        assert 0 < wire.label_x < drawing.width
        ((x1, y1), (x2, y2)) = wire.points
        assert (x1 == x2) != (y1 == y2)


def test_pipeline_turns_at_the_edge() -> None:
    drawing = draw_pipeline(report([stage(place, "dense") for place in range(2 * COLUMNS - 2)]))
    rows = [sorted(box.x for box in drawing.boxes[start : start + COLUMNS]) for start in (0, COLUMNS)]
    assert rows[0] == rows[1]
    assert [box.x for box in drawing.boxes] == rows[0] + rows[0][::-1]


def branched(count: int) -> list[StageReport]:
    """Residual blocks one behind the other: a fork, three stages on one branch, none or one on the other, a join."""
    stages: list[StageReport] = []

    def add(kind: str, *sources: str) -> str:
        stages.append(stage(len(stages), kind, sources=list(sources)))
        return stages[-1].name

    value = ""
    for block in range(count):
        fork = add("fork", value)
        long = add("dense", add("requantize_shift", add("dense", fork)))
        short = add("requantize_shift", fork) if block % 2 else fork
        value = add("join", long, short)
    return stages


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_branches(count: int) -> None:
    stages = branched(count)
    drawing = draw_pipeline(report(stages))
    rectangles = [(box.x, box.y, box.x + BOX_WIDTH, box.y + BOX_HEIGHT) for box in drawing.boxes]
    assert len({rectangle[:2] for rectangle in rectangles}) == len(stages) + 2
    assert len(drawing.wires) == 1 + sum(len(each.sources) for each in stages)
    for wire in drawing.wires:
        for x, y in (wire.points[0], wire.points[-1]):
            near = [
                left - ARROW <= x <= right + ARROW and top - ARROW <= y <= bottom
                for left, top, right, bottom in rectangles
            ]
            assert sum(near) == 1, "an arrow starts and ends at a box"
        for (x1, y1), (x2, y2) in pairwise(wire.points):
            assert (x1 == x2) != (y1 == y2)
            assert min(x1, x2) > 0 and max(x1, x2) < drawing.width and min(y1, y2) > 0 and max(y1, y2) < drawing.height
            for left, top, right, bottom in rectangles:
                across = max(x1, x2) > left and min(x1, x2) < right
                down = max(y1, y2) > top and min(y1, y2) < bottom
                assert not (across and down), "an arrow crosses a box"


def test_long_names_keep_their_ends() -> None:
    drawing = draw_pipeline(report([stage(0, "dense", node="/model/layers.0/quant/Quant_output_0")]))
    assert drawing.boxes[1].origin == "Dense /model/l…Quant_output_0"
    assert drawing.boxes[1].whole == "s00_dense: Dense /model/layers.0/quant/Quant_output_0"


def test_pipeline_marks_the_slowest() -> None:
    drawing = draw_pipeline(report())
    assert [box.slowest for box in drawing.boxes] == [True, True, False, False]
    assert [wire.label for wire in drawing.wires] == ["56 × u4.0", "4 × s12.0", "4 × s12.0"]
    assert [box.cycles for box in drawing.boxes] == ["14 cycles", "14 cycles", "1 cycle", "3 cycles"]
    assert [box.busy for box in drawing.boxes] == [BOX_WIDTH, BOX_WIDTH, 16.0, 48.0]


def test_a_balanced_pipeline_has_no_slowest_stage() -> None:
    balanced = report([stage(0, "dense", 14), stage(1, "dense", 14)])
    balanced.output["beats"] = 14
    assert not any(box.slowest for box in draw_pipeline(balanced).boxes)
    assert "marked" not in render_html(balanced).partition("</style>")[2]
