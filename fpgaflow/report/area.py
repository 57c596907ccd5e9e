"""Amounts of an FPGA's resources as the vendor's reports state them, and the complaint about what is no report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fpgaflow.errors import FlowError, Loc
from fpgaflow.units.base import Resources


@dataclass(frozen=True)
class Area:
    """The four resources every chip has, and UltraRAM blocks."""

    resources: Resources
    uram: int


def read_report(file: Path, tool: str) -> str:
    """The text of a report file. Raises FF603 if there is none."""
    try:
        return file.read_text(errors="replace")
    except OSError as error:
        raise not_a_report(file, tool, f"the file can't be read: {error.strerror}") from error


def not_a_report(file: Path, tool: str, reason: str) -> FlowError:
    return FlowError(
        "FF603",
        f"{tool}'s report {file.name} can't be read",
        node=Loc(str(file)),
        reason=reason,
        hint=f"look into {tool}'s log for an earlier failure; a new form of the report is worth a bug report",
    )
