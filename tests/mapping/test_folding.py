"""Folding: fits, is as fast as possible, meets targets, and says why it can't."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fpgaflow.board import load_board
from fpgaflow.errors import FlowError
from fpgaflow.mapping.folding import fold
from fpgaflow.mapping.objective import Objective
from fpgaflow.mapping.pipeline import build_accelerator
from fpgaflow.units.base import Resources
from tests.designs import lowered_mlp, mapped
from tests.models import MlpSpec

LARGE = MlpSpec(widths=(784, 256, 128, 10), weight_bits=4, activation_bits=4)


def test_mapping_fits_and_every_node_has_a_unit():
    lowered = lowered_mlp(LARGE)
    mapping = mapped(lowered)
    assert mapping.resources.fits(mapping.limit)
    assert set(mapping.units) == {node.name for node in lowered.body.nodes}
    assert mapping.cycles == max(unit.cycles for units in mapping.units.values() for unit in units)


def test_larger_board_is_not_slower():
    lowered = lowered_mlp(LARGE)
    assert mapped(lowered, "zcu104").cycles < mapped(lowered, "pynq-z2").cycles


@pytest.mark.parametrize("target", [200_704, 12_544, 3_136])
def test_target_is_met_with_less_than_the_fastest_takes(target):
    lowered = lowered_mlp(LARGE)
    slow, fast = mapped(lowered, target_cycles=target), mapped(lowered)
    assert slow.cycles <= target
    assert slow.resources.lut < fast.resources.lut


def test_target_out_of_reach():
    with pytest.raises(FlowError) as caught:
        mapped(lowered_mlp(LARGE), target_cycles=1)
    assert caught.value.code == "FF404"
    assert "cycles a frame" in caught.value.reason


def test_network_that_does_not_fit():
    board = dataclasses.replace(load_board("ultra96"), resources=Resources(lut=300, ff=400, bram=1, dsp=1))
    with pytest.raises(FlowError) as caught:
        fold(lowered_mlp(LARGE).body, board)
    assert caught.value.code == "FF403"
    assert "LUT" in caught.value.reason


@pytest.mark.parametrize("widths", [(12, 8, 6, 4), (7, 13, 5), (30, 20, 12, 9), (1, 1)])
def test_pipeline_computes_the_integer_graph(widths):
    lowered = lowered_mlp(MlpSpec(widths=widths, weight_bits=2, activation_bits=3, input_bits=2))
    accelerator = build_accelerator(lowered.body, mapped(lowered).units)
    stream = accelerator.input
    for stage in accelerator.stages:
        assert stage.inputs == (stream,)
        (stream,) = stage.outputs
        assert stage.unit.output_lanes == stream.lanes
    assert stream == accelerator.output
    ((name, type_),) = lowered.body.inputs.items()
    frames = np.random.default_rng(0).integers(0, 1, (20, *type_.shape), endpoint=True)
    want = lowered.body.evaluate({name: frames})[lowered.body.outputs[0]]
    values = frames.reshape(20, -1)
    for stage in accelerator.stages:
        values = stage.unit.evaluate(values)
    np.testing.assert_array_equal(values, want.reshape(20, -1))


def test_objectives_are_each_best_at_their_own():
    lowered = lowered_mlp(LARGE)
    fast, quick, small = (fold(lowered.body, load_board("ultra96"), objective=objective) for objective in Objective)
    assert fast.cycles <= min(quick.cycles, small.cycles)
    assert small.resources.lut < min(fast.resources.lut, quick.resources.lut)
    assert (fast.objective, quick.objective, small.objective) == tuple(Objective)
    assert fast.gap == 0
    assert all(0 <= mapping.gap < 1 for mapping in (quick, small))


@pytest.mark.parametrize("objective", [Objective.LATENCY, Objective.AREA])
def test_objectives_hold_the_target(objective):
    body, board = lowered_mlp(LARGE).body, load_board("ultra96")
    assert fold(body, board, target_cycles=12_544, objective=objective).cycles <= 12_544
    with pytest.raises(FlowError) as caught:
        fold(body, board, target_cycles=1, objective=objective)
    assert caught.value.code == "FF404"


def test_bottleneck_is_a_resource_or_the_slowest_node():
    lowered = lowered_mlp(LARGE)
    fast, small = mapped(lowered), mapped(lowered, target_cycles=12_544)
    name, needs, _, limit, *_ = fast.bottleneck.split()
    assert name in ("LUT", "FF", "BRAM", "DSP")
    assert int(needs.replace(",", "")) > int(limit.replace(",", ""))
    assert small.bottleneck == "'matmul_0' is the slowest with 12,544 cycles a frame"


def test_layers_are_unrolled_where_that_is_faster():
    lowered = lowered_mlp()
    mapping = mapped(lowered)
    assert mapping.cycles == 1
    assert "adder_graph" in {unit.kind for units in mapping.units.values() for unit in units}
    area = fold(lowered.body, load_board("ultra96"), objective=Objective.AREA)
    assert "adder_graph" not in {unit.kind for units in area.units.values() for unit in units}


def test_same_network_same_mapping():
    lowered = lowered_mlp(LARGE)
    first, second = mapped(lowered), mapped(lowered)
    assert first.resources == second.resources
    lanes = [
        [(unit.kind, unit.input_lanes, unit.output_lanes) for units in mapping.units.values() for unit in units]
        for mapping in (first, second)
    ]
    assert lanes[0] == lanes[1]
