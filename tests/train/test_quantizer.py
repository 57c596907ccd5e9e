"""Quantizers give fpgaflow's integers in every mode; gradients are those of the smooth parts; they find their point."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.errors import FlowError
from fpgaflow.fixed import FixedFormat, IntArray, Overflow, Rounding, cast, requantize
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import Quant
from fpgaflow.train.quantizer import FixedPointQuantizer, learning_rate_groups

OVERFLOWS = [overflow for overflow in Overflow if overflow is not Overflow.WRAP_SIGN_MAGNITUDE]
MODES = list(itertools.product(Rounding, OVERFLOWS, (False, True)))


def codes(quantizer: FixedPointQuantizer, x: np.ndarray) -> IntArray:
    found = quantizer.codes(torch.from_numpy(x))
    assert found.dtype == torch.int64
    return found.numpy()


@pytest.mark.parametrize(("rounding", "overflow", "signed"), MODES)
def test_equals_requantize(rounding: Rounding, overflow: Overflow, signed: bool) -> None:
    """Every integer of 10 bits, 4 of them fraction, to every small format."""
    source = FixedFormat(10, 4, signed=True)
    integers = np.arange(source.min, source.max + 1)
    x = (integers / 16).astype(np.float32)
    for width, point in itertools.product((1 + signed, 3, 4), (-2, -1, 0, 1, 2, 5)):
        quantizer = FixedPointQuantizer(width, signed=signed, rounding=rounding, overflow=overflow, point=point)
        wanted = requantize(integers, source, FixedFormat(width, point, signed), rounding, overflow)
        found = codes(quantizer, x)
        assert np.array_equal(found, wanted), (width, point)
        assert np.array_equal(quantizer(torch.from_numpy(x)).detach().numpy(), wanted * 2.0**-point)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(MODES),
    st.integers(2, 24),
    st.integers(-24, 40),
    st.lists(st.floats(-(2.0**60), 2.0**60, width=32, allow_subnormal=False), min_size=1, max_size=20),
)
def test_equals_cast(mode: tuple[Rounding, Overflow, bool], width: int, point: int, values: list[float]) -> None:
    """Any float32, and what lies a bit beside a tie."""
    rounding, overflow, signed = mode
    ties = [
        math.floor(v * 2.0**point) * 2.0**-point + 2.0 ** -(point + 1) for v in values if abs(v) < 2.0 ** (30 - point)
    ]
    x = np.array([*values, *ties], dtype=np.float32)
    x = np.concatenate([x, np.nextafter(x, np.float32(np.inf)), np.nextafter(x, np.float32(-np.inf))])
    x = x[(x == 0) | (np.abs(x) > 2.0**-100)]
    quantizer = FixedPointQuantizer(width, signed=signed, rounding=rounding, overflow=overflow, point=point)
    wanted = cast(x.astype(np.float64), FixedFormat(width, point, signed), rounding, overflow)
    assert np.array_equal(codes(quantizer, x), wanted)
    assert np.array_equal(codes(quantizer, x.astype(np.float64)), wanted)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize(
    ("rounding", "name"),
    [
        (Rounding.HALF_EVEN, "ROUND"),
        (Rounding.FLOOR, "FLOOR"),
        (Rounding.TO_ZERO, "DOWN"),
        (Rounding.HALF_AWAY, "HALF_UP"),
        (Rounding.HALF_TO_ZERO, "HALF_DOWN"),
    ],
)
def test_equals_quant(rounding: Rounding, name: str, narrow: bool, signed: bool) -> None:
    x = np.random.default_rng(0).normal(0, 2, 500).astype(np.float32)
    x = np.concatenate([x, np.arange(-40, 40, dtype=np.float32) / 16])
    quantizer = FixedPointQuantizer(4, signed=signed, narrow=narrow, rounding=rounding, point=2)
    op = Quant(signed, narrow, QonnxRounding(name))
    wanted = op.codes(x, np.float32(0.25), np.float32(0), np.float32(4))
    assert np.array_equal(codes(quantizer, x), wanted.astype(np.int64))
    assert quantizer.bounds == op.bounds(np.float32(0.25), np.float32(0), np.float32(4))


def test_per_channel() -> None:
    x = torch.randn(5, 3, 4, 2)
    quantizer = FixedPointQuantizer(4, channels=3)
    quantizer(x)
    assert quantizer.points.shape == (3,)
    for channel in range(3):
        alone = FixedPointQuantizer(4, point=float(quantizer.points[channel]))
        assert torch.equal(quantizer(x)[:, channel], alone(x[:, channel]))
        assert torch.equal(quantizer.codes(x)[:, channel], alone.codes(x[:, channel]))


# -- gradients -----------------------------------------------------------------------------------------------------------


def gradients(quantizer: FixedPointQuantizer, x: list[float]) -> tuple[list[float], float]:
    """d sum(q) / d x, and d sum(q) / d point without LSQ's factor; in float64."""
    data = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    quantizer.zero_grad()
    quantizer(data).sum().backward()
    factor = (len(x) * max(quantizer.bounds)) ** -0.5
    return data.grad.tolist(), float(quantizer.point.grad) / factor


