"""Depthwise units: values, memory, foldings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.dense import Multiplier
from fpgaflow.units.depthwise import DepthwiseUnit
from tests.units.depthwise_units import DEPTHWISE, depthwise
from tests.units.pools import BIPOLAR, s, u


def frames_for(unit: DepthwiseUnit) -> IntArray:
    codes = np.random.default_rng(3).integers(0, 1 << unit.input_format.width, (2, unit.cycles * unit.input_lanes))
    return unit.input_format.decode(codes)


@pytest.mark.parametrize("name", DEPTHWISE)
def test_values_and_order(name: str) -> None:
    """The definition, element by element."""
    unit = DEPTHWISE[name]
    frames, weights = frames_for(unit), unit.weights.tolist()
    for frame, results in zip(frames.tolist(), unit.evaluate(frames).tolist(), strict=True):
        expected = []
        for pixel in range(unit.pixels):
            for channel in range(unit.channels):
                group, lane = divmod(channel, unit.lanes)
                start = (pixel * unit.groups + group) * unit.taps * unit.lanes + lane
                under = [frame[start + tap * unit.lanes] for tap in range(unit.taps)]
                expected += [sum(w * x for w, x in zip(row, under, strict=True)) for row in weights[channel]]
        assert results == expected
        assert all(unit.accumulator.min <= result <= unit.accumulator.max for result in results)


def test_memory_words() -> None:
    """A word a group of channels: lane, output, tap, the last the fastest."""
    weights = np.arange(-12, 12).reshape(4, 2, 3)
    unit = depthwise((4, 2, 3), 2, u(4), s(5), weights=weights)
    (memory,) = unit.memories()
    assert (memory.width, len(memory.words)) == (60, 2)
    fields = [[word >> 5 * field & 31 for field in range(12)] for word in memory.words]
    assert fields == (weights.reshape(2, 12) & 31).tolist()


def test_any_number_of_lanes_gives_the_same() -> None:
    unit = depthwise((6, 2, 4), 1, u(3), s(4))
    pixels = np.random.default_rng(5).integers(0, 8, (2, unit.pixels, unit.taps, unit.channels))
    results = []
    for lanes in (1, 2, 3, 6):
        beats = pixels.reshape(2, unit.pixels, unit.taps, -1, lanes).swapaxes(2, 3)
        folded = replace(unit, lanes=lanes)
        assert folded.cycles == unit.pixels * 6 // lanes
        results.append(folded.evaluate(beats.reshape(2, -1)))
    assert all(np.array_equal(result, results[0]) for result in results)


def test_latency_does_not_depend_on_equal_weights_being_stored() -> None:
    """Equal words are a constant, which counts six XNORs at once."""
    assert DEPTHWISE["equal_groups_xnor"].is_constant and not DEPTHWISE["xnor"].is_constant
    assert DEPTHWISE["equal_groups"].is_constant and DEPTHWISE["no_weight"].is_constant


@pytest.mark.parametrize("key", ["lut", "ff"])
def test_cost_grows(key: str) -> None:
    more = [
        [depthwise((32, 1, 9), lanes, u(4), s(4)) for lanes in (1, 2, 4, 8, 16)],
        [depthwise((8, outputs, 9), 2, u(4), s(4)) for outputs in (1, 2, 3)],
        [depthwise((8, 1, taps), 2, u(4), s(4)) for taps in (2, 4, 9, 25)],
        [depthwise((8, 1, 9), 2, u(width), s(4)) for width in range(1, 9)],
        [depthwise((8, 1, taps), 2, BIPOLAR, BIPOLAR) for taps in (4, 9, 25, 49)],
    ]
    for units in more:
        amounts = [getattr(unit.cost(), key) for unit in units]
        assert amounts == sorted(amounts) and len(set(amounts)) == len(amounts), amounts


def test_a_dsp_block_for_each_product() -> None:
    unit = depthwise((8, 2, 9), 4, u(8), s(8), Multiplier.DSP)
    assert unit.cost().dsp == 4 * 2 * 9
    assert replace(unit, multiplier=Multiplier.LUT).cost().dsp == 0
    assert depthwise((8, 1, 9), 4, u(2), s(2), Multiplier.DSP).cost().dsp == 0
    assert depthwise((8, 1, 9), 4, u(8), BIPOLAR, Multiplier.DSP).cost().dsp == 0


def test_block_ram() -> None:
    assert DEPTHWISE["block_ram"].in_block_ram and DEPTHWISE["block_ram"].cost().bram > 0
    assert not DEPTHWISE["u4_s4"].in_block_ram and DEPTHWISE["u4_s4"].cost().bram == 0
