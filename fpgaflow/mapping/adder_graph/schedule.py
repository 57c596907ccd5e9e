"""When each node is computed: later than at once, where that saves registers in a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fpgaflow.units.adder_graph import AdderNode, AdderOutput

PASSES = 4


class _Schedule:
    """Levels as late as possible; ``latest`` is what the outputs allow, ``end`` where outputs are kept to."""

    def __init__(self, nodes: Sequence[AdderNode], outputs: Sequence[AdderOutput], input_widths: Sequence[int]) -> None:
        self.inputs = len(input_widths)
        self.nodes = nodes
        self.widths = [*input_widths, *(node.width for node in nodes)]
        early = [0] * self.inputs + [node.level for node in nodes]
        results = [output for output in outputs if output.value >= 0]
        self.kept = {result.value for result in results}
        self.end = max((early[result.value] + result.negate for result in results), default=0)
        self.latest = [self.end] * len(self.widths)
        for result in results:
            self.latest[result.value] = min(self.latest[result.value], self.end - result.negate)
        self.users: list[list[int]] = [[] for _ in self.widths]
        self.levels = [0] * self.inputs + self.latest[self.inputs :]
        for value, node in reversed(list(enumerate(nodes, self.inputs))):
            for operand in {node.left, node.right}:
                self.users[operand].append(value)
                self.levels[operand] = min(self.levels[operand], self.levels[value] - 1)

    def improve(self) -> bool:
        """Move each node to the level where it and its operands are kept in the fewest bits; False if none moves."""
        moved = False
        for value, node in enumerate(self.nodes, self.inputs):
            operands = {node.left, node.right}
            lowest = 1 + max(self.levels[operand] for operand in operands)
            highest = min([self.latest[value], *(self.levels[user] - 1 for user in self.users[value])])
            others = [(self.widths[operand], self._last_use(operand, value)) for operand in operands]
            bits = [
                sum(width * max(last, level) for width, last in others) - self.widths[value] * level
                for level in range(lowest, highest + 1)
            ]
            best = lowest + min(range(len(bits)), key=lambda k: (bits[k], -k))
            moved |= best != self.levels[value]
            self.levels[value] = best
        return moved

    def _last_use(self, value: int, but: int) -> int:
        """The level up to which a value is kept for all but one of its users."""
        uses = [self.levels[user] for user in self.users[value] if user != but]
        return max([*uses, self.end if value in self.kept else 0])


def schedule(
    nodes: Sequence[AdderNode], outputs: Sequence[AdderOutput], input_widths: Sequence[int]
) -> tuple[AdderNode, ...]:
    """The nodes with new levels, above those of their operands; the deepest output stays as deep.

    A value is kept in registers from its level to its last user's, an output to the deepest output's level.
    """
    plan = _Schedule(nodes, outputs, input_widths)
    for _ in range(PASSES):
        if not plan.improve():
            break
    return tuple(replace(node, level=level) for node, level in zip(nodes, plan.levels[plan.inputs :], strict=True))
