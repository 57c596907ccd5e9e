"""What the FIFOs between stages cost: they stand in the top level, in no stage."""

from __future__ import annotations

from fpgaflow.units.base import Resources, Stream
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
