"""The modules of every form of requantization."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.fixed import FixedFormat, Format, IntArray, Rounding
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.khot import signed_digits
from fpgaflow.units.requantize_multiply_shift import MultiplyShiftUnit
from fpgaflow.units.requantize_shift import ShiftUnit
from fpgaflow.units.requantize_table import TableUnit
from fpgaflow.units.requantize_thresholds import ComparatorsUnit, ThresholdMemoryUnit
from tests.rtl.bench import Bench, Case, random_frames
from tests.rtl.units import BIPOLAR, requantize, signed, unsigned

FRAMES = 24


def shift(
    name: str,
    formats: tuple[Format, FixedFormat],
    shifts: tuple[int, int],
    rounding: Rounding,
    bias: int,
    *,
    lanes: int = 2,
    channels: int = 6,
    limits: tuple[int, int] | None = None,
) -> Case:
    biases = np.random.default_rng(1).integers(-bias, bias + 1, channels)
    low, high = limits or (formats[1].min, formats[1].max)
    unit = ShiftUnit(channels, 2 * channels, lanes, *formats, *shifts, rounding, biases, low, high)
    return requantize(name, unit)


def multiply(
    name: str,
    formats: tuple[Format, FixedFormat],
    right_shift: int,
    low: int,
    *,
    lanes: int,
    channels: int = 6,
    product: Multiplier = Multiplier.DSP,
) -> Case:
    """``low`` is the smallest multiplier; one that is negative makes some channels decreasing."""
    random = np.random.default_rng(2)
    multipliers, biases = random.integers(low, 300, channels), random.integers(-5000, 5000, channels)
    if product is Multiplier.SHIFT:
        few = [value for value in range(low, 300) if signed_digits(value) <= 2]
        multipliers = random.choice(few, channels)
    low, high = formats[1].min, formats[1].max
    common = (channels, 2 * channels, lanes, *formats)
    unit = MultiplyShiftUnit(*common, right_shift, multipliers, biases, low, high, product)
    return requantize(name, unit)


def thresholds(
    name: str,
    kind: type[ComparatorsUnit] | type[ThresholdMemoryUnit],
    formats: tuple[Format, Format],
    levels: int,
    *,
    lanes: int = 2,
    channels: int = 6,
    decreasing: str = "none",
) -> Case:
    """Ascending thresholds, equal ones and some that are never or always reached among them."""
    random = np.random.default_rng(levels)
    low, high = formats[0].min, formats[0].max
    table = np.sort(random.integers(low, high + 2, (channels, levels)), axis=1)
    table[0, -1], table[-1, 0] = high + 1, low
    first, last = {"none": (0, 0), "all": (1, 1), "some": (0, 1)}[decreasing]
    flags = random.integers(first, last + 1, channels)
    base = -1 if formats[1] == BIPOLAR else formats[1].min
    unit = kind(channels, 2 * channels, lanes, *formats, base, table, flags)
    return requantize(name, unit)


def table(
    name: str, formats: tuple[Format, Format], *, lanes: int, channels: int = 6, shared: bool = False, low: int = 0
) -> Case:
    """``low`` is how much lower than the input format's minimum the table begins."""
    low = formats[0].min - low
    entries = formats[0].max - low + 1
    codes = np.random.default_rng(3).integers(0, 1 << formats[1].width, (1 if shared else channels, entries))
    unit = TableUnit(channels, 2 * channels, lanes, *formats, low, formats[1].decode(codes))
    return requantize(name, unit)


MODES = {rounding.value.replace("-", "_"): rounding for rounding in Rounding}
COMPARATORS, MEMORY = ComparatorsUnit, ThresholdMemoryUnit
S12_U4, S12_S5 = (signed(12), unsigned(4)), (signed(12), signed(5))

