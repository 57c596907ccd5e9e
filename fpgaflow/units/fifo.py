"""What stands in the top level and in no stage: FIFOs between stages, AXI4-Stream ports."""

from __future__ import annotations

from functools import reduce
from operator import add

from fpgaflow.fixed import FixedFormat
from fpgaflow.units.base import Accelerator, Resources, Stream
from fpgaflow.units.rom import clog2
from fpgaflow.units.window import BLOCK_SHAPES, LUTRAM_SHAPES, LUTS_A_BLOCK

REGISTERS = 2
"""Every stage's output has room for as many beats; a stream that asks for no more has no FIFO of its own."""


def fifo_cost(stream: Stream) -> Resources:
    """Estimated resources of ``ff_fifo.sv`` in ``stream``: memory, output register, two pointers and a count."""
    depth = stream.fifo_depth
    if depth <= REGISTERS:
        return Resources()
    pointer, count = clog2(depth), clog2(depth + 1)
    memory = _in_block_ram(stream) if fifo_block(stream) else _in_luts(stream)
    return memory + Resources(lut=3 * pointer + 9, ff=2 * pointer + count + 3)


def fifo_block(stream: Stream) -> bool:
    """True if the FIFO in ``stream`` lies in block RAM, which then is the cheaper place."""
    block = _in_block_ram(stream)
    return stream.fifo_depth > REGISTERS and _in_luts(stream).lut >= block.lut + LUTS_A_BLOCK * 2 * block.bram


def _in_luts(stream: Stream) -> Resources:
    """A LUTRAM and the register behind it."""
    eights, banks = _fewest(LUTRAM_SHAPES, stream)
    return Resources(lut=8 * eights + _selection(banks, stream.width), ff=stream.width)


def _in_block_ram(stream: Stream) -> Resources:
    """A block RAM, which has a register of its own."""
    halves, banks = _fewest(BLOCK_SHAPES, stream)
    return Resources(lut=_selection(banks, stream.width), bram=halves / 2)


def _fewest(shapes: tuple[tuple[int, int], ...], stream: Stream) -> tuple[int, int]:
    """The fewest primitives of one of the shapes (words, bits) that hold the FIFO, and in how many banks."""
    depth, width = stream.fifo_depth, stream.width
    return min((-(-width // bits) * -(-depth // words), -(-depth // words)) for words, bits in shapes)


def _selection(banks: int, bits: int) -> int:
    """LUTs behind and before banks: four to one in each, and a write enable for each bank."""
    return bits * -(-(banks - 1) // 3) + banks if banks > 1 else 0


def top_level_cost(accelerator: Accelerator) -> Resources:
    """Estimated resources of all that is outside of the stages."""
    flags = Stream("flags", 1, 1, FixedFormat(1), accelerator.flag_depth)
    ports = port_cost(accelerator.input) + port_cost(accelerator.output)
    return reduce(add, map(fifo_cost, (*accelerator.streams, flags)), ports)


def port_cost(stream: Stream) -> Resources:
    """An AXI4-Stream port: a counter of beats and a two-entry register, either of whose entries goes on."""
    count = clog2(stream.beats)
    return Resources(lut=stream.width + 2 * count + 10, ff=2 * stream.width + count + 5)
