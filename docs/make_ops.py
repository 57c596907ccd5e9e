"""Writes docs/ops.md, the list of supported operators and hardware units: `python docs/make_ops.py`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import fpgaflow

INTRODUCTION = """# Supported operators

Written by `python docs/make_ops.py` from the operators' own docstrings; `fpgaflow ops` prints the same.

An operator that is not listed ends a build with `FF201`, a form of one that is not supported with `FF202` to `FF205`; each
message names the node and says what to do. Hardware is built for any graph with one input and one value that leaves it, for
frames of one or two spatial axes. Constants may be computed in the file by other ONNX operators too: they are folded.
"""


def markdown() -> str:
    """The whole page."""
    read = ((f"`{operator.name}`", operator.domain, operator.supported) for operator in fpgaflow.operators())
    built = ((f"`{unit.kind}`", unit.computes) for unit in fpgaflow.hardware_units())
    return "\n".join(
        (
            INTRODUCTION,
            "## ONNX operators\n",
            *_table(("operator", "domain", "supported"), read),
            "\n## Hardware units\n",
            *_table(("unit", "computes"), built),
            "",
        )
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [head, ("---",) * len(head), *rows]
    return [f"| {' | '.join(text.replace('|', chr(92) + '|') for text in row)} |" for row in cells]


if __name__ == "__main__":
    (Path(__file__).resolve().parent / "ops.md").write_text(markdown())
