"""Builds adder graphs: rows as differences, their digits' shared pairs, sums of what is left; the best of some tries."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.mapping.adder_graph.differences import decompose, level_limits
from fpgaflow.mapping.adder_graph.digits import count_digits, recurring_digits
from fpgaflow.mapping.adder_graph.graph import GraphBuilder, Term
from fpgaflow.mapping.adder_graph.rows import Origin, distinct_rows
from fpgaflow.mapping.adder_graph.schedule import schedule
from fpgaflow.mapping.adder_graph.sharing import share
from fpgaflow.mapping.adder_graph.summation import add_up
from fpgaflow.units.adder_graph import AdderNode, AdderOutput

# (reach of differences, passes over the digits) of each try: no choice is the best for every matrix.
TRIES = ((0, 1), (1, 2), (0, 2), (1, 3), (0, 3), (2, 2))
WORK = 6_000_000  # pairs of digits in a row, summed over rows and tries, after which no further try is made
LARGEST = 1 << 60  # bound on the magnitude of all values


def build_adder_graph(
    weights: IntArray, input_low: IntArray | int, input_high: IntArray | int, *, extra_levels: int = 1
) -> tuple[tuple[AdderNode, ...], tuple[AdderOutput, ...]]:
    """Shifts, additions and subtractions that compute ``weights @ x`` exactly, for (outputs, inputs) weights.

    Input ``k`` is an integer in ``input_low[k] .. input_high[k]``. The depth is the least that is possible without
    sharing plus ``extra_levels``, which let more be shared, and one more for an output that only a negation gives.
    The result depends on the arguments alone. Raises ValueError if a value may reach 2**60.
    """
    weights = np.asarray(weights, dtype=np.int64)
    inputs = weights.shape[1]
    low, high = (np.broadcast_to(np.asarray(bound, dtype=np.int64), (inputs,)) for bound in (input_low, input_high))
    reach = np.maximum(np.abs(low), np.abs(high)).astype(np.float64)
    if (np.abs(weights).astype(np.float64) @ reach).max(initial=0.0) >= LARGEST / 4:
        raise ValueError("weights and inputs are so large that values may reach 2**60")
    live = np.where((low == 0) & (high == 0), 0, weights)  # an input that is always 0 has no weight
    rows, origins = distinct_rows(live)
    if not len(rows):
        return (), (AdderOutput(-1, 0, False),) * len(weights)
    digit_counts = count_digits(rows).sum(axis=1)
    depth = (int(digit_counts.max()) - 1).bit_length() + extra_levels
    tries = max(1, WORK // int((digit_counts**2).sum()))
    attempts = (_attempt(rows, low, high, depth, *choice) for choice in TRIES[:tries])
    graph, sums = min(
        (attempt for attempt in attempts if attempt is not None),
        key=lambda attempt: sum(node.luts for node in attempt[0].nodes),
    )
    outputs = tuple(_output(origin, sums) for origin in origins)
    return schedule(graph.nodes, outputs, graph.widths[:inputs]), outputs


def _attempt(
    rows: IntArray, low: IntArray, high: IntArray, depth: int, reach: int, passes: int
) -> tuple[GraphBuilder, list[Term]] | None:
    """A graph and each row's sum in it; None if differences of this reach need more depth."""
    decomposition = decompose(rows, reach)
    digits = recurring_digits(decomposition.residuals, passes)
    limits = level_limits(decomposition, np.count_nonzero(digits, axis=(1, 2)), depth)
    if limits is None:
        return None
    parents = decomposition.parents
    graph = GraphBuilder(low, high)
    capacity = [
        (1 << limit) - (0 if parent is None else 1 << limits[parent.row])
        for limit, parent in zip(limits, parents, strict=True)
    ]
    sums = share(graph, digits, capacity)
    totals: dict[int, Term] = {}
    for row in decomposition.order:
        parent, terms = parents[row], sums[row]
        if parent is not None:
            start = totals[parent.row]
            terms.append(Term(start.value, start.shift + parent.shift, start.negative != parent.negative))
        totals[row] = add_up(graph, terms, limits[row])
    return graph, [totals[row] for row in range(len(rows))]


def _output(origin: Origin, sums: list[Term]) -> AdderOutput:
    if origin.row < 0:
        return AdderOutput(-1, 0, False)
    total = sums[origin.row]
    return AdderOutput(total.value, total.shift + origin.shift, total.negative != origin.negated)
