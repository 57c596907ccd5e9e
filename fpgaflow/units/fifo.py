"""What the FIFOs between stages cost: they stand in the top level, in no stage."""

from __future__ import annotations

from fpgaflow.units.base import Resources, Stream

REGISTERS = 2
"""Every stage's output has room for as many beats; a stream that asks for no more has no FIFO of its own."""


def fifo_cost(stream: Stream) -> Resources:
    """Estimated resources of ``ff_fifo.sv`` in ``stream``: LUTRAM, output register, two pointers and a count."""
    width, depth = stream.width, stream.fifo_depth
    if depth <= REGISTERS:
        return Resources()
    pointer = (depth - 1).bit_length()
    return Resources(lut=width * -(-depth // 64) + 5 * pointer, ff=width + 3 * pointer + 4)
