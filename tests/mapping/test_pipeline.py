"""Accelerators of graphs with branches: stages, forks, adapters, values."""

from __future__ import annotations

import numpy as np

from fpgaflow.mapping.pipeline import build_accelerator
from fpgaflow.units.base import Accelerator
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.join import JoinUnit, Operation
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.mapping.streams import SUM, U4, Network, residual_network


def check(accelerator: Accelerator) -> None:
    """Stages in order, named in order; streams of the lanes and elements that both sides want; one reader each."""
    known = {accelerator.input.name: accelerator.input}
    for number, stage in enumerate(accelerator.stages):
        assert stage.name == f"s{number:02d}_{stage.unit.kind}"
        for stream in stage.inputs:
            assert known.pop(stream.name) == stream
            assert stream.lanes == stage.unit.input_lanes
        for stream in stage.outputs:
            assert stream.lanes == stage.unit.output_lanes
            known[stream.name] = stream
    assert known == {accelerator.output.name: accelerator.output}
    assert [stream.name for stream in accelerator.streams] == sorted(stream.name for stream in accelerator.streams)


def kinds(accelerator: Accelerator) -> list[str]:
    return [stage.unit.kind for stage in accelerator.stages]


def test_residual_network() -> None:
    network = residual_network()
    accelerator = build_accelerator(network.graph(), network.units)
    check(accelerator)
    assert accelerator.name == "network_top"
    assert kinds(accelerator).count("fork") == 2
    frames = np.random.default_rng(0).integers(0, 16, (3, 6 * 6 * 4))
    values = {"x": frames}
    for node in network.nodes:
        (*first, last) = network.units[node.name]
        inputs = [values[name] for name in node.inputs]
        for unit in first:
            inputs = [unit.evaluate(*inputs)]
        values[node.name] = last.evaluate(*inputs)
    np.testing.assert_array_equal(accelerator.evaluate(frames), values[network.nodes[-1].name])


def test_a_value_that_is_read_twice_by_a_node() -> None:
    network = Network(4, 4, 6)
    network.add("x", "x", 3)
    accelerator = build_accelerator(network.graph(), network.units)
    check(accelerator)
    assert kinds(accelerator) == ["fork", "join", "requantize_shift"]
    assert accelerator.input.lanes == 3


def test_adapters_stand_behind_a_fork_where_readers_differ() -> None:
    """One stands before it where they agree."""
    for lanes, want in (((2, 4), ["fork", "width_adapter"]), ((2, 2), ["width_adapter", "fork"])):
        network = Network(2, 2, 8)
        value = network.shift(network.node((product(8, 32),), ["x", "x"], (2, 2, 8), SUM), 8)
        left, right = (network.convolution(value, 8, count, 8, kernel=1) for count in lanes)
        network.add(left, right, 8)
        accelerator = build_accelerator(network.graph(), network.units)
        check(accelerator)
        start = kinds(accelerator).index("requantize_shift") + 1
        assert kinds(accelerator)[start : start + 2] == want


def product(lanes: int, elements: int) -> JoinUnit:
    return JoinUnit(Operation.MULTIPLY, (1, 1), 0, elements, lanes, (U4, U4), SUM)


def test_lanes_of_which_neither_divides_the_other() -> None:
    """Two adapters, through the common multiple."""
    network = Network(1, 1, 12)
    network.shift(network.node((product(6, 12),), ["x", "x"], (1, 1, 12), SUM), 4)
    accelerator = build_accelerator(network.graph(), network.units)
    check(accelerator)
    adapters = [stage.unit for stage in accelerator.stages if isinstance(stage.unit, WidthAdapterUnit)]
    assert [(unit.input_lanes, unit.output_lanes) for unit in adapters] == [(6, 12), (12, 4)]


def test_the_formats_between_units_of_a_node() -> None:
    network = Network(4, 4, 4)
    network.convolution("x", 4, 2, 2)
    accelerator = build_accelerator(network.graph(), network.units)
    check(accelerator)
    assert [str(stage.outputs[0].format) for stage in accelerator.stages] == ["u4.0", "s16.0", "u4.0"]
    assert accelerator.stages[0].outputs[0].elements == 4 * 4 * 9 * 4
    assert not any(isinstance(stage.unit, ForkUnit) for stage in accelerator.stages)
