"""What a report says, on a terminal or into a pipe: plain words and tables that fit the width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fpgaflow.report import view
from fpgaflow.report.summary import Report, StageReport
from fpgaflow.report.view import RESOURCES, TOOLS, Outcome

STYLES = {Outcome.EQUAL: "green", Outcome.DIFFERS: "bold red", Outcome.NOT_RUN: "dim"}
MIDDLE, WIDE = 116, 140  # characters in a line from which on the stage table shows more
BAR = 24


def print_summary(console: Console, report: Report, folder: Path) -> None:
    """Everything worth knowing of a build on one screen."""
    model, board = report.model, report.board
    console.print(f"{model['name']} on {board['name']} ({board['part']})", style="bold")
    console.print()
    print_engines(console, report)
    console.print()
    console.print(_stages(report, console.width))
    console.print()
    facts = _grid()
    facts.add_row("Throughput", view.throughput(report))
    facts.add_row("Latency", view.latency(report))
    facts.add_row("Mapping", view.mapping(report))
    if report.bottleneck:
        facts.add_row("Bottleneck", report.bottleneck)
    if outside := view.top_level(report):
        facts.add_row("Top level", f"{outside} by estimate: FIFOs and AXI ports, in the estimated totals")
    console.print(facts)
    console.print()
    console.print(_utilisation(report, console.options.ascii_only))
    if missing := {name: why for name, why in view.not_run(report).items() if name not in view.ENGINES.values()}:
        console.print()
        absent = _grid()
        for name, reason in missing.items():
            absent.add_row(name, f"{view.NOT_RUN}: {reason}")
        console.print(absent)
    console.print()
    console.print(f"Report: {folder / 'report.html'}", soft_wrap=True)


def print_engines(console: Console, report: Report) -> None:
    """What is equal to what, and the first difference if there is one."""
    lines = _grid(3)
    found = report.exactness
    same = Outcome.EQUAL if found.equal == found.outputs else Outcome.DIFFERS
    lines.add_row("ONNX reference", _outcome(same), view.exactness(report))
    for engine in view.engines(report):
        lines.add_row(engine.name, _outcome(engine.outcome), engine.text)
    console.print(lines)
    if report.first_mismatch is not None:
        console.print()
        console.print(f"First difference in {report.first_mismatch}", style=STYLES[Outcome.DIFFERS], soft_wrap=True)


def table(*headings: str) -> Table:
    """A table without lines; columns are added up to the right."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def _grid(columns: int = 2) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(columns - 1):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _outcome(outcome: Outcome) -> Text:
    return Text(outcome.value, style=STYLES[outcome])


def _stages(report: Report, width: int) -> Table:
    """A line for each stage; narrow terminals see the most telling columns only."""
    slowest = view.slowest(report)
    columns = [column for column in _columns(report) if column.least_width <= width]
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1 if width < MIDDLE else 2, 0, 0))
    for column in columns:
        made.add_column(column.heading, justify=column.justify, overflow="fold", vertical="bottom")
    for stage in report.stages:
        made.add_row(*(column.text(stage) for column in columns), style="yellow" if stage.name in slowest else "")
    return made


@dataclass(frozen=True)
class _Column:
    """A column of the stage table, shown on terminals of at least ``least_width`` characters."""

    heading: str
    text: Callable[[StageReport], str]
    justify: Literal["left", "right"] = "right"
    least_width: int = 0


def _columns(report: Report) -> Iterator[_Column]:
    yield _Column("stage", lambda stage: stage.name, "left")
    yield _Column("node", lambda stage: stage.node, "left", WIDE)
    yield _Column("operator", lambda stage: stage.op, "left", MIDDLE)
    yield _Column("reads", lambda stage: stage.input_format, "left", MIDDLE)
    yield _Column("writes", lambda stage: stage.output_format, "left", MIDDLE)
    yield _Column("PE×SIMD\nor lanes", view.folding)
    yield _Column("cycles", lambda stage: f"{stage.cycles:,}")
    yield _amount("lut", "estimate")
    yield _amount("lut", "yosys")
    for tool in TOOLS[2:]:
        if any(stage.resources[tool] is not None for stage in report.stages):
            yield _amount("lut", tool, MIDDLE)
    yield _amount("ff", "estimate", WIDE)
    yield _amount("bram", "estimate")
    yield _amount("dsp", "estimate")


def _amount(key: str, tool: str, least_width: int = 0) -> _Column:
    heading = f"{RESOURCES[key]}\n{'est.' if tool == 'estimate' else tool}"
    return _Column(heading, lambda stage: view.amount(stage.resources[tool], key), least_width=least_width)


def _utilisation(report: Report, ascii_only: bool) -> Table:
    """A bar for each resource by the best source there is, beside the estimate."""
    totals, available = view.used(report), report.resources["available"]
    best = next(tool for tool in reversed(TOOLS) if totals[tool] is not None)
    estimate, used = totals["estimate"], totals[best]
    assert estimate is not None and used is not None
    bars = _grid(3)
    for key, label in RESOURCES.items():
        share = used[key] / available[key]
        text = f"{view.number(used[key])} of {view.number(available[key])} ({100 * share:.1f} %), {best}"
        if best != "estimate":
            text += f" (estimate {view.number(estimate[key])})"
        bars.add_row(label, _bar(share, ascii_only), text)
    return bars


def _bar(share: float, ascii_only: bool) -> str:
    full, empty = ("#", ".") if ascii_only else ("█", "░")
    # What is there at all shows, and what is more than everything stays within the bar.
    filled = min(BAR, max(round(share * BAR), int(share > 0)))
    return full * filled + empty * (BAR - filled)
