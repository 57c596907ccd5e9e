"""Pools: values, formats, schedules."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.global_pool import GlobalPoolUnit
from fpgaflow.units.pool import PoolUnit
from fpgaflow.units.schedule import Steps
from tests.units.pools import BIPOLAR, GLOBAL_POOLS, MAX, POOLS, SUM, global_pool, pool, s, u
from tests.units.windows import window


def frames_for(unit: PoolUnit | GlobalPoolUnit, count: int = 2) -> IntArray:
    codes = np.random.default_rng(3).integers(0, 1 << unit.input_format.width, (count, unit.cycles * unit.input_lanes))
    return unit.input_format.decode(codes)


@pytest.mark.parametrize("name", POOLS)
def test_values_and_order(name: str) -> None:
    """The definition, element by element."""
    unit = POOLS[name]
    join = max if unit.reduction is MAX else sum
    for frame, results in zip(frames_for(unit).tolist(), unit.evaluate(frames_for(unit)).tolist(), strict=True):
        expected = []
        for pixel in range(unit.pixels):
            for channel in range(unit.channels):
                group, lane = divmod(channel, unit.lanes)
                start = (pixel * unit.channels // unit.lanes + group) * unit.taps * unit.lanes + lane
                expected.append(join([frame[start + tap * unit.lanes] for tap in range(unit.taps)]))
        assert results == expected
        assert all(unit.output_format.min <= result <= unit.output_format.max for result in results)


@pytest.mark.parametrize("name", GLOBAL_POOLS)
def test_values_of_whole_frames(name: str) -> None:
    unit = GLOBAL_POOLS[name]
    join = max if unit.reduction is MAX else sum
    for frame, results in zip(frames_for(unit).tolist(), unit.evaluate(frames_for(unit)).tolist(), strict=True):
        assert results == [join(frame[channel :: unit.channels]) for channel in range(unit.channels)]


def test_pools_images() -> None:
    """Behind a window's values in the order of a parallel window, a pool gives those of NumPy on the image."""
    images = np.random.default_rng(4).integers(-8, 8, (2, 4, 6, 2))
    blocks = images.reshape(2, 2, 2, 3, 2, 2)  # frames, rows, kernel rows, columns, kernel columns, channels
    serial = window((4, 6, 2), (2, 2), stride=(2, 2), lanes=2, format=s(4)).evaluate(images.reshape(2, -1))
    largest = PoolUnit(MAX, 4, 6, 2, 2, s(4), s(4)).evaluate(serial)
    assert np.array_equal(largest.reshape(2, 2, 3, 2), blocks.max(axis=(2, 4)))
    sums = PoolUnit(SUM, 4, 6, 2, 2, s(4), s(6)).evaluate(serial)
    assert np.array_equal(sums.reshape(2, 2, 3, 2), blocks.sum(axis=(2, 4)))


def test_results_must_fit() -> None:
    for reduction, source, target in (
        (MAX, s(4), u(4)),
        (MAX, u(4), s(4)),
        (MAX, s(4), s(3)),
        (MAX, u(1), BIPOLAR),
        (SUM, BIPOLAR, BIPOLAR),
        (SUM, BIPOLAR, u(4)),
    ):
        with pytest.raises(AssertionError):
            pool(reduction, 1, 2, 1, source, target)
        with pytest.raises(AssertionError):
            global_pool(reduction, 1, 2, 1, source, target)


def test_cycles_and_schedule() -> None:
    unit = pool(MAX, 9, 6, 2, u(4))
    assert (unit.cycles, unit.input_lanes, unit.output_lanes) == (15, 18, 2)
    whole = global_pool(SUM, 49, 6, 2, u(4))
    schedule = whole.schedule()
    assert isinstance(schedule, Steps)
    assert (whole.cycles, schedule.count, schedule.takes.sum()) == (147, 147, 147)
    assert np.flatnonzero(schedule.gives).tolist() == [144, 145, 146]


def test_cost_grows() -> None:
    for reduction in (MAX, SUM):
        by_lanes = [pool(reduction, 9, 16, lanes, u(4)).cost().lut for lanes in (1, 2, 4, 8, 16)]
        by_taps = [pool(reduction, taps, 4, 2, u(4)).cost().lut for taps in (1, 2, 4, 9, 25)]
        by_width = [pool(reduction, 9, 4, 2, u(width)).cost().lut for width in (1, 2, 4, 8)]
        whole = [global_pool(reduction, 49, 64, lanes, u(4)).cost().lut for lanes in (4, 8, 16, 32)]
        for amounts in (by_lanes, by_taps, by_width, whole):
            assert amounts == sorted(amounts) and len(set(amounts)) == len(amounts), amounts
