"""Several pixels of a row a beat: the units that are offered compute their nodes, and folding takes them where they help."""

from __future__ import annotations

import numpy as np
import pytest

from fpgaflow.board import load_board
from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.mapping.folding import fold
from fpgaflow.mapping.objective import Objective
from fpgaflow.mapping.pipeline import build_accelerator
from fpgaflow.mapping.site import chains_of, data_inputs, pixels_of, possible_lanes
from fpgaflow.units.join import Operation
from fpgaflow.units.pool import Reduction
from tests.backends.bodies import Body

BORDER = (1, 1, 1, 1)


def lanewise():
    body = Body((3, 6, 4), FixedFormat(3, 0, True))
    one = body.scaled("input", 3, signed=True, falling=True)
    two = body.table("input", 2, -3, 4)
    total = body.join([one, two], Operation.ADD, (3, -2), 5)
    body.steps(total, 4, 3, 0)
    return body


def strided():
    body = Body((7, 8, 3), FixedFormat(4))
    first = body.convolution("input", 5, (3, 3), stride=(2, 2), pads=BORDER)
    body.convolution(body.shift(first, 2), 2, (1, 1), stride=(1, 2))
    return body


def depthwise():
    body = Body((4, 6, 3), FixedFormat(4, 0, True))
    first = body.scaled(body.convolution("input", 6, (3, 3), groups=3, pads=BORDER, pad=-2), 3)
    second = body.convolution(first, 6, (1, 1), groups=6)
    body.pool(second, Reduction.SUM, (2, 2), stride=(2, 2))
    return body


def pools():
    body = Body((4, 12, 2), FixedFormat(3))
    first = body.pool("input", Reduction.MAX, (3, 3), pads=BORDER)
    second = body.pool(first, Reduction.MAX, (2, 2), stride=(2, 3))
    body.pool(second, Reduction.SUM, (2, 4))
    return body


def bipolar():
    body = Body((4, 4, 2), BipolarFormat())
    first = body.steps(body.convolution("input", 4, (3, 3), pads=BORDER, pad=1, bits=0), 4, 1, 0, bipolar=True)
    body.convolution(first, 3, (2, 2), stride=(2, 2), bits=0)
    return body


def dense_network():
    body = Body((6, 8, 2), FixedFormat(2))
    first = body.shift(body.convolution("input", 3, (3, 3), pads=BORDER), 2)
    second = body.shift(body.convolution(first, 4, (1, 1)), 2)
    body.pool(body.join([second, second]), Reduction.MAX, (2, 2), stride=(2, 2))
    return body


BODIES = {made.__name__: made for made in (lanewise, strided, depthwise, pools, bipolar, dense_network)}


@pytest.mark.parametrize("name", BODIES)
def test_every_chain_computes_its_node(name):
    body = BODIES[name]()
    graph = body.graph()
    frames = body.frames(3)
    values = graph.evaluate({"input": frames})
    for node in graph.nodes:
        sources = [values[source].reshape(3, -1) for source in data_inputs(graph, node)]
        paces = [pixels_of(graph, node) // count for count in (1, 2, 3, 4, 6)]
        for chain in chains_of(graph, node, possible_lanes(graph, node, paces)):
            found = sources
            for unit in chain:
                found = [unit.evaluate(*found)]
            assert np.array_equal(found[0], values[node.name].reshape(3, -1)), chain


@pytest.mark.parametrize("name", BODIES)
def test_folding_is_faster_than_a_pixel_a_cycle(name):
    body = BODIES[name]()
    graph = body.graph()
    mapping = fold(graph, load_board("zcu104"))
    assert mapping.cycles < pixels_of(graph, graph.nodes[0])
    accelerator = build_accelerator(graph, mapping.units)
    frames = body.frames(4)
    expected = graph.evaluate({"input": frames})[graph.outputs[0]].reshape(4, -1)
    assert np.array_equal(accelerator.evaluate(frames.reshape(4, -1)), expected)


def test_only_as_many_pixels_as_wanted():
    graph = strided().graph()
    relaxed, brisk = (fold(graph, load_board("zcu104"), target_cycles=cycles) for cycles in (60, 30))
    lanes = [mapping.units[graph.nodes[0].name][0].input_lanes for mapping in (relaxed, brisk)]
    assert lanes[0] <= 3 < lanes[1]
    assert relaxed.cycles > 30 >= brisk.cycles
    small = fold(graph, load_board("zcu104"), objective=Objective.AREA)
    assert small.units[graph.nodes[0].name][0].input_lanes <= 3


def test_pixels_of_a_row_that_come_at_a_pace():
    """Whole parts of a row, at least the wanted ones and less than twice as many."""
    graph = strided().graph()
    first, *_, last = graph.nodes
    assert possible_lanes(graph, first) == [1, 3]
    assert possible_lanes(graph, first, [56, 28, 20]) == [1, 3, 6, 12]
    assert possible_lanes(graph, first, [7]) == [1, 3, 24]
    assert possible_lanes(graph, last, [8]) == [1, 5, 10]


def test_windows_together_are_no_wider_than_a_beat_may_be():
    """A window is 2,304 bits here; two are too many for C++, and so only strided windows are left."""
    body = Body((2, 8, 32), FixedFormat(8))
    body.pool("input", Reduction.MAX, (3, 3), pads=BORDER)
    body.pool("input", Reduction.MAX, (3, 3), stride=(2, 2), pads=BORDER)
    graph = body.graph()
    found = [{chain[0].input_lanes for chain in chains_of(graph, node, [32, 64, 128])} for node in graph.nodes]
    assert max(found[0]) == 32 and max(found[1]) == 64