@pytest.mark.parametrize("overflow", OVERFLOWS)
def test_gradients(overflow: Overflow) -> None:
    quantizer = FixedPointQuantizer(4, overflow=overflow, point=2.25)
    wraps = overflow is Overflow.WRAP
    for x, saturated in ((0.3, False), (-1.2, False), (1.8, False), (5.0, True), (-7.0, True)):
        to_x, to_point = gradients(quantizer, [x])
        assert to_x == [0.0 if saturated and not wraps else 1.0]
        q = quantizer(torch.tensor(x)).item()
        wanted = math.log(2) * (-q if saturated and not wraps else x - q)
        assert f"{to_point + 0.0:.5f}" == f"{wanted + 0.0:.5f}"


def test_gradients_of_channels_are_those_of_each_alone() -> None:
    x, gradient = torch.randn(6, 3, 5) * 2, torch.randn(6, 3, 5)
    together = FixedPointQuantizer(3, point=1, channels=3)
    together(x).backward(gradient)
    for channel in range(3):
        alone = FixedPointQuantizer(3, point=1)
        alone(x[:, channel]).backward(gradient[:, channel])
        assert f"{together.point.grad[channel]:.4f}" == f"{alone.point.grad:.4f}"


def test_point_gradient_is_that_of_the_smooth_parts() -> None:
    """Saturated, the result is ``code * 2**-f``; in range ``(x * 2**f + error) * 2**-f`` with the error held."""
    f, h = 2.0, 1e-6
    quantizer = FixedPointQuantizer(4, point=f)
    for x in (3.0, -5.0, 0.3, -0.9):
        code = int(quantizer.codes(torch.tensor(x)))
        inside = abs(x) < 1.75
        error = code - x * 2**f if inside else None

        def smooth(f: float, x: float = x, code: int = code, error: float | None = error) -> float:
            return code * 2**-f if error is None else (x * 2**f + error) * 2**-f

        slope = (smooth(f + h) - smooth(f - h)) / (2 * h)
        _, found = gradients(quantizer, [x])
        assert f"{found:.5f}" == f"{slope:.5f}"


@pytest.mark.parametrize(("signed", "narrow"), [(True, False), (True, True), (False, False), (False, True)])
def test_width_gradient_is_that_of_the_ends(signed: bool, narrow: bool) -> None:
    quantizer = FixedPointQuantizer(4, signed=signed, narrow=narrow, point=1, width_range=(2, 8))
    h = 1e-6

    def end(width: float, x: float) -> float:
        half = 2 ** (width - signed)
        high = half - 1 - (narrow and not signed)
        low = (narrow - half) if signed else 0.0
        return (high if x > 0 else low) / 2

    for x in (100.0, -100.0, 0.5):
        quantizer.zero_grad()
        quantizer(torch.tensor([x], dtype=torch.float64)).sum().backward()
        slope = (end(4 + h, x) - end(4 - h, x)) / (2 * h) if abs(x) > 1 else 0.0
        factor = max(quantizer.bounds) ** -0.5
        assert f"{float(quantizer.width.grad) / factor:.4f}" == f"{slope + 0.0:.4f}"


def test_learned_width() -> None:
    """Saturated numbers widen it, a penalty narrows it, bounds hold; codes are those of the width in use."""
    x = torch.linspace(-40, 40, 81)
    quantizer = FixedPointQuantizer(4, point=0, width_range=(3, 6))
    optimizer = torch.optim.SGD(quantizer.parameters(), lr=0.3)
    for _ in range(60):
        optimizer.zero_grad()
        (quantizer(x) - x).square().mean().backward()
        quantizer.point.grad = None
        optimizer.step()
    assert quantizer.bits == 6 and quantizer.bounds == (-32, 31)
    assert np.array_equal(codes(quantizer, x.numpy()), np.clip(x.numpy(), -32, 31))
    for _ in range(200):
        optimizer.zero_grad()
        quantizer.width.backward()
        optimizer.step()
        quantizer(x)
    assert quantizer.bits == 3


