"""Finds the first stage whose generated code computes something else than its unit should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fpgaflow.fixed import IntArray
from fpgaflow.simulate.compare import Difference, first_difference
from fpgaflow.units.base import Accelerator

PrefixRunner = Callable[[Accelerator, IntArray], IntArray]
"""Runs the generated code of the accelerator's stages, cut off behind its last one, on (frames, elements) integers."""


def locate(
    accelerator: Accelerator, run_prefix: PrefixRunner, frames: IntArray, difference: Difference
) -> tuple[str, Difference]:
    """(stage name, first difference at its output), by bisection over prefixes of the accelerator.

    ``difference`` is the one seen at the output of the last stage, so the search has an end that differs; the start, the
    input itself, is equal.
    """
    wanted = [frames]
    for stage in accelerator.stages:
        wanted.append(stage.unit.evaluate(wanted[-1]))
    equal, differs, found = 0, len(accelerator.stages), difference
    while differs - equal > 1:
        middle = (equal + differs) // 2
        stages = accelerator.stages[:middle]
        prefix = replace(accelerator, stages=stages, output=stages[-1].outputs[0])
        here = first_difference(wanted[middle], run_prefix(prefix, frames))
        if here is None:
            equal = middle
        else:
            differs, found = middle, here
    return accelerator.stages[differs - 1].name, found
