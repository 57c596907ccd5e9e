"""Pools of every form, for the tests of their values, their C++ and their SystemVerilog."""

from __future__ import annotations

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, format_for_range
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.pool import PoolUnit, Reduction

BIPOLAR = BipolarFormat()
MAX, SUM = Reduction.MAX, Reduction.SUM


def s(width: int) -> FixedFormat:
    return FixedFormat(width, 0, True)


def u(width: int) -> FixedFormat:
    return FixedFormat(width)


def sums(format: Format, count: int) -> FixedFormat:
    """Holds every sum of ``count`` values."""
    return format_for_range(count * format.min, count * format.max)


def pool(
    reduction: Reduction, taps: int, channels: int, lanes: int, source: Format, target: Format | None = None
) -> PoolUnit:
    """Five pixels; ``target`` is the narrowest format by default."""
    narrowest = source if reduction is MAX else sums(source, taps)
    return PoolUnit(reduction, taps, 5, channels, lanes, source, target or narrowest)


def global_pool(
    reduction: Reduction, pixels: int, channels: int, lanes: int, source: Format, target: Format | None = None
) -> GlobalPoolUnit:
    narrowest = source if reduction is MAX else sums(source, pixels)
    return GlobalPoolUnit(reduction, pixels, channels, lanes, source, target or narrowest)


POOLS = {
    "max_u4": pool(MAX, 4, 6, 2, u(4)),
    "max_s8": pool(MAX, 9, 4, 4, s(8)),
    "max_s3_odd": pool(MAX, 6, 3, 1, s(3)),
    "max_u1": pool(MAX, 9, 4, 2, u(1)),
    "max_bipolar": pool(MAX, 5, 4, 2, BIPOLAR),
    "max_bipolar_widened": pool(MAX, 3, 2, 2, BIPOLAR, s(3)),
    "max_widened": pool(MAX, 4, 2, 1, s(4), s(7)),
    "max_unsigned_to_signed": pool(MAX, 2, 2, 1, u(4), s(6)),
    "max_one_tap": pool(MAX, 1, 4, 2, s(5)),
    "max_deep": pool(MAX, 25, 2, 1, u(5)),
    "sum_u4": pool(SUM, 4, 6, 3, u(4)),
    "sum_s8": pool(SUM, 9, 4, 2, s(8)),
    "sum_odd": pool(SUM, 7, 3, 1, s(3)),
    "sum_u1": pool(SUM, 16, 4, 4, u(1)),
    "sum_bipolar": pool(SUM, 9, 4, 2, BIPOLAR),
    "sum_widened": pool(SUM, 4, 2, 2, u(3), s(12)),
    "sum_one_tap": pool(SUM, 1, 2, 1, u(6)),
    "sum_deep": pool(SUM, 49, 2, 1, u(3)),
    "one_cycle": PoolUnit(MAX, 4, 1, 3, 3, s(4), s(4)),
}
GLOBAL_POOLS = {
    "max_u4": global_pool(MAX, 9, 6, 2, u(4)),
    "max_s8": global_pool(MAX, 4, 8, 1, s(8)),
    "max_one_group": global_pool(MAX, 7, 4, 4, s(5)),
    "max_bipolar": global_pool(MAX, 3, 4, 2, BIPOLAR),
    "max_bipolar_widened": global_pool(MAX, 3, 4, 1, BIPOLAR, s(4)),
    "max_widened": global_pool(MAX, 4, 2, 1, s(4), s(7)),
    "max_unsigned_to_signed": global_pool(MAX, 5, 2, 1, u(4), s(6)),
    "sum_u4": global_pool(SUM, 16, 6, 3, u(4)),
    "sum_s8": global_pool(SUM, 49, 4, 2, s(8)),
    "sum_one_group": global_pool(SUM, 8, 3, 3, s(4)),
    "sum_one_lane": global_pool(SUM, 6, 1, 1, u(8)),
    "sum_three_groups": global_pool(SUM, 5, 6, 2, u(3)),
    "sum_many_groups": global_pool(SUM, 3, 70, 1, s(3)),
    "sum_u1": global_pool(SUM, 10, 4, 1, u(1)),
    "sum_bipolar": global_pool(SUM, 9, 4, 2, BIPOLAR),
    "sum_widened": global_pool(SUM, 4, 2, 2, u(3), s(12)),
    "one_pixel": global_pool(SUM, 1, 6, 2, s(4), s(6)),
    "one_cycle": global_pool(MAX, 1, 3, 3, s(4)),
}
