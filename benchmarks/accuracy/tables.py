"""Tables and pictures of the accuracies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from rich.table import Table

Results = Mapping[tuple[str, str, int, int], tuple[float, float]]
Grid = dict[str, dict[int, list[float]]]


def tables(results: Results) -> list[Table]:
    """One a data set: a row a method, a column a width, mean and standard deviation over the seeds."""
    found = []
    for task, grid in _grids(results).items():
        widths = sorted({bits for of_method in grid.values() for bits in of_method if bits != 32}, reverse=True)
        table = Table(title=f"{task}: accuracy in per cent, mean ± standard deviation over the seeds")
        table.add_column("method")
        for bits in widths:
            table.add_column(f"{bits} bits", justify="right")
        for method, of_method in grid.items():
            columns = (of_method.get(bits, of_method.get(32, [])) for bits in widths)
            table.add_row(method, *map(_text, columns))
        found.append(table)
    return found


def draw(results: Results, file: Path) -> None:
    """A picture a data set, side by side: accuracy over width, a line a method."""
    import matplotlib as mpl  # noqa: PLC0415 - only where something is drawn

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    grids = _grids(results)
    figure, axes = plt.subplots(1, len(grids), figsize=(6 * len(grids), 5), squeeze=False)
    for axis, (task, grid) in zip(axes[0], grids.items(), strict=True):
        for method, of_method in grid.items():
            if 32 in of_method:
                axis.axhline(mean(of_method[32]), color="black", linestyle=":", label=method)
                continue
            widths = sorted(of_method)
            heights = [mean(of_method[bits]) for bits in widths]
            spread = [stdev(of_method[bits]) if len(of_method[bits]) > 1 else 0 for bits in widths]
            axis.errorbar(widths, heights, spread, marker="o", capsize=3, label=method)
        axis.set(title=task, xlabel="bits of weights and activations", ylabel="accuracy, %")
        axis.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def _grids(results: Results) -> dict[str, Grid]:
    """By data set, method and width, the accuracies of the seeds."""
    found: dict[str, Grid] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for (task, method, bits, _), (accuracy, _seconds) in sorted(results.items()):
        found[task][method][bits].append(accuracy)
    return found


def _text(accuracies: Sequence[float]) -> str:
    if not accuracies:
        return ""
    spread = f" ± {stdev(accuracies):.1f}" if len(accuracies) > 1 else ""
    return f"{mean(accuracies):.1f}{spread}"
