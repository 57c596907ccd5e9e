"""The choice of one option a node as a problem for the CP-SAT solver.

A variable says which option a node takes. A link's variables say which pair of lanes its ends have: for each number of
lanes at an end, its pairs sum up to that end's options with so many lanes. The linear relaxation of this is tight, so
little search is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ortools.sat.python import cp_model

from fpgaflow.mapping.fill import WHOLE
from fpgaflow.mapping.links import Link
from fpgaflow.mapping.options import Option
from fpgaflow.mapping.price import PRICES, Amounts, amounts

PARTS = 1000
"""What is used of a resource is counted in as many parts of its limit."""
SCARCE = 1000
"""Price of one part of the scarcest resource: as much as 250 LUTs anywhere."""


@dataclass(frozen=True)
class Answer:
    """``chosen``: an option for each node, None if none was found; ``impossible``: it is proven that there is none.

    ``value`` is what was minimised, in this choice; it is proven that no choice is below ``bound``.
    """

    chosen: tuple[Option, ...] | None
    impossible: bool
    value: float = 0.0
    bound: float = 0.0


class Selection:
    """A choice to be made between ``options`` of each node, whose streams are ``links``."""

    def __init__(self, options: Sequence[Sequence[Option]], links: Sequence[Link]) -> None:
        self._model = cp_model.CpModel()
        self._options, self._links = options, links
        self._chosen = [[self._model.new_bool_var("") for _ in of_node] for of_node in options]
        self._ends: list[tuple[_Ends, _Ends]] = []
        self._pairs: list[dict[tuple[int, int], cp_model.IntVar]] = []
        self._times: list[tuple[cp_model.IntVar, cp_model.IntVar]] = []
        self._longest: cp_model.IntVar | None = None
        self._waits: list[tuple[int, int, cp_model.IntVar]] = []
        terms: list[tuple[cp_model.IntVar, Amounts]] = []
        for of_node, chosen in zip(options, self._chosen, strict=True):
            self._model.add_exactly_one(chosen)
            reads, writes = _Ends(list), _Ends(list)
            for option, variable in zip(of_node, chosen, strict=True):
                reads[option.lanes[0]].append(variable)
                writes[option.lanes[1]].append(variable)
                terms.append((variable, option.amounts))
            self._ends.append((reads, writes))
        for link in links:
            pairs = self._link(self._ends[link.source][not link.shared], self._ends[link.target][0])
            self._pairs.append(pairs)
            terms += [(variable, amounts(link.cost(*lanes))) for lanes, variable in pairs.items()]
        variables = [variable for variable, _ in terms]
        self.used = [
            cp_model.LinearExpr.weighted_sum(variables, [amount[kind] for _, amount in terms])
            for kind in range(len(PRICES))
        ]
        self.price = sum(one * used for one, used in zip(PRICES, self.used, strict=True))

    def _link(self, have: _Ends, want: _Ends) -> dict[tuple[int, int], cp_model.IntVar]:
        pairs = {(a, b): self._model.new_bool_var("") for a in have for b in want}
        for a, chosen in have.items():
            self._model.add(sum(pairs[a, b] for b in want) == sum(chosen))
        for b, chosen in want.items():
            self._model.add(sum(pairs[a, b] for a in have) == sum(chosen))
        return pairs

    def keep_within(self, limit: Amounts) -> None:
        """Use no more than there is."""
        for used, most in zip(self.used, limit, strict=True):
            self._model.add(used <= most)

    def keep_below(self, expression: cp_model.LinearExprT, most: int) -> None:
        """Only choices in which ``expression`` is at most ``most``."""
        self._model.add(expression <= most)

    def overflow(self, limit: Amounts) -> cp_model.LinearExprT:
        """By how much more is used than there is: the sum of each resource's part of its limit."""
        total: cp_model.LinearExprT = 0
        for used, most in zip(self.used, limit, strict=True):
            over = self._model.new_int_var(0, cp_model.INT32_MAX, "")
            self._model.add(max(most, 1) * over >= PARTS * (used - most))
            total += over
        return total

    def fullest(self, limit: Amounts) -> cp_model.LinearExprT:
        """The part of its limit that the scarcest resource is used to, and a little of the price of all."""
        part = self._model.new_int_var(0, PARTS, "")
        for used, most in zip(self.used, limit, strict=True):
            self._model.add(PARTS * used <= max(most, 1) * part)
        return SCARCE * part + self.price

    def latency(self, last: Collection[int], horizon: int) -> cp_model.LinearExprT:
        """Cycles from the first beat to the last result of the nodes ``last``; choices beyond ``horizon`` are left out."""
        times = [(self._time(horizon), self._time(horizon)) for _ in self._options]
        for node, (begin, end) in enumerate(times):
            fills = [option.fill for option in self._options[node]]
            first, rest, tail, delay = (
                cp_model.LinearExpr.weighted_sum(self._chosen[node], list(map(attrgetter(name), fills)))
                for name in ("first", "rest", "tail", "delay")
            )
            shares = self._shares(node)
            sources = [link.source for link in self._links if link.target == node and not link.shared]
            self._model.add(begin >= first)
            self._model.add(end >= begin + rest)
            self._model.add(end >= tail)
            for source in sources:
                came, complete = times[source]
                self._model.add(begin >= came + first)
                for share, waits in shares.items():
                    waiting = self._model.add(WHOLE * (begin - delay) >= (WHOLE - share) * came + share * complete)
                    if waits is not None:
                        waiting.only_enforce_if(waits)
                self._model.add(end >= complete + tail)
        longest = self._time(horizon)
        for node in last:
            self._model.add(longest >= times[node][1])
        self._times, self._longest = times, longest
        return longest

    def _shares(self, node: int) -> dict[int, cp_model.IntVar | None]:
        """The shares of its input that a node may wait for, and when it waits for so much; for the least, always."""
        by_share = defaultdict(list)
        for option, variable in zip(self._options[node], self._chosen[node], strict=True):
            by_share[option.fill.share].append(variable)
        found: dict[int, cp_model.IntVar | None] = {min(by_share): None}
        for share in sorted(by_share)[1:]:
            waits = self._model.new_bool_var("")
            self._model.add(sum(by_share[share]) == waits)
            self._waits.append((node, share, waits))
            found[share] = waits
        return found

    def _time(self, horizon: int) -> cp_model.IntVar:
        return self._model.new_int_var(0, horizon, "")

    def begin_with(self, choice: Sequence[Option], times: Sequence[tuple[int, int]] = ()) -> None:
        """A choice to begin with, and when its first and last results leave each node if latency matters."""
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        for option, of_node, chosen in zip(choice, self._options, self._chosen, strict=True):
            for other, variable in zip(of_node, chosen, strict=True):
                self._model.add_hint(variable, other is option)
        for link, pairs in zip(self._links, self._pairs, strict=True):
            lanes = (choice[link.source].lanes[not link.shared], choice[link.target].lanes[0])
            for pair, variable in pairs.items():
                self._model.add_hint(variable, pair == lanes)
        for (begin, end), (early, late) in zip(self._times, times, strict=False):
            self._model.add_hint(begin, early)
            self._model.add_hint(end, late)
        for node, share, waits in self._waits:
            self._model.add_hint(waits, choice[node].fill.share == share)
        if self._longest is not None:
            self._model.add_hint(self._longest, max(end for _, end in times))

    def solve(self, effort: float, minimize: cp_model.LinearExprT | None = None, near: float = 0.0) -> Answer:
        """A choice, with ``minimize`` one that is best or proven to be within ``near`` of it (as a share).

        ``effort`` bounds the search in the solver's own deterministic seconds.
        """
        if minimize is not None:
            self._model.minimize(minimize)
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        # One worker and no wall-clock limit: the same problem has the same answer on every machine.
        parameters.num_workers = 1
        parameters.random_seed = 1
        parameters.max_deterministic_time = effort
        parameters.relative_gap_limit = near
        # The linear relaxation of the whole does nearly all of the work; more presolving takes longer than solving.
        parameters.linearization_level = 1
        parameters.add_lp_constraints_lazily = False
        parameters.max_presolve_iterations = 1
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0
        status = solver.solve(self._model)
        chosen = None
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            chosen = tuple(
                next(o for o, variable in zip(*pair, strict=True) if solver.boolean_value(variable))
                for pair in zip(self._options, self._chosen, strict=True)
            )
        if chosen is None or minimize is None:
            return Answer(chosen, status == cp_model.INFEASIBLE)
        return Answer(chosen, False, solver.objective_value, solver.best_objective_bound)


_Ends = defaultdict[int, list[cp_model.IntVar]]
"""By numbers of lanes, the options that have so many at an end."""
