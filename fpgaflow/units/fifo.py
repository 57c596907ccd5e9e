"""What stands in the top level and in no stage: FIFOs between stages, AXI4-Stream ports."""

from __future__ import annotations

from functools import reduce
from operator import add

from fpgaflow.fixed import FixedFormat
from fpgaflow.units.base import Accelerator, Resources, Stream
from fpgaflow.units.ram import memory_cost
from fpgaflow.units.rom import clog2

REGISTERS = 2
"""Every stage's output has room for as many beats; a stream that asks for no more has no FIFO of its own."""


def fifo_cost(stream: Stream) -> Resources:
    """Estimated resources of ``ff_fifo.sv`` in ``stream``: memory with an output register, two pointers and a count."""
    depth = stream.fifo_depth
    if depth <= REGISTERS:
        return Resources()
    pointer, count = clog2(depth), clog2(depth + 1)
    return memory_cost(depth, stream.width) + Resources(lut=3 * pointer + 9, ff=2 * pointer + count + 3)


def fifo_block(stream: Stream) -> bool:
    """True if the FIFO in ``stream`` lies in block RAM, because that is the cheaper place."""
    return stream.fifo_depth > REGISTERS and memory_cost(stream.fifo_depth, stream.width).bram > 0


def top_level_cost(accelerator: Accelerator) -> Resources:
    """Estimated resources of all that is outside of the stages."""
    flags = Stream("flags", 1, 1, FixedFormat(1), accelerator.flag_depth)
    ports = port_cost(accelerator.input) + port_cost(accelerator.output)
    return reduce(add, map(fifo_cost, (*accelerator.streams, flags)), ports)


def port_cost(stream: Stream) -> Resources:
    """An AXI4-Stream port: a counter of beats and a two-entry register, either of whose entries goes on."""
    count = clog2(stream.beats)
    return Resources(lut=stream.width + 2 * count + 10, ff=2 * stream.width + count + 5)
