"""The HTML report: whole, self-contained, and honest about what was not run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fpgaflow.design import Design
from fpgaflow.report.html import render_html, write_html
from fpgaflow.report.summary import Report
from tests.reports import report, stage, synthesised

VOID = {"br", "meta", "line", "rect", "path", "polyline"}


class Page(HTMLParser):
    """Checks that every element is closed, and collects rows of tables and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data.strip()}".strip()

    def row(self, heading: str) -> list[str]:
        """The cells of the first table row that begins with ``heading``."""
        return next(row[1:] for row in self.rows if row and row[0] == heading)


@pytest.mark.parametrize("made", [report(), synthesised()], ids=["built", "synthesised"])
def test_needs_nothing_else(made: Report) -> None:
    text = render_html(made)
    names = {name for name, _ in Page(text).attributes}
    assert not names & {"src", "href", "srcset", "onload"}
    assert not re.search(r"https?:|url\((?!#)|@import|<script|<link", text)
    assert "prefers-color-scheme: dark" in text


def test_what_was_not_run_is_no_zero() -> None:
    page = Page(render_html(report()))
    assert page.row("LUT") == ["2,400 (3.4 %)", "not run", "not run", "not run", "49,392", "70,560"]
    assert page.row("s00_dense")[7:] == ["1,200", "2,400", "2.5", "0", "not run", "not run", "not run"]
    assert page.row("s01_requantize_comparators")[7:] == ["1,200", "2,400", "2.5", "0"]  # the others reach down to here
    assert page.row("Yosys") == ["synthesis was left out (--no-synth)"]
    assert page.row("Vivado") == ["run it with `fpgaflow synth DIR --tool vivado`"]
    assert page.row("cocotb") == ["not run it takes long"]


def test_numbers_of_every_tool_stand_beside_each_other() -> None:
    page = Page(render_html(synthesised()))
    assert page.row("LUT")[:4] == ["2,400 (3.4 %)", "not run", "not run", "5,000 (7.1 %)"]
    assert page.row("s00_dense")[11:] == ["1,100", "2,000", "2", "0", "not run", "only the whole design"]
    assert page.row("s01_requantize_comparators")[11:] == ["not run"] * 4
    assert page.row("Yosys") == ["timed out on s01_requantize_comparators"]


def test_engines_that_were_not_run() -> None:
    verified = {"numpy": {"frames": 1, "mismatches": 0}, "cpp": None, "rtl": None}
    page = Page(render_html(report(verified=verified)))
    assert page.row("NumPy") == ["equal every bit, 1 frame"]
    assert page.row("RTL") == ["not run verification was left out"]
    page = Page(render_html(report(verified=verified, first_mismatch="somewhere")))
    assert page.row("RTL") == ["not run another engine differed before its turn"]


def test_a_difference_is_shown_first() -> None:
    verified = {"numpy": {"frames": 9, "mismatches": 0}, "cpp": {"frames": 9, "mismatches": 3}, "rtl": None}
    place = "cpp: stage 's00_dense', frame 0, index 5: want 3, got 4"
    text = render_html(report(verified=verified, first_mismatch=place))
    assert Page(text).row("C++") == ["differs 3 differing integers, 9 frames"]
    assert "<b>differs</b><p>C++</p>" in text
    assert text.index("cpp: stage &#39;s00_dense&#39;") < text.index("Is it right?")


def test_names_from_the_file_are_escaped() -> None:
    evil = "</td><script>alert(1)</script>"
    made = report([stage(0, "dense", node=evil, name=evil)])
    made.model["name"] = made.model["file"] = evil
    assert "<script" not in render_html(made)
    Page(render_html(made))


def test_file(tmp_path: Path) -> None:
    design = cast(Design, SimpleNamespace(folder=tmp_path, report=report()))
    assert write_html(design) == tmp_path / "report.html"
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render_html(report())
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
