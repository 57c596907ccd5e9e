"""How deep the FIFO in each stream must be, so that the slowest stage alone sets the pace and nothing ever deadlocks.

Found by simulation of the streams, in three steps:

1. With FIFOs that never fill, and a source that keeps the slowest stage's pace, the most beats that each one holds.
2. With those depths where branches meet and no other FIFO, or with all, and a source that always sends, the pace must be
   kept; while it isn't, all are doubled.
3. FIFOs are left out and made smaller as long as the pace is kept, those that cost most first: all at once, then halves
   of them, down to each alone.

The pace is that of the RTL. The C++ must have no deadlock with the same depths (it needs more room where branches meet, see
``StreamModel``); its pace is not known before it is synthesised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fpgaflow.mapping.price import lut_equivalents
from fpgaflow.mapping.stream_simulation import Simulation, StreamModel
from fpgaflow.units.base import Accelerator, Unit
from fpgaflow.units.fifo import REGISTERS, fifo_cost
from fpgaflow.units.parallel_window import ParallelWindowUnit

UNBOUNDED = 1 << 30
FRAMES = 12
"""Simulated where the state does not repeat before; more if many are on the way at once."""
IN_TURN_FRAMES = 3
WORK = 600_000_000
"""Cycles times stages that may be simulated for one accelerator: some seconds. FIFOs not tried by then stay as they are."""
DEPTHS = (REGISTERS, 8, 16, *range(32, 1024, 32), *range(1024, 16384, 512), *(1 << power for power in range(14, 30)))
"""Tried for a FIFO that can't be left out: memories come in such sizes, and what lies between costs nothing."""


def with_fifo_depths(accelerator: Accelerator) -> Accelerator:
    """The same accelerator with depths for all its streams and its flags."""
    search = _Search(_unlimited(accelerator))
    depths = search.depths()
    streams = {stream.name: replace(stream, fifo_depth=depths[stream.name]) for stream in accelerator.streams}
    stages = tuple(
        replace(
            stage,
            unit=_patient(stage.unit, search.gaps[stage.name]),
            inputs=tuple(streams[stream.name] for stream in stage.inputs),
            outputs=tuple(streams[stream.name] for stream in stage.outputs),
        )
        for stage in accelerator.stages
    )
    return replace(
        accelerator,
        stages=stages,
        input=streams[accelerator.input.name],
        output=streams[accelerator.output.name],
        # room for as many again, which may wait while the output is stalled, and for the way to the ports
        flag_depth=1 << (2 * search.frames_on_the_way + 4).bit_length(),
    )


def _unlimited(accelerator: Accelerator) -> Accelerator:
    """With windows that wait for the next frame however long that takes, and room for flags."""
    stages = tuple(replace(stage, unit=_patient(stage.unit, UNBOUNDED)) for stage in accelerator.stages)
    return replace(accelerator, stages=stages, flag_depth=UNBOUNDED)


def _patient(unit: Unit, gap: int) -> Unit:
    """A window that waits for the next frame as long as that takes where frames follow each other, and a bit more."""
    return replace(unit, patience=gap + gap // 8 + 8) if isinstance(unit, ParallelWindowUnit) else unit


class _Search:
    def __init__(self, accelerator: Accelerator) -> None:
        self.model, self.in_turn = StreamModel(accelerator), StreamModel(accelerator, in_turn=True)
        meeting = (stage.inputs for stage in accelerator.stages if len(stage.inputs) > 1)
        self.joined = {stream.name for inputs in meeting for stream in inputs}
        self.streams = {stream.name: stream for stream in accelerator.streams}
        self.stages = len(accelerator.stages)
        registers = sum(stage.unit.latency + 2 for stage in accelerator.stages)
        self.frames = FRAMES + 4 * registers // self.model.slowest
        self.pace: float = self.model.slowest
        self.frames_on_the_way = 0
        self.gaps: dict[str, int] = {}
        self.work = 0

    def depths(self) -> dict[str, int]:
        """Depths in beats by the stream's name."""
        found = next(depths for depths in self._candidates() if self._suffice(depths))
        names = [name for name, depth in found.items() if depth > REGISTERS]
        names.sort(key=lambda name: -lut_equivalents(fifo_cost(replace(self.streams[name], fifo_depth=found[name]))))
        kept = self._leave_out(found, [name for name in names if name not in self.joined])
        for name in [*self._leave_out(found, [name for name in names if name in self.joined]), *kept]:
            self._shrink(found, name)
        last = self._simulate(self.model, found)
        self.frames_on_the_way, self.gaps = last.frames_on_the_way, last.gaps
        return found

    def _candidates(self) -> Iterator[dict[str, int]]:
        """Depths that may suffice, the smallest first."""
        flow = self._flow(self.model)
        self.pace = max(self.pace, flow.cycles_per_frame)
        # a full FIFO takes nothing, even if a beat leaves in the same cycle
        rtl = {name: max(REGISTERS, most + 1) for name, most in flow.occupancy.items()}
        yield self._where_joined(rtl)
        in_turn = self._flow(self.in_turn).occupancy
        both = {name: max(depth, in_turn[name] + 2 * REGISTERS) for name, depth in rtl.items()}
        yield self._where_joined(both)
        yield rtl | {name: both[name] for name in self.joined}
        while max(both.values()) < UNBOUNDED:
            yield both
            both = {name: 2 * depth for name, depth in both.items()}
        raise AssertionError("with FIFOs that never fill the pace was kept")

    def _where_joined(self, depths: dict[str, int]) -> dict[str, int]:
        """No FIFO where branches don't meet."""
        return {name: depth if name in self.joined else REGISTERS for name, depth in depths.items()}

    def _flow(self, model: StreamModel) -> Simulation:
        """With FIFOs that never fill, as fast as goes."""
        without_limit = dict.fromkeys(self.streams, UNBOUNDED)
        found = self._simulate(model, without_limit, period=model.slowest)
        assert not found.waits, found.waits
        if found.cycles_per_frame > model.slowest:
            found = self._simulate(model, without_limit, period=-int(-found.cycles_per_frame // 1))
        return found

    def _simulate(self, model: StreamModel, depths: dict[str, int], period: int = 0) -> Simulation:
        found = model.run(depths, period=period, frames=self.frames if model is self.model else IN_TURN_FRAMES)
        self.work += (found.ends[-1] if found.ends else 0) * self.stages
        return found

    def _suffice(self, depths: dict[str, int]) -> bool:
        if self._simulate(self.model, depths).cycles_per_frame > self.pace:
            return False
        return not self._simulate(self.in_turn, depths).waits

    def _leave_out(self, depths: dict[str, int], names: Sequence[str]) -> list[str]:
        """Leave out the FIFOs of as many of ``names`` as can be; returns those that can't."""
        if not names or self.work > WORK:
            return []
        if self._suffice(depths | dict.fromkeys(names, REGISTERS)):
            depths.update(dict.fromkeys(names, REGISTERS))
            return []
        if len(names) == 1:
            return list(names)
        half = len(names) // 2
        return [*self._leave_out(depths, names[:half]), *self._leave_out(depths, names[half:])]

    def _shrink(self, depths: dict[str, int], name: str) -> None:
        """Bisection over the sizes of memories."""
        sizes = [size for size in DEPTHS if size < depths[name]]
        low, high = 0, len(sizes)
        while high - low > 1 and self.work <= WORK:
            middle = (low + high) // 2
            if self._suffice(depths | {name: sizes[middle]}):
                high = middle
                depths[name] = sizes[middle]
            else:
                low = middle
