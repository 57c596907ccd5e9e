"""What read-only memories cost, in LUTs or in block RAM."""

from __future__ import annotations

from fpgaflow.units.base import Memory, Resources

LUTS_A_BLOCK = 128  # the Ultra96 has 163 LUTs for each 18-Kbit block; deep memories take more LUTs than they have bits


def rom_cost(words: int, width: int, *, block: bool) -> Resources:
    """A read-only memory with a register behind it (a block RAM's own); a single word is wired to constants.

    A LUT holds 64 words of one bit. Of few words many bits are always equal, which are one, or never change.
    """
    if words == 1:
        return Resources()
    if block:
        depth_blocks = -(-words // 512)
        return Resources(bram=-(-width * depth_blocks // 36) / 2)
    columns = 1 << min(words, 32)
    different = distinct(width, columns) * (1 - 2 / columns)
    return Resources(lut=different * max(min(1.0, words / 8), words / 64), ff=different)


def distinct(number: int, kinds: int) -> float:
    """How many of so many things, each of one of ``kinds`` (2 or more) at random, remain when equal ones are merged."""
    return number if kinds > 1 << 20 else kinds * (1 - (1 - 1 / kinds) ** number)


def parameter_cost(memory: Memory) -> Resources:
    """A requantization's memory with its counter of folds; equal words are a constant."""
    words = 1 if len(set(memory.words)) == 1 else len(memory.words)
    if words == 1:
        return Resources()
    counter = clog2(words)
    return rom_cost(words, memory.width, block=in_block_ram(words, memory.width)) + Resources(lut=counter, ff=counter)


def in_block_ram(words: int, width: int) -> bool:
    """Whether block RAM is the cheaper place for a memory whose unit does not say where it lies."""
    luts = width * -(-words // 64)
    blocks = max(-(-width * words // 18432), -(-width // 36))
    return luts >= LUTS_A_BLOCK * blocks


def clog2(number: int) -> int:
    """Bits that count ``number`` things."""
    return (number - 1).bit_length()