CASES = [
    *(shift(f"shift_{name}", (signed(9), signed(6)), (0, 3), mode, 40) for name, mode in MODES.items()),
    *(shift(f"shift_one_{name}", (signed(6), signed(4)), (0, 1), mode, 3, lanes=6) for name, mode in MODES.items()),
    shift("shift_none", (signed(6), signed(4)), (0, 0), Rounding.HALF_EVEN, 9, lanes=3),
    shift("shift_left", (unsigned(4), unsigned(8)), (3, 0), Rounding.FLOOR, 20, lanes=6),
    shift("shift_both", (unsigned(4), unsigned(8)), (3, 5), Rounding.HALF_AWAY, 20, lanes=1),
    shift("shift_unsigned", (unsigned(8), unsigned(3)), (0, 4), Rounding.HALF_UP, 0, lanes=2),
    shift("shift_far", (signed(6), signed(3)), (0, 12), Rounding.HALF_TO_ZERO, 5000, lanes=2),
    shift("shift_limits", S12_S5, (0, 5), Rounding.HALF_EVEN, 100, lanes=6, limits=(-5, 9)),
    shift("shift_bipolar", (BIPOLAR, signed(4)), (1, 0), Rounding.FLOOR, 3, lanes=3),
    shift("shift_block_ram", (signed(21), signed(8)), (0, 12), Rounding.HALF_UP, 1 << 19, lanes=1, channels=512),
    shift("shift_single", (signed(10), unsigned(4)), (0, 3), Rounding.HALF_EVEN, 30, lanes=1, channels=1),
    *(
        multiply(
            f"multiply_{name}_{product.value}", formats, shift, low, lanes=lanes, channels=channels, product=product
        )
        for product in Multiplier
        for name, formats, shift, low, lanes, channels in (
            ("folded", (signed(12), unsigned(4)), 14, 1, 2, 6),
            ("mixed_signs", (signed(12), signed(8)), 11, -300, 3, 6),
            ("unsigned", (unsigned(9), unsigned(8)), 9, 1, 6, 6),
            ("single", (signed(9), signed(8)), 0, 1, 1, 1),
            ("bipolar", (BIPOLAR, signed(8)), 7, -300, 2, 6),
            ("one_bit", (unsigned(1), signed(8)), 3, -300, 2, 6),
        )
    ),
    *(
        thresholds(f"{name}_{levels}", kind, S12_U4, levels, decreasing="some")
        for name, kind in (("compare", COMPARATORS), ("search", MEMORY))
        for levels in (1, 2, 3, 4, 7, 11, 15)
    ),
    *(
        case
        for name, kind in (("compare", COMPARATORS), ("search", MEMORY))
        for case in (
            thresholds(f"{name}_unfolded", kind, S12_S5, 31, lanes=6, decreasing="some"),
            thresholds(f"{name}_decreasing", kind, S12_S5, 5, decreasing="all", lanes=3),
            thresholds(f"{name}_increasing", kind, S12_S5, 5),
            thresholds(f"{name}_unsigned", kind, (unsigned(7), unsigned(2)), 3, lanes=1),
            thresholds(f"{name}_bipolar_out", kind, (signed(12), BIPOLAR), 1, lanes=6, decreasing="some"),
            thresholds(f"{name}_bipolar_in", kind, (BIPOLAR, unsigned(2)), 2, lanes=3, decreasing="some"),
            thresholds(f"{name}_one_channel", kind, (signed(8), unsigned(3)), 7, lanes=1, channels=1),
        )
    ),
    thresholds("search_block_ram", MEMORY, (signed(14), unsigned(8)), 255, lanes=1, decreasing="some"),
    table("table_shared", (signed(6), signed(4)), lanes=3, shared=True),
    table("table_channels", (signed(6), unsigned(5)), lanes=2),
    table("table_unfolded", (unsigned(5), unsigned(3)), lanes=6),
    table("table_offset", (signed(5), BIPOLAR), lanes=1, low=7),
    table("table_bipolar", (BIPOLAR, unsigned(3)), lanes=2),
    table("table_single", (unsigned(3), unsigned(3)), lanes=1, channels=1),
    table("table_large", (signed(11), unsigned(4)), lanes=1, channels=2),
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(CASES, tmp_path_factory.mktemp("requantize"))


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


@pytest.mark.parametrize(
    ("valid_rate", "ready_rate", "reset_cycle"), [(256, 256, 0), (256, 90, 0), (90, 256, 0), (150, 150, 17)]
)
def test_values(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int, reset_cycle: int) -> None:
    traces = bench.run(inputs, valid_rate=valid_rate, ready_rate=ready_rate, reset_cycle=reset_cycle)
    wrong = [
        case.name
        for case, frames, trace in zip(CASES, inputs, traces, strict=True)
        if not np.array_equal(trace.frames, case.unit.evaluate(frames))
    ]
    assert wrong == []


def test_full_speed_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    for case, trace in zip(CASES, bench.run(inputs), strict=True):
        assert np.array_equal(np.diff(trace.taken), np.ones(FRAMES * case.unit.cycles - 1)), case.name
        assert np.array_equal(trace.seen, trace.taken + case.unit.latency), case.name


def test_large_memories_lie_in_block_ram(bench: Bench) -> None:
    in_block = {case.name for case in CASES if ".Block(1)" in (bench.folder / f"{case.name}.sv").read_text()}
    assert in_block == {"shift_block_ram", "search_block_ram", "table_large"}
