"""Units with several inputs or outputs, with random parameters and in odd shapes."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format
from fpgaflow.units.concat import ConcatUnit
from fpgaflow.units.fork import ForkUnit
from fpgaflow.units.join import JoinUnit
from tests.hls_lib.bench import Case
from tests.joins import joins

FRAMES = 3
BIPOLAR, U3, S5, S9 = BipolarFormat(), FixedFormat(3), FixedFormat(5, 0, True), FixedFormat(9, 0, True)


def case(name: str, unit: JoinUnit | ConcatUnit, elements: list[int], output: Format, seed: int) -> Case:
    """Random frames for every input, its extremes among them."""
    rng = np.random.default_rng(seed)
    inputs = []
    for format, count in zip(unit.input_formats, elements, strict=True):
        frames = format.decode(rng.integers(0, 1 << format.width, (FRAMES, count)))
        frames[0] = rng.choice(np.array([format.min, format.max]), count)
        inputs.append((format, frames))
    (first, frames), *more = inputs
    return Case(name, unit, first, output, frames, tuple(more))


def fork_cases() -> list[Case]:
    rng = np.random.default_rng(1)
    found = []
    shapes: list[tuple[int, int, int, Format]] = [(2, 6, 2, S5), (3, 4, 4, U3), (4, 5, 1, BIPOLAR)]
    for number, (copies, elements, lanes, format) in enumerate(shapes):
        unit = ForkUnit(copies, elements, lanes, format)
        frames = format.decode(rng.integers(0, 1 << format.width, (FRAMES, elements)))
        found.append(Case(f"fork{number}", unit, format, format, frames, copies=copies))
    return found


def join_cases() -> list[Case]:
    return [
        case(f"join_{name}", unit, [unit.elements] * len(unit.input_formats), unit.output_format, seed)
        for seed, (name, unit) in enumerate(joins().items())
    ]


def concat_cases() -> list[Case]:
    units = [
        ConcatUnit((4, 2), 3, 2, (S5, U3), S5),
        ConcatUnit((1, 1, 1), 1, 1, (BIPOLAR, U3, S9), S9),
        ConcatUnit((3, 6), 2, 3, (BIPOLAR, BIPOLAR), BIPOLAR),
        ConcatUnit((2, 8, 4), 2, 2, (U3, U3, U3), U3),
    ]
    return [
        case(f"concat{number}", unit, [unit.pixels * channels for channels in unit.channels], unit.format, number)
        for number, unit in enumerate(units)
    ]
