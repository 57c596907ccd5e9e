"""Two-term subexpressions that recur anywhere in the matrix are computed once.

A row is a set of terms ``±(value << shift)``. A *pattern* is a pair of terms up to a common shift and sign: (first value,
second value, relative shift, relative sign). The pattern that promises to save most becomes a new value, every
occurrence is replaced by one term of it, and so on until no pattern occurs twice.
"""

from __future__ import annotations

import heapq

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.mapping.adder_graph.digits import DigitArray
from fpgaflow.mapping.adder_graph.graph import GraphBuilder, Term

# A term is the integer value << 8 | shift << 1 | negative; a pattern is first value << 32 | second term, the second
# term taken relative to the first: shift and sign of the first taken off, so that the shift may borrow from the value.
# The first is the one with the smaller value, then the smaller shift. Integers of this size are fast keys.
VALUE, SHIFT, SIGN = 8, 0xFE, 1
FIRST = 32
HALF = 1 << (VALUE - 1)

Row = dict[int, None]  # a set that keeps its order, so that results do not depend on the interpreter


def _unpack(pattern: int) -> tuple[int, int, int, bool]:
    """Pattern -> first value, second value, second shift - first shift, opposite signs."""
    second = (pattern & ((1 << FIRST) - 1)) + HALF
    return pattern >> FIRST, second >> VALUE, ((second & SHIFT) >> 1) - HALF // 2, bool(second & SIGN)


