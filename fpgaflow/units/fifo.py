"""What stands in the top level and in no stage: FIFOs between stages, AXI4-Stream ports."""

from __future__ import annotations

from functools import reduce
from operator import add

from fpgaflow.fixed import FixedFormat
from fpgaflow.units.base import Accelerator, Resources, Stream
from fpgaflow.units.rom import clog2

REGISTERS = 2
"""Every stage's output has room for as many beats; a stream that asks for no more has no FIFO of its own."""


def fifo_cost(stream: Stream) -> Resources:
    """Estimated resources of ``ff_fifo.sv`` in ``stream``: LUTRAM, output register, two pointers and a count.

    Eight LUTs hold 32 beats of 14 bits or 64 of 7; deeper queues choose between several of them.
    """
    width, depth = stream.width, stream.fifo_depth
    if depth <= REGISTERS:
        return Resources()
    pointer, count, banks = clog2(depth), clog2(depth + 1), -(-depth // 64)
    memory = 8 * banks * -(-width // (14 if depth <= 32 else 7)) + width * (banks - 1)
    return Resources(lut=memory + 3 * pointer + 9, ff=width + 2 * pointer + count + 3)


def top_level_cost(accelerator: Accelerator) -> Resources:
    """Estimated resources of all that is outside of the stages."""
    flags = Stream("flags", 1, 1, FixedFormat(1), accelerator.flag_depth)
    ports = port_cost(accelerator.input) + port_cost(accelerator.output)
    return reduce(add, map(fifo_cost, (*accelerator.streams, flags)), ports)


def port_cost(stream: Stream) -> Resources:
    """An AXI4-Stream port: a counter of beats and a two-entry register, either of whose entries goes on."""
    count = clog2(stream.beats)
    return Resources(lut=stream.width + 2 * count + 10, ff=2 * stream.width + count + 5)
