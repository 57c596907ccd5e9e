"""What `fpgaflow tune` reached, on a terminal: before and after, beside the network that was learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from fpgaflow.report import view
from fpgaflow.report.formats import decibels
from fpgaflow.report.terminal import table

if TYPE_CHECKING:
    from fpgaflow.train.tune import Tuned


def print_tuned(console: Console, result: Tuned) -> None:
    """A line for each state of the network, what was done, and the file."""
    shown = table("", "loss", "agreement", "SQNR", "accuracy")
    states = {"learnt from": result.reference, "before": result.before, "after": result.after}
    for name, found in states.items():
        shares = ("" if share is None else f"{share:.1%}" for share in (found.agreement, found.accuracy))
        agreement, accuracy = shares
        shown.add_row(name, f"{found.loss:.4g}", agreement, decibels(found.sqnr_db), accuracy)
    console.print(shown)
    console.print()
    console.print(f"On {view.count(result.frames, 'frame')} held back; {result.done}", soft_wrap=True)
    console.print(f"Model: {result.path}", soft_wrap=True)
