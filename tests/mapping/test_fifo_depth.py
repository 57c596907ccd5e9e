"""Depths of FIFOs: enough for the pace of the slowest stage, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fpgaflow.mapping.fifo_depth import with_fifo_depths
from fpgaflow.mapping.pipeline import build_accelerator, depth_in_front
from fpgaflow.mapping.stream_simulation import StreamModel
from fpgaflow.units.base import Accelerator
from fpgaflow.units.fifo import fifo_cost
from tests.designs import lowered_mlp, mapped
from tests.mapping.streams import add, fork, gathering, residual_network, steps, wire
from tests.models import MlpSpec


def keeps_pace(accelerator: Accelerator) -> bool:
    """In RTL; and the C++ does not deadlock."""
    model = StreamModel(accelerator)
    return model.run().cycles_per_frame == model.slowest and not StreamModel(accelerator, in_turn=True).run().waits


def queues(accelerator: Accelerator) -> dict[str, int]:
    return {stream.name: stream.fifo_depth for stream in accelerator.streams if stream.fifo_depth > 2}


def test_a_chain_without_bursts_has_no_fifo() -> None:
    found = with_fifo_depths(wire((steps("xxxx", "xxxx"), "x", "y"), (gathering(4), "y", "z")))
    assert queues(found) == {}
    assert keeps_pace(found)


def test_a_burst_has_a_fifo() -> None:
    """The second stage takes a frame in a third of the time in which the first, as slow, gives it."""
    slow = steps("x--" * 8, "x--" * 8)
    burst = steps("x" * 8 + "-" * 16, "-" * 23 + "x")
    found = with_fifo_depths(wire((slow, "x", "y"), (burst, "y", "z"), depths={"y": 2}))
    assert set(queues(found)) == {"y"}
    assert keeps_pace(found)
    assert not keeps_pace(wire((slow, "x", "y"), (burst, "y", "z")))


def test_the_branch_without_units_has_a_fifo() -> None:
    plain = wire((fork(12), "x", "a b"), (gathering(12), "a", "c"), (add(12), "c b", "y"))
    found = with_fifo_depths(plain)
    assert set(queues(found)) == {"b"}
    assert 12 <= queues(found)["b"] <= 20
    assert keeps_pace(found)
    assert not keeps_pace(plain)


def test_an_output_that_comes_early_has_no_fifo() -> None:
    assert queues(with_fifo_depths(wire((steps("x" * 9, "x" * 9), "x", "y")))) == {}


def test_the_last_beat_does_not_keep_the_end_of_the_input_out() -> None:
    """The C++ takes the next beats when there is room for the one that it has given."""
    cropped = wire((steps("x" * 9, "x" * 4 + "-" * 5), "x", "y"))
    assert not keeps_pace(cropped)
    assert keeps_pace(with_fifo_depths(cropped))


def test_flags_of_all_frames_on_the_way() -> None:
    """A frame is a beat here."""
    stages = [(steps("x", "x", 5), f"y{index}", f"y{index + 1}") for index in range(10)]
    found = with_fifo_depths(wire(*stages))
    assert found.flag_depth > StreamModel(found).run().frames_on_the_way > 50


def test_a_residual_network_needs_fifos_beside_its_branches_only() -> None:
    network = residual_network()
    accelerator = build_accelerator(network.graph(), network.units)
    assert keeps_pace(accelerator)
    found = queues(accelerator)
    joins = [stage for stage in accelerator.stages if stage.unit.kind == "join"]
    assert set(found) == {stage.inputs[0].name for stage in joins}
    for name in found:
        smaller = [replace(stream, fifo_depth=2) if stream.name == name else stream for stream in accelerator.streams]
        found_then = StreamModel(accelerator).run({stream.name: stream.fifo_depth for stream in smaller})
        assert found_then.waits


@pytest.mark.parametrize("target", [None, 200_704, 12_544, 3_136])
def test_layers_of_a_chain_have_no_more_than_a_vector_in_front(target: int | None) -> None:
    lowered = lowered_mlp(MlpSpec(widths=(784, 256, 128, 10), weight_bits=4, activation_bits=4))
    accelerator = build_accelerator(lowered.body, mapped(lowered, target_cycles=target).units)
    assert keeps_pace(accelerator)
    vectors = [replace(stage.inputs[0], fifo_depth=depth_in_front(stage.unit)) for stage in accelerator.stages]
    assert sum(fifo_cost(stream).lut for stream in accelerator.streams) <= sum(fifo_cost(each).lut for each in vectors)
    assert all(
        stream.fifo_depth <= vector.fifo_depth
        for stage, vector in zip(accelerator.stages, vectors, strict=True)
        for stream in stage.inputs
    )
