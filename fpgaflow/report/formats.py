"""What `fpgaflow quantize` did, on a terminal: the format of every tensor, and how the results agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console

from fpgaflow.report import view
from fpgaflow.report.terminal import table

if TYPE_CHECKING:
    from fpgaflow.quantize import Agreement, Quantized


def print_quantized(console: Console, result: Quantized) -> None:
    """A line for each tensor, then the agreement, then the file."""
    if result.sensitivity is not None:
        print_sensitivity(console, result.sensitivity)
        console.print()
    shown = table("tensor", "", "format", "scale", "SQNR")
    for row in result.formats:
        shown.add_row(row.tensor, row.kind, row.codes, row.scale, decibels(row.sqnr_db))
    console.print(shown)
    console.print()
    console.print(agreement(result.agreement))
    console.print(f"Model: {result.path}", soft_wrap=True)
    if result.picture is not None:
        console.print(f"Picture: {result.picture}", soft_wrap=True)


def print_sensitivity(console: Console, sensitivity: Mapping[str, Mapping[int, float]]) -> None:
    """The SQNR of the outputs if one tensor alone has few bits."""
    bits = sorted(next(iter(sensitivity.values())), reverse=True)
    shown = table("outputs, if alone", *(f"{number} bits" for number in bits))
    for tensor, by_bits in sensitivity.items():
        shown.add_row(tensor, *(decibels(by_bits[number]) for number in bits))
    console.print(shown)


def agreement(found: Agreement | None) -> str:
    """One sentence on the outputs."""
    if found is None:
        return "Outputs were not compared: there are no frames (--data)"
    same = "" if found.top1 is None else f"the largest output is the same in {found.top1:.1%}, "
    return f"Outputs on {view.count(found.frames, 'frame')}: {same}SQNR {decibels(found.sqnr_db)}"


def decibels(number: float | None) -> str:
    return "" if number is None else "exact" if number == float("inf") else f"{number:.1f} dB"
