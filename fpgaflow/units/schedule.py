"""When a unit takes and gives the beats of a frame: what a simulation of the streams has to know of it, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fpgaflow.fixed import IntArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Steps:
    """A unit that works in lock step, one step a cycle at most, the same steps for each frame.

    ``takes`` (inputs, steps): step t needs and takes a beat of input i. ``gives`` (steps,): step t puts a beat on every
    output, which must have room for it.
    """

    takes: BoolArray
    gives: BoolArray

    @property
    def count(self) -> int:
        return len(self.gives)


@dataclass(frozen=True, eq=False)
class Buffered:
    """A unit with one input and one output that run on their own, at most one beat a cycle each, with a memory between.

    Output beat j of a frame can leave once ``needs[j]`` input beats of that frame are in. Input beat i of a frame can
    come in once ``frees[i]`` output beats of that frame have left; a negative number counts back from the end of the
    frame before (-2: all but the last two of the frame before have left; 0: all of them). A number ``needs[j]`` beyond the
    frame's beats counts those of the next frame, too; a pause between the frames does for them.
    """

    needs: IntArray
    frees: IntArray


@dataclass(frozen=True, eq=False)
class Line(Buffered):
    """A ``Buffered`` unit whose memory is a line that shifts a place a cycle, of frames of ``cycles`` places.

    Input beat i enters at place ``arrivals[i]`` of its frame; the other places need none. Output beat j is complete with the
    place ``completions[j]``, which may lie in the next frame; the line waits ``patience`` cycles for that one to begin, then
    shifts without it. A beat that waits for the output keeps the line.
    """

    arrivals: IntArray
    completions: IntArray
    cycles: int
    patience: int


Schedule = Steps | Buffered


def every_step(beats: int) -> Steps:
    """A beat in, a beat out, in every step."""
    return Steps(np.ones((1, beats), dtype=bool), np.ones(beats, dtype=bool))