class _Sharing:
    def __init__(self, graph: GraphBuilder, digits: DigitArray, capacity: list[int]) -> None:
        self.graph, self.capacity = graph, capacity
        self.rows: list[Row] = []
        self.places: list[dict[int, list[int]]] = [{} for _ in graph.levels]  # value -> row -> its terms there
        keys = []
        for number, plane in enumerate(digits):
            values, shifts = np.nonzero(plane)
            terms = values << VALUE | shifts << 1 | (plane[values, shifts] < 0)
            keys.append(_patterns(terms))
            self.rows.append(dict.fromkeys(terms.tolist()))
            for term in self.rows[-1]:
                self.places[term >> VALUE].setdefault(number, []).append(term)
        self.load = [sum(1 << graph.levels[term >> VALUE] for term in row) for row in self.rows]
        patterns, counts = np.unique(np.concatenate(keys), return_counts=True)
        often = counts > 1
        self.counts = dict(zip(patterns[often].tolist(), counts[often].tolist(), strict=True))
        self.usable: dict[int, int] = {}  # occurrences, where fewer can be replaced than are counted
        self.buckets: dict[int, list[int]] = {}  # score -> patterns that had that score when they were put there
        self.scores: list[int] = []  # heap of -score of all buckets
        for pattern, count in self.counts.items():
            self._queue(pattern, self._score(pattern, count))

    def _score(self, pattern: int, count: int) -> int:
        """What replacing ``count`` occurrences promises to save.

        Each spares an adder of about the overlap of the operands' bits, and a little more by itself; unequal operands
        are worth less, since a sum would rather combine them with others of their own size.
        """
        first, second, distance, _ = _unpack(pattern)
        top, other = self.graph.widths[first], self.graph.widths[second] + distance
        overlap = min(top, other) - max(distance, 0)
        return count * (max(overlap, 0) + 2) - abs(top - other)

    def _queue(self, pattern: int, score: int) -> None:
        bucket = self.buckets.get(score)
        if bucket is None:
            bucket = self.buckets[score] = []
            heapq.heappush(self.scores, -score)
        bucket.append(pattern)

    def run(self) -> None:
        while self.scores:
            score = -self.scores[0]
            bucket = self.buckets[score]
            if not bucket:
                heapq.heappop(self.scores)
                del self.buckets[score]
                continue
            pattern = bucket.pop()
            count = self.counts.get(pattern, 0)
            count = min(count, self.usable.get(pattern, count))
            if count < 2:
                continue
            now = self._score(pattern, count)
            if now < score:
                self._queue(pattern, now)
                continue
            found = self._occurrences(pattern)
            total = sum(len(pairs) for pairs in found.values())
            if total < count:
                self.usable[pattern] = total
                self._queue(pattern, now)
                continue
            self._replace(pattern, found)

    def _occurrences(self, pattern: int) -> dict[int, list[tuple[int, int]]]:
        """Row -> disjoint pairs of terms that are the pattern, as many as the row's depth limit allows."""
        first, second, distance, opposite = _unpack(pattern)
        levels = self.graph.levels
        growth = (2 << max(levels[first], levels[second])) - (1 << levels[first]) - (1 << levels[second])
        step = ((second - first) << VALUE) + 2 * distance
        found: dict[int, list[tuple[int, int]]] = {}
        seconds = self.places[second]
        for number, terms in self.places[first].items():
            if number not in seconds:
                continue
            row, room = self.rows[number], self.capacity[number] - self.load[number]
            used: set[int] = set()
            pairs = []
            for term in sorted(terms):
                partner = (term + step) ^ opposite
                if partner in row and term not in used and partner not in used:
                    room -= growth
                    if room < 0:
                        break
                    used.add(partner)
                    pairs.append((term, partner))
            if pairs:
                found[number] = pairs
        return found

    def _replace(self, pattern: int, found: dict[int, list[tuple[int, int]]]) -> None:
        first, second, distance, opposite = _unpack(pattern)
        graph, counts = self.graph, self.counts
        # The operand with the lower shift stays positive: its lowest bits then need no adder.
        if distance >= 0:
            value = graph.add(first, 0, second, distance, opposite)
        else:
            value = graph.add(second, 0, first, -distance, opposite)
        growth = (1 << graph.levels[value]) - (1 << graph.levels[first]) - (1 << graph.levels[second])
        del counts[pattern]
        places: dict[int, list[int]] = {}
        self.places.append(places)
        fresh: dict[int, int] = {}
        for number, pairs in found.items():
            row = self.rows[number]
            for term, partner in pairs:
                del row[term], row[partner]
                self._forget(number, term)
                self._forget(number, partner)
                for gone in (term, partner):
                    shift, sign, head = gone & SHIFT, gone & SIGN, (gone >> VALUE) << FIRST
                    for other in row:
                        if gone < other:
                            key = head + ((other - shift) ^ sign)
                        else:
                            key = ((other >> VALUE) << FIRST) + ((gone - (other & SHIFT)) ^ (other & SIGN))
                        if key in counts:
                            counts[key] -= 1
            self.load[number] += growth * len(pairs)
            places[number] = terms = []
            for term, partner in pairs:
                new = value << VALUE | ((term if distance >= 0 else partner) & (SHIFT | SIGN))
                for other in row:
                    key = ((other >> VALUE) << FIRST) + ((new - (other & SHIFT)) ^ (other & SIGN))
                    fresh[key] = fresh.get(key, 0) + 1
                row[new] = None
                terms.append(new)
        for key, count in fresh.items():
            if count > 1:
                counts[key] = count
                self._queue(key, self._score(key, count))

    def _forget(self, number: int, term: int) -> None:
        places = self.places[term >> VALUE]
        terms = places[number]
        terms.remove(term)
        if not terms:
            del places[number]


def _patterns(terms: IntArray) -> IntArray:
    """All pairs of a row's terms, in ascending order, as patterns."""
    first, second = np.triu_indices(len(terms), 1)
    one, two = terms[first], terms[second]
    patterns: IntArray = ((one >> VALUE) << FIRST) + ((two - (one & SHIFT)) ^ (one & SIGN))
    return patterns


def share(graph: GraphBuilder, digits: DigitArray, capacity: list[int]) -> list[list[Term]]:
    """Add the shared values of (rows, inputs, places) signed digits to the graph; return what each row still sums.

    ``capacity[r]`` bounds the sum of 2**level over row ``r``'s terms, which bounds the depth of its sum.
    """
    sharing = _Sharing(graph, digits, capacity)
    sharing.run()
    return [[Term(t >> VALUE, (t & SHIFT) >> 1, bool(t & SIGN)) for t in row] for row in sharing.rows]
