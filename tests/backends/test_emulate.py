"""The emulator equals the integer graph bit for bit, operator by operator and on random graphs with branches."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.backends.emulate import Emulator
from fpgaflow.backends.emulate import convolution as convolution_module
from fpgaflow.backends.emulate import emulator as emulator_module
from fpgaflow.fixed import BipolarFormat, FixedFormat, Rounding
from fpgaflow.ir.check import check
from fpgaflow.units.join import Operation
from fpgaflow.units.pool import Reduction
from tests.backends.bodies import Body

S4, U4, S8 = FixedFormat(4, 0, True), FixedFormat(4), FixedFormat(8, 0, True)


def compare(body, output=None, frames=5):
    graph = check(body.graph(output))
    integers = body.frames(frames)
    want = graph.evaluate({"input": integers})[graph.outputs[0]]
    got = Emulator(graph)(integers)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, want)


WINDOWS = {
    "padded": {"kernel": (3, 3), "pads": (1, 1, 1, 1)},
    "pad value": {"kernel": (3, 3), "pads": (2, 0, 1, 3), "pad": -3},
    "stride": {"kernel": (3, 3), "stride": (2, 2), "pads": (0, 0, 1, 1)},
    "stride 3": {"kernel": (2, 3), "stride": (1, 3), "pads": (0, 1, 0, 2)},
    "dilation": {"kernel": (3, 2), "dilation": (2, 3)},
    "dilation and stride": {"kernel": (3, 3), "dilation": (2, 1), "stride": (2, 3), "pads": (1, 1, 1, 1), "pad": 1},
    "pixel": {"kernel": (1, 1)},
    "pixel, padded": {"kernel": (1, 1), "pads": (1, 2, 0, 1), "pad": 2},
    "pixel, stride": {"kernel": (1, 1), "stride": (2, 2)},
    "whole frame": {"kernel": (7, 8)},
    "row": {"kernel": (1, 8)},
    "mostly padding": {"kernel": (5, 5), "pads": (4, 4, 4, 4), "pad": 1},
}


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("window", WINDOWS)
def test_convolution(window, groups):
    body = Body((7, 8, 6), S4)
    body.convolution("input", 12, groups=groups, **WINDOWS[window])
    compare(body)


@pytest.mark.parametrize("reduction", Reduction)
@pytest.mark.parametrize("window", WINDOWS)
def test_pooling(window, reduction):
    body = Body((7, 8, 3), S4)
    body.pool("input", reduction, **WINDOWS[window])
    compare(body)


@pytest.mark.parametrize(("width", "groups"), [*product([20, 30, 46], [1, 4])])
def test_wide_integers(width, groups):
    body = Body((4, 4, 4), FixedFormat(width, 0, True))
    compare_all(body, body.convolution("input", 4, (3, 3), groups=groups, bits=6))


def compare_all(body, accumulator):
    """An accumulator and everything that may stand behind it."""
    for output in (
        accumulator,
        body.pool(accumulator, Reduction.SUM, (2, 2)),
        body.join([accumulator, accumulator], multipliers=(3, -1), constant=5),
        body.shift(accumulator, 8),
        body.steps(accumulator, 4, 5, -2),
    ):
        compare(body, output)


def test_tiles_and_chunks_of_any_size(monkeypatch):
    monkeypatch.setattr(convolution_module, "TILE_BYTES", 2000)
    monkeypatch.setattr(emulator_module, "CHUNK_BYTES", 6000)
    body = Body((5, 6, 4), U4)
    body.pool(body.shift(body.convolution("input", 8, (3, 3), pads=(1,) * 4, groups=2), 4), Reduction.MAX, (2, 2))
    assert 1 < Emulator(body.graph()).chunk < 11
    for frames in (1, 11, 30):
        compare(body, frames=frames)
    assert Emulator(body.graph())(body.frames(0)).shape == (0, 4, 5, 8)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("kind", ["shift", "floor", "scaled", "falling"])
def test_requantize(kind, bits):
    for seed, signed in product(range(4), (False, True)):
        body = Body((300, 5), FixedFormat(11 + 3 * seed, 0, True), seed)
        match kind:
            case "shift":
                body.shift("input", bits, signed)
            case "floor":
                body.shift("input", bits, signed, Rounding.FLOOR, channels=1)
            case _:
                body.scaled("input", bits, signed, falling=kind == "falling")
        compare(body, frames=20)


@pytest.mark.parametrize("width", [3, 9, 14, 22, 26, 40, 60])
@pytest.mark.parametrize("channels", [1, 4, 12])
@pytest.mark.parametrize("bipolar", [False, True])
def test_thresholds_anywhere(width, channels, bipolar):
    for levels in (1,) if bipolar else (1, 2, 7, 40):
        body = Body((3, 4), FixedFormat(width, 0, True), levels)
        body.steps("input", channels, levels, -3, bipolar)
        compare(body, frames=50)


def test_every_integer_is_requantized_right():
    """Floats are proven at the thresholds; here all integers between are seen too."""
    body = Body((1 << 14, 3), FixedFormat(14, 0, True), 3)
    graph = body.graph(body.scaled("input", 8, falling=True))
    integers = np.arange(-(1 << 13), 1 << 13).repeat(3).reshape(1, -1, 3)
    want = graph.evaluate({"input": integers})[graph.outputs[0]]
    np.testing.assert_array_equal(Emulator(graph)(integers), want)


@pytest.mark.parametrize("channels", [1, 3])
def test_lookup_table(channels):
    body = Body((4, 3), S4)
    body.table("input", channels, -5, 90)
    compare(body)


@pytest.mark.parametrize("operation", Operation)
def test_join_of_many(operation):
    body = Body((3, 3, 2), S4)
    values = ["input", body.table("input", 1, -100, 7), body.table("input", 2, 0, 3)]
    multipliers, constant = ((1, 1, 1), 0) if operation is Operation.MULTIPLY else ((-2, 1, 7), -9)
    body.join(values, operation, multipliers, constant)
    compare(body)


ORDERS = {
    "identity": ((24,), np.arange(24)),
    "transpose": ((4, 3, 2), np.arange(24).reshape(2, 3, 4).transpose(2, 1, 0)),
    "upsample": ((4, 6, 4), np.arange(24).reshape(2, 3, 4).repeat(2, 0).repeat(2, 1)),
    "padding": ((3, 5, 4), np.pad(np.arange(24).reshape(2, 3, 4), ((1, 0), (1, 1), (0, 0)), constant_values=-1)),
    "some": ((5,), [3, -1, 3, 23, 0]),
}


@pytest.mark.parametrize("name", ORDERS)
def test_rearrange(name):
    shape, order = ORDERS[name]
    body = Body((2, 3, 4), S4)
    body.rearrange("input", shape, np.asarray(order).ravel(), pad=-20)
    compare(body)


def test_output_is_read_by_others_or_is_the_input():
    body = Body((4, 4, 2), S4)
    first = body.convolution("input", 2, (3, 3), pads=(1,) * 4)
    body.shift(first, 4)
    compare(body, first)
    compare(body, "input")


def test_runs_again_and_leaves_its_input_alone():
    body = Body((4, 4, 2), S4)
    body.join(["input", body.shift("input", 3)])
    emulator, integers = Emulator(body.graph()), body.frames(3)
    before = integers.copy()
    np.testing.assert_array_equal(emulator(integers), emulator(integers.astype(np.float32)))
    np.testing.assert_array_equal(integers, before)


def test_result_of_flat_frames():
    body = Body((4, 4, 2), S4)
    body.convolution("input", 3, (2, 2))
    frames = body.frames(2)
    assert Emulator(body.graph())(frames.reshape(2, -1)).shape == (2, 3, 3, 3)


# -- random graphs -----------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_random_graph(data):
    draw = data.draw
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)))
    formats = st.sampled_from([BipolarFormat(), U4, S4, S8, FixedFormat(13, 0, True), FixedFormat(28)])
    body = Body(shape, draw(formats), draw(st.integers(0, 1 << 16)))
    values = ["input"]
    for _ in range(draw(st.integers(1, 8))):
        value = draw(st.sampled_from(values))
        if body.types[value].format.width > 40:
            continue
        values.append(extend(body, draw, value, values))
    compare(body, draw(st.sampled_from(values)), frames=draw(st.integers(1, 7)))


def extend(body, draw, value, values):
    """One more node behind a value."""
    shape = body.types[value].shape
    width = body.types[value].format.width
    kinds = ["dense", "shift", "scaled", "steps", "join", "concatenate", "rearrange"]
    kinds += ["table"] * (width < 10) + ["convolution", "pool"] * (2 * (len(shape) == 3))
    match draw(st.sampled_from(kinds)):
        case "dense":
            return body.dense(value, draw(st.integers(1, 9)), draw(st.integers(0, 5)))
        case "shift":
            rounding = draw(st.sampled_from(list(Rounding)))
            channels = draw(st.sampled_from([1, shape[-1], body.types[value].elements]))
            return body.shift(value, draw(st.integers(1, 8)), draw(st.booleans()), rounding, channels)
        case "scaled":
            return body.scaled(value, draw(st.integers(1, 8)), draw(st.booleans()), draw(st.booleans()))
        case "steps":
            return body.steps(value, shape[-1], 1, 0, True) if draw(st.booleans()) else body.steps(value, 1, 5, -3)
        case "join":
            same = [other for other in values if body.types[other].shape == shape]
            chosen = draw(st.lists(st.sampled_from(same), min_size=2, max_size=3))
            if sum(body.types[other].format.width for other in chosen) < 50 and draw(st.booleans()):
                return body.join(chosen, Operation.MULTIPLY)
            return body.join(
                chosen, multipliers=[draw(st.integers(-5, 5)) for _ in chosen], constant=draw(st.integers(-9, 9))
            )
        case "concatenate":
            same = [other for other in values if body.types[other].shape[:-1] == shape[:-1]]
            return body.concatenate(draw(st.lists(st.sampled_from(same), min_size=2, max_size=3)))
        case "rearrange":
            new = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
            order = body.generator.integers(-1, body.types[value].elements, int(np.prod(new)))
            low, high = body.reach(value)
            return body.rearrange(value, new, order, draw(st.integers(low, high)))
        case "table":
            return body.table(value, draw(st.sampled_from([1, shape[-1]])), -9, 30)
        case "convolution":
            groups = draw(st.sampled_from([n for n in range(1, shape[-1] + 1) if shape[-1] % n == 0]))
            window = draw(windows(shape, body.reach(value)))
            return body.convolution(
                value, groups * draw(st.integers(1, 3)), groups=groups, bits=draw(st.integers(0, 5)), **window
            )
        case _:
            return body.pool(value, draw(st.sampled_from(Reduction)), **draw(windows(shape, body.reach(value))))


@st.composite
def windows(draw, shape, reach):
    """A window that fits a frame of ``shape``."""
    pads = draw(st.tuples(*[st.integers(0, 2)] * 4))
    extents = (shape[0] + pads[0] + pads[2], shape[1] + pads[1] + pads[3])
    kernel = tuple(draw(st.integers(1, min(4, extent))) for extent in extents)
    room = [(extent - 1) // max(1, taps - 1) for extent, taps in zip(extents, kernel, strict=True)]
    dilation = tuple(draw(st.integers(1, min(3, most))) for most in (max(1, one) for one in room))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    pad = draw(st.integers(max(reach[0], -20), min(reach[1], 20)))
    return {"kernel": kernel, "stride": stride, "dilation": dilation, "pads": pads, "pad": pad}
