"""What memories with one port to write and one to read cost, in LUTs or in block RAM."""

from __future__ import annotations

from fpgaflow.units.base import Resources
from fpgaflow.units.rom import LUTS_A_BLOCK

LUTRAM_SHAPES = ((32, 14), (64, 7))
"""(words, bits) of 8 LUTs."""
BLOCK_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""(words, bits) of a half of a BRAM36."""


def memory_cost(words: int, bits: int) -> Resources:
    """The memory, with a register behind it (a block RAM's own), where it is cheaper: UltraScale+'s primitives."""
    lutram = lutram_luts(words, bits)
    halves, banks = _least(BLOCK_SHAPES, words, bits)
    if lutram < LUTS_A_BLOCK * halves:
        return Resources(lut=lutram, ff=bits)
    return Resources(lut=_selection(banks, bits), ff=(banks - 1).bit_length(), bram=halves / 2)


def lutram_luts(words: int, bits: int) -> int:
    """LUTs of the memory where it is LUTRAM."""
    eights, banks = _least(LUTRAM_SHAPES, words, bits)
    return 8 * eights + _selection(banks, bits)


def _least(shapes: tuple[tuple[int, int], ...], words: int, bits: int) -> tuple[int, int]:
    """The fewest primitives of one of the shapes that hold so many words of so many bits, and in how many banks."""
    return min((-(-bits // width) * -(-words // depth), -(-words // depth)) for depth, width in shapes)


def _selection(banks: int, bits: int) -> int:
    """LUTs behind and before banks: four to one in each, and a write enable for each bank."""
    return bits * -(-(banks - 1) // 3) + banks if banks > 1 else 0
