"""What bits cost, as a picture: tensors by bits, coloured by how much of the outputs is left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fpgaflow.files import replacing

ROW, COLUMN, MARGIN = 0.28, 0.75, 0.9  # inches
BEST, WORST = 50.0, 10.0  # dB at the ends of the colours


def draw(rows: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Write a picture (.svg, .png, .pdf by the name) of ``rows``: by tensor, the SQNR of the outputs in dB for each number of
    bits. Raises FF507.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - takes a second to import
    from matplotlib.figure import Figure  # noqa: PLC0415

    bits = sorted(next(iter(rows.values())), reverse=True)
    numbers = np.array([[by_bits[b] for b in bits] for by_bits in rows.values()])
    longest = max(map(len, rows))
    size = (0.085 * longest + COLUMN * len(bits) + MARGIN, ROW * len(rows) + MARGIN)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.imshow(np.clip(numbers, WORST, BEST), cmap="cividis", vmin=WORST, vmax=BEST, aspect="auto")
    axes.set_xticks(range(len(bits)), [f"{b} bits" for b in bits])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(length=0)
    for (row, column), number in np.ndenumerate(numbers):
        text = "exact" if math.isinf(number) else f"{number:.0f}"
        dark = number < (BEST + WORST) / 2
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    axes.set_xlabel("SQNR of the outputs in dB if this tensor alone has so many bits")
    with replacing(path) as file:
        figure.savefig(file, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
