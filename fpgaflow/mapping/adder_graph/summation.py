"""The sum of a row's remaining terms as a tree: small ones first, within a depth, with as few negations as possible."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass

from fpgaflow.mapping.adder_graph.graph import GraphBuilder, Term

Steps = list[tuple[int, int]]  # step k adds two earlier items; items are the terms, then the results of the steps


@dataclass(frozen=True)
class _Choice:
    """One sign that an item can be had with: ``saved`` adder bits below it, and the signs of its two operands."""

    saved: int
    operands: tuple[bool, bool]


def add_up(graph: GraphBuilder, terms: list[Term], level: int) -> Term:
    """Add the nodes that sum ``terms`` (at least one), at depth ``level`` at most if that can be.

    The result is negative only if every term is and there was no room to split one.
    """
    steps = _plan(graph, terms, level)
    if len(terms) > 1 and all(term.negative for term in terms):
        # -x = x - 2x: one more small adder spares the negation of the wide result.
        smallest = min(terms, key=lambda term: graph.spans[term.value] << term.shift)
        split = [term for term in terms if term is not smallest]
        split += [smallest._replace(negative=False), smallest._replace(shift=smallest.shift + 1)]
        if sum(1 << graph.levels[term.value] for term in split) <= 1 << level:
            terms, steps = split, _plan(graph, split, level)
    shifts, choices = _signs(terms, steps)
    negative = False not in choices[-1]

    def place(item: int, negative: bool) -> tuple[int, int]:
        """Add the nodes below ``item``; return its value and shift."""
        if item < len(terms):
            return terms[item].value, terms[item].shift
        (left, right), signs = steps[item - len(terms)], choices[item][negative].operands
        if signs[0] != negative or (signs[0] == signs[1] and shifts[right] < shifts[left]):
            left, right, signs = right, left, (signs[1], signs[0])
        left_value, left_shift = place(left, signs[0])
        right_value, right_shift = place(right, signs[1])
        value = graph.add(left_value, left_shift, right_value, right_shift, signs[0] != signs[1])
        return value, min(left_shift, right_shift)

    value, shift = place(len(choices) - 1, negative)
    return Term(value, shift, negative)


def _plan(graph: GraphBuilder, terms: list[Term], level: int) -> Steps:
    """Huffman's order on the sizes of the numbers, skipping pairs that would make the sum too deep.

    An adder is as wide as its result, less the bits below the higher operand's lowest; those are the same in all for any
    order of adding, so that summing small numbers first is best.
    """
    levels = graph.levels
    items = sorted((graph.spans[t.value] << t.shift, levels[t.value], number) for number, t in enumerate(terms))
    load = sum(1 << item[1] for item in items)
    capacity = max(1 << level, 1 << (load - 1).bit_length())
    steps: Steps = []
    while len(items) > 1:
        low, high, load = _cheapest(items, load, capacity)
        right, left = items.pop(high), items.pop(low)
        insort(items, (left[0] + right[0], 1 + max(left[1], right[1]), len(terms) + len(steps)))
        steps.append((left[2], right[2]))
    return steps


def _cheapest(items: list[tuple[int, int, int]], load: int, capacity: int) -> tuple[int, int, int]:
    """The first pair of positions, by their sum, that stays within capacity, and the load after it."""
    last = len(items) - 1
    for total in range(1, 2 * last):
        for low in range(max(0, total - last), (total + 1) // 2):
            one, two = items[low][1], items[total - low][1]
            after = load + (2 << max(one, two)) - (1 << one) - (1 << two)
            if after <= capacity:
                return low, total - low, after
    raise AssertionError("two items of least level always fit")


def _signs(terms: list[Term], steps: Steps) -> tuple[list[int], list[dict[bool, _Choice]]]:
    """Shift of every item, and for each sign it can have the best signs of its operands.

    A sum has its operands' sign. A difference can have either: positive, it is the positive operand minus the other;
    the lowest bits need no adder if the operand that is not negated has the lower shift.
    """
    shifts = [term.shift for term in terms]
    choices = [{term.negative: _Choice(0, (False, False))} for term in terms]
    for left, right in steps:
        options: dict[bool, _Choice] = {}
        for left_sign, left_choice in choices[left].items():
            for right_sign, right_choice in choices[right].items():
                for sign in {left_sign, right_sign}:
                    kept, negated = (left, right) if left_sign == sign else (right, left)
                    free = abs(shifts[left] - shifts[right])
                    if left_sign != right_sign and shifts[kept] > shifts[negated]:
                        free = 0
                    saved = left_choice.saved + right_choice.saved + free
                    if sign not in options or saved > options[sign].saved:
                        options[sign] = _Choice(saved, (left_sign, right_sign))
        choices.append(options)
        shifts.append(min(shifts[left], shifts[right]))
    return shifts, choices
