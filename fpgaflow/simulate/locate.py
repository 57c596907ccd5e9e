"""Finds the first stage whose generated code computes something else than its unit should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fpgaflow.fixed import IntArray
from fpgaflow.simulate.compare import Difference, first_difference
from fpgaflow.units.base import Accelerator, Stage, Stream

PrefixRunner = Callable[[Accelerator, IntArray], IntArray]
"""Runs the generated code of the stages of an accelerator's part (``prefix_of``) on (frames, elements) integers."""


def prefix_of(accelerator: Accelerator, output: Stream) -> Accelerator:
    """The part of ``accelerator`` that makes ``output``: the stages that it depends on, and no others."""
    needed, stages = {output.name}, []
    for stage in reversed(accelerator.stages):
        if needed.intersection(stream.name for stream in stage.outputs):
            needed.update(stream.name for stream in stage.inputs)
            stages.append(stage)
    return replace(accelerator, stages=tuple(reversed(stages)), output=output)


def locate(
    accelerator: Accelerator, run_prefix: PrefixRunner, frames: IntArray, difference: Difference
) -> tuple[str, Difference]:
    """(stage name, first difference at its output) of a stage that differs although all its inputs are equal.

    ``difference`` is the one seen at the accelerator's output. The search bisects a path from the input to the output;
    where another input of the stage it finds differs, it goes on with a path to that input.
    """
    return _Search(accelerator, run_prefix, frames[: difference.frame + 1]).run(difference)


class _Search:
    def __init__(self, accelerator: Accelerator, run_prefix: PrefixRunner, frames: IntArray) -> None:
        self.accelerator, self.run_prefix, self.frames = accelerator, run_prefix, frames
        self.makers = {stream.name: stage for stage in accelerator.stages for stream in stage.outputs}
        self.wanted = accelerator.evaluate_streams(frames)
        self.equal = {accelerator.input.name}

    def run(self, difference: Difference) -> tuple[str, Difference]:
        stream, found = self.accelerator.output, difference
        while True:
            stage, found = self._first_on_path(stream, found)
            for source in stage.inputs:
                if (here := self._difference(source)) is not None:
                    stream, found = source, here
                    break
            else:
                return stage.name, found

    def _first_on_path(self, end: Stream, difference: Difference) -> tuple[Stage, Difference]:
        """The stage behind the last equal stream that the bisection of a path to ``end``, which differs, comes to."""
        path = [end]
        while path[-1].name in self.makers:
            path.append(self.makers[path[-1].name].inputs[0])
        path.reverse()
        equal, differs, found = 0, len(path) - 1, difference
        while differs - equal > 1:
            middle = (equal + differs) // 2
            here = self._difference(path[middle])
            if here is None:
                equal = middle
            else:
                differs, found = middle, here
        return self.makers[path[differs].name], found

    def _difference(self, stream: Stream) -> Difference | None:
        """The first difference in a stream; streams that are equal are run only once."""
        if stream.name in self.equal:
            return None
        got = self.run_prefix(prefix_of(self.accelerator, stream), self.frames)
        found = first_difference(self.wanted[stream.name], got)
        if found is None:
            self.equal.add(stream.name)
        return found