# -- calibration and state -----------------------------------------------------------------------------------------------


def test_calibration_takes_the_least_squared_error() -> None:
    """Over all batches, not the largest number: one outlier does not cost a bit."""
    batches = [torch.randn(1000) for _ in range(3)]
    batches[1][0] = 9.0
    quantizer = FixedPointQuantizer(4, batches=3)
    for index, batch in enumerate(batches):
        assert quantizer.calibrating and quantizer.batches_left == 3 - index
        quantizer(batch)
    assert not quantizer.calibrating
    x = torch.cat(batches)
    errors = {n: (FixedPointQuantizer(4, point=n)(x) - x).square().sum().item() for n in range(-8, 9)}
    assert int(quantizer.points) == min(errors, key=errors.__getitem__) == 1
    quantizer(torch.full((10,), 100.0))
    assert int(quantizer.points) == 1


def test_calibration_in_inference_mode() -> None:
    quantizer = FixedPointQuantizer(4)
    with torch.inference_mode():
        quantizer(torch.randn(1000))
    quantizer(torch.randn(10)).sum().backward()
    assert quantizer.point.grad is not None and int(quantizer.points) == 1


def test_calibration_of_zeros() -> None:
    quantizer = FixedPointQuantizer(4)
    quantizer(torch.zeros(10))
    assert int(quantizer.points) == 0


def test_calibration_of_many_numbers() -> None:
    quantizer = FixedPointQuantizer(8)
    quantizer(torch.randn(8, 16, 64, 64) * 8)
    assert int(quantizer.points) == 2


def test_training_moves_the_point() -> None:
    x = torch.randn(4096)
    quantizer = FixedPointQuantizer(4, point=6)
    optimizer = torch.optim.Adam(quantizer.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        (quantizer(x) - x).square().mean().backward()
        optimizer.step()
    assert int(quantizer.points) in (1, 2)


def test_state_and_freeze() -> None:
    x = torch.randn(100) * 3
    quantizer = FixedPointQuantizer(5, width_range=(2, 8), batches=2)
    quantizer(x)
    quantizer.point.data += 0.3
    quantizer.width.data += 1.2
    loaded = FixedPointQuantizer(5, width_range=(2, 8))
    loaded.load_state_dict(quantizer.state_dict())
    assert loaded.batches_left == 1 and loaded.bits == 6
    loaded.freeze()
    quantizer.batches_left = 0
    assert torch.equal(loaded.codes(x), quantizer.codes(x))
    assert not loaded.calibrating and not any(p.requires_grad for p in loaded.parameters())
    assert loaded.point.item() == int(quantizer.points) and loaded.width.item() == 6


def test_learning_rate_groups() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), FixedPointQuantizer(4, width_range=(2, 5)))
    rest, own = learning_rate_groups(model, 0.1, 0.01)
    assert [p.shape for p in rest["params"]] == [(2, 3), (2,)] and rest["lr"] == 0.1
    assert [p is q for p, q in zip(own["params"], model[1].parameters(), strict=True)] == [True, True]
    assert own["lr"] == 0.01 and own["weight_decay"] == 0.0
    torch.optim.SGD([rest, own], momentum=0.9, weight_decay=1e-4)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"width": 25}, "a quantizer has a width of 25 bits"),
        ({"width": 1}, "a quantizer has a width of 1 bits"),
        ({"width": 4, "overflow": Overflow.WRAP_SIGN_MAGNITUDE}, "a quantizer has overflow wrap-sign-magnitude"),
        (
            {"width": 4, "overflow": Overflow.WRAP, "narrow": True},
            "a quantizer has a narrow range with overflow wrap",
        ),
        (
            {"width": 4, "width_range": (5, 8)},
            "a quantizer of 4 bits, overflow saturate, learns its width in (5, 8)",
        ),
        (
            {"width": 4, "width_range": (2, 8), "overflow": Overflow.WRAP},
            "a quantizer of 4 bits, overflow wrap, learns its width in (2, 8)",
        ),
    ],
)
def test_refused(options: dict, text: str) -> None:
    with pytest.raises(FlowError) as caught:
        FixedPointQuantizer(**options)
    assert caught.value.code == "FF306" and caught.value.what == text
