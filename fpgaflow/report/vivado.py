"""Vivado's text reports: ``report_utilization`` and ``report_timing_summary``."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fpgaflow.report.area import Area, not_a_report, read_report
from fpgaflow.units.base import Resources

TOOL = "Vivado"


@dataclass(frozen=True)
class Utilization:
    """``used`` of ``available`` on ``device``, after the step ``state`` (Synthesized, Fully Placed, Routed, …)."""

    device: str
    state: str
    used: Area
    available: Area


@dataclass(frozen=True)
class Clock:
    """A clock of the design; ``setup_slack_ns`` is that of its worst path, None if it has none."""

    name: str
    period_ns: float
    setup_slack_ns: float | None

    @property
    def reachable_mhz(self) -> float | None:
        """The frequency at which the worst path would just hold."""
        return None if self.setup_slack_ns is None else 1000 / (self.period_ns - self.setup_slack_ns)


@dataclass(frozen=True)
class TimingSummary:
    """The design's worst slacks in nanoseconds (None where there is no path), and its clocks.

    ``failing_endpoints`` counts setup, hold and pulse width together.
    """

    setup_slack_ns: float | None
    hold_slack_ns: float | None
    pulse_width_slack_ns: float | None
    failing_endpoints: int
    clocks: tuple[Clock, ...]

    @property
    def met(self) -> bool:
        """True if there are constrained paths and every constraint holds."""
        return self.setup_slack_ns is not None and self.failing_endpoints == 0


def read_utilization(file: Path) -> Utilization:
    """Read ``report_utilization``'s text. Raises FF603 if it is missing or something else."""
    text = read_report(file, TOOL)
    rows = _site_rows(text)

    def amount(column: str, *names: str) -> float:
        for name in names:
            if name in rows and (cell := rows[name].get(column)) is not None:
                try:
                    return float(cell)
                except ValueError:
                    break
        raise not_a_report(file, TOOL, f"it has no number for '{names[0]}' in column '{column}'")

    def area(column: str) -> Area:
        resources = Resources(
            lut=amount(column, "CLB LUTs", "Slice LUTs"),
            ff=amount(column, "CLB Registers", "Slice Registers"),
            bram=amount(column, "Block RAM Tile"),
            dsp=amount(column, "DSPs"),
        )
        return Area(resources, int(amount(column, "URAM")) if "URAM" in rows else 0)

    return Utilization(_heading(text, "Device"), _heading(text, "Design State"), area("Used"), area("Available"))


def read_timing(file: Path) -> TimingSummary:
    """Read ``report_timing_summary``'s text. Raises FF603 if it is missing or something else."""
    text = read_report(file, TOOL)
    summary = next(iter(_section_rows(text, "Design Timing Summary")), {})
    if not {"WNS(ns)", "WHS(ns)", "WPWS(ns)"} <= set(summary):
        raise not_a_report(file, TOOL, "it has no 'Design Timing Summary' with a row of slacks")
    slacks = {row["Clock"]: _slack(row.get("WNS(ns)", "")) for row in _section_rows(text, "Intra Clock Table")}
    return TimingSummary(
        setup_slack_ns=_slack(summary["WNS(ns)"]),
        hold_slack_ns=_slack(summary["WHS(ns)"]),
        pulse_width_slack_ns=_slack(summary["WPWS(ns)"]),
        failing_endpoints=sum(int(v) for k, v in summary.items() if k.endswith("Failing Endpoints") and v.isdigit()),
        clocks=tuple(
            Clock(row["Clock"], float(row["Period(ns)"]), slacks.get(row["Clock"]))
            for row in _section_rows(text, "Clock Summary")
        ),
    )


def _site_rows(text: str) -> dict[str, Mapping[str, str]]:
    """Rows of the tables with a column "Site Type": name -> cells by column. The first row of a name counts."""
    rows: dict[str, Mapping[str, str]] = {}
    columns: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] == "Site Type":
            columns = cells
        elif columns is not None and len(cells) == len(columns):
            rows.setdefault(cells[0].rstrip("*"), dict(zip(columns, cells, strict=True)))
    return rows


def _heading(text: str, name: str) -> str:
    """The value of a line ``| name : value`` of the report's head."""
    match = re.search(rf"^\|\s*{name}\s*:\s*(.*?)\s*$", text, re.MULTILINE)
    return match[1] if match else ""


def _section_rows(text: str, title: str) -> list[dict[str, str]]:
    """The complete rows of a section's table, which has a line of column names, a line of dashes, and values."""
    section = re.search(rf"^\| {title}\s*$(.*?)(?=^\| \w|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = section[1].splitlines() if section else []
    rule = next((i for i, line in enumerate(lines) if re.fullmatch(r"\s*(-+\s+)+-+\s*", line)), None)
    if rule is None:
        return []
    columns = re.split(r"\s{2,}", lines[rule - 1].strip())
    rows = (re.split(r"\s{2,}", line.strip()) for line in itertools.takewhile(str.strip, lines[rule + 1 :]))
    return [dict(zip(columns, row, strict=True)) for row in rows if len(row) == len(columns)]


def _slack(text: str) -> float | None:
    """A slack; None for ``NA`` and ``inf``, which stand where no path exists."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
