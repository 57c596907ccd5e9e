"""Units with several inputs or outputs: what they compute, in which order, at what cost; graphs of stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.units.base import Accelerator, Stream
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.join import Digits, JoinUnit, Operation
from fpgaflow.units.schedule import Steps
from tests.dags import inception, residual
from tests.joins import joins

U8 = FixedFormat(8)


def frames(*rows: list[int]) -> IntArray:
    return np.array(rows, dtype=np.int64)


def steps(unit: ForkUnit | JoinUnit | ConcatUnit) -> Steps:
    schedule = unit.schedule()
    assert isinstance(schedule, Steps)
    return schedule


@given(st.integers(-(2**40), 2**40))
def test_digits(multiplier: int) -> None:
    digits = Digits.of(multiplier)
    assert digits.plus - digits.minus == multiplier
    assert digits.plus & digits.minus == 0
    together = digits.plus | digits.minus
    assert together & (together >> 1) == 0, "no two neighbours"


def test_sum_and_product() -> None:
    left, right = frames([1, 2], [3, 255]), frames([10, 0], [7, 255])
    total = JoinUnit(Operation.ADD, (3, -2), 5, 2, 1, (U8, U8), FixedFormat(12, 0, True))
    assert total.evaluate(left, right).tolist() == [[-12, 11], [0, 260]]
    product = JoinUnit(Operation.MULTIPLY, (1, 1), 0, 2, 1, (U8, U8), FixedFormat(16))
    assert product.evaluate(left, right).tolist() == [[10, 0], [21, 65025]]


@pytest.mark.parametrize("name", joins())
def test_joins_fit_their_format(name: str) -> None:
    unit = joins()[name]
    corners = np.meshgrid(*([format.min, format.max] for format in unit.input_formats))
    results = unit.evaluate(*(corner.ravel()[None] for corner in corners))
    assert unit.output_format.min <= results.min() and results.max() <= unit.output_format.max
    assert steps(unit).takes.all() and steps(unit).gives.all()
    assert steps(unit).takes.shape == (len(unit.input_formats), unit.cycles)


def test_registers_around_multipliers() -> None:
    found = {name: (unit.scaling_registers, unit.latency) for name, unit in joins().items()}
    assert found["shifted"] == (0, 1)
    assert found["digits"] == (1, 3)
    assert found["dsp"] == (2, 3)
    assert found["five"] == (1, 4)
    assert found["product_of_three"] == (0, 4)


def test_concat() -> None:
    unit = ConcatUnit((2, 4), 2, 2, (U8, U8), U8)
    left, right = frames([1, 2, 3, 4]), frames([10, 11, 12, 13, 20, 21, 22, 23])
    assert unit.evaluate(left, right).tolist() == [[1, 2, 10, 11, 12, 13, 3, 4, 20, 21, 22, 23]]
    assert unit.cycles == 6
    assert steps(unit).takes.astype(int).tolist() == [[1, 0, 0, 1, 0, 0], [0, 1, 1, 0, 1, 1]]
    assert steps(unit).gives.all()


def test_more_is_dearer() -> None:
    def amounts(*units: ForkUnit | ConcatUnit | JoinUnit) -> list[float]:
        return [unit.cost().lut + unit.cost().ff + 100 * unit.cost().dsp for unit in units]

    def join(multipliers: tuple[int, ...], lanes: int = 2, constant: int = 0) -> JoinUnit:
        formats = (U8,) * len(multipliers)
        return JoinUnit(Operation.ADD, multipliers, constant, lanes, lanes, formats, FixedFormat(36, 0, True))

    for found in (
        amounts(*(ForkUnit(copies, 8, 2, U8) for copies in (2, 3, 5))),
        amounts(*(ForkUnit(2, 8, lanes, U8) for lanes in (1, 2, 4))),
        amounts(*(ConcatUnit((2,) * inputs, 3, 2, (U8,) * inputs, U8) for inputs in (2, 3, 4))),
        amounts(*(join(multipliers) for multipliers in ((1, 1), (1, 3), (1, 13), (1, 1_234_567)))),
        amounts(*(join((1,) * inputs) for inputs in (2, 3, 4, 6))),
        amounts(join((1, 1)), join((1, 1), constant=5), join((1, 1), lanes=4)),
    ):
        assert found == sorted(set(found))


@pytest.mark.parametrize(("sources", "output"), [("b b", "y"), ("b z", "y"), ("b sums", "a"), ("b sums", "z")])
def test_streams_have_one_maker_and_one_reader(sources: str, output: str) -> None:
    fork, dense, *_ = residual().stages
    join = replace(residual().stages[3], inputs=tuple(Stream(name, 16, 2, U8) for name in sources.split()))
    end = replace(join.outputs[0], name=output)
    with pytest.raises(AssertionError, match="is not there"):
        Accelerator("wrong", (fork, dense, join), residual().input, end)


def test_streams_of_a_graph() -> None:
    accelerator: Accelerator = inception()
    found = accelerator.evaluate_streams(np.arange(16, dtype=np.int64).reshape(2, 8))
    assert list(found) == [stream.name for stream in accelerator.streams]
    assert all(found[stream.name].shape == (2, stream.elements) for stream in accelerator.streams)
    assert np.array_equal(found["a"], found["x"])
    assert np.array_equal(found["gated"], found["looked"] * found["x"])
