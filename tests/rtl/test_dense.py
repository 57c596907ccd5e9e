"""ff_dense, bit for bit and cycle for cycle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fpgaflow.fixed import IntArray
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage
from tests.khot import khot_units
from tests.rtl.bench import Bench, Case, Trace, random_frames
from tests.rtl.units import BIPOLAR, dense, signed, unsigned

FRAMES = 12
DSP, BRAM = Multiplier.DSP, WeightStorage.BRAM
TERNARY = np.random.default_rng(5).integers(-1, 2, (6, 10))
WIDE_TERNARY = np.random.default_rng(5).integers(-1, 2, (28, 10))
EXTREMES = np.random.default_rng(6).choice([-1, 0, 1], (6, 18, 1)) * (1 << np.arange(8))
EXTREMES -= EXTREMES > 0

CASES = [
    # LUT products: tables (inputs up to 4 bits), multiples (wider ones), gates (one bit)
    dense("lut_u4_s4", (6, 12), (2, 3), unsigned(4), signed(4)),
    dense("lut_s4_s4", (6, 12), (3, 12), signed(4), signed(4), vectors=3),
    dense("lut_u2_s4_unrolled", (5, 7), (5, 7), unsigned(2), signed(4)),
    dense("lut_u3_s8", (4, 6), (2, 2), unsigned(3), signed(8)),
    dense("lut_s3_u3", (4, 6), (1, 6), signed(3), unsigned(3)),
    dense("lut_u1_s5", (4, 9), (4, 3), unsigned(1), signed(5)),
    dense("lut_s1_s5", (4, 9), (2, 9), signed(1), signed(5)),
    dense("lut_u1_s1", (4, 8), (4, 4), unsigned(1), signed(1)),
    dense("lut_s8_s8", (3, 5), (1, 5), signed(8), signed(8)),
    dense("lut_u8_s3", (4, 10), (2, 5), unsigned(8), signed(3)),
    dense("lut_s5_u7", (4, 8), (4, 4), signed(5), unsigned(7)),
    dense("lut_u6_u6_unrolled", (3, 4), (3, 4), unsigned(6), unsigned(6)),
    dense("lut_s9_s15", (2, 6), (1, 3), signed(9), signed(15)),
    dense("lut_ternary", (6, 10), (3, 5), signed(8), signed(2), weights=TERNARY),
    dense("lut_single", (1, 1), (1, 1), signed(6), signed(6)),
    dense("lut_no_weight", (3, 4), (3, 2), signed(6), signed(6), weights=np.zeros((3, 4), dtype=np.int64)),
    # DSP products
    dense("dsp_s8_s8", (8, 16), (2, 4), signed(8), signed(8), multiplier=DSP, vectors=2),
    dense("dsp_u8_s8_bram", (8, 16), (4, 2), unsigned(8), signed(8), multiplier=DSP, storage=BRAM),
    dense("dsp_unrolled", (3, 5), (3, 5), unsigned(8), signed(8), multiplier=DSP),
    dense("dsp_scalar", (4, 6), (1, 1), signed(12), signed(16), multiplier=DSP, storage=BRAM),
    dense("dsp_one_input", (6, 1), (2, 1), signed(12), unsigned(4), multiplier=DSP),
    # several products a DSP: with and without overlap, with a last DSP for fewer rows, extremes among the weights
    dense("pack_u4_s4", (16, 18), (8, 6), unsigned(4), signed(4), multiplier=DSP, vectors=2),
    dense("pack_s4_s4_rest", (12, 9), (6, 9), signed(4), signed(4), multiplier=DSP),
    dense("pack_u8_s8_extremes", (6, 18), (3, 9), unsigned(8), signed(8), multiplier=DSP, weights=EXTREMES[:, :, 7]),
    dense("pack_s8_s8_extremes", (6, 18), (6, 9), signed(8), signed(8), multiplier=DSP, weights=EXTREMES[:, :, 7]),
    dense("pack_s4_extremes", (6, 18), (6, 3), signed(4), signed(4), multiplier=DSP, weights=EXTREMES[:, :, 3]),
    dense("pack_u4_u4", (10, 6), (5, 3), unsigned(4), unsigned(4), multiplier=DSP, storage=BRAM),
    dense("pack_s4_u4", (10, 6), (5, 6), signed(4), unsigned(4), multiplier=DSP),
    dense("pack_s3_u3", (12, 8), (12, 2), signed(3), unsigned(3), multiplier=DSP),
    dense("pack_u2_s2", (22, 10), (11, 5), unsigned(2), signed(2), multiplier=DSP),
    dense("pack_u2_ternary", (28, 10), (14, 10), unsigned(2), signed(2), multiplier=DSP, weights=WIDE_TERNARY),
    dense("pack_u1_s1", (26, 5), (26, 1), unsigned(1), signed(1), multiplier=DSP),
    dense("pack_s1_s5", (9, 6), (9, 2), signed(1), signed(5), multiplier=DSP),
    dense("pack_u1_s8", (6, 6), (3, 2), unsigned(1), signed(8), multiplier=DSP),
    dense("pack_s7_s3_unrolled", (7, 11), (7, 11), signed(7), signed(3), multiplier=DSP),
    dense("pack_u8_s2", (8, 6), (4, 1), unsigned(8), signed(2), multiplier=DSP, vectors=2),
    dense("pack_no_weight", (4, 6), (2, 3), unsigned(8), signed(8), weights=np.zeros((4, 6), int), multiplier=DSP),
    dense("pack_beside_wide_input", (4, 6), (2, 3), signed(20), signed(5), multiplier=DSP),
    # groups
    dense("groups", (6, 4), (1, 2), unsigned(4), signed(4), groups=3, vectors=2),
    dense("groups_one_cycle_each", (6, 4), (2, 4), signed(3), signed(4), groups=3, vectors=2),
    dense("groups_pack_bram", (16, 6), (4, 3), unsigned(4), signed(4), groups=2, multiplier=DSP, storage=BRAM),
    dense("groups_xnor", (8, 9), (2, 3), BIPOLAR, BIPOLAR, groups=2),
    # one bipolar operand
    dense("bipolar_weights", (6, 12), (3, 4), unsigned(2), BIPOLAR, vectors=2),
    dense("bipolar_weights_s8", (4, 9), (2, 3), signed(8), BIPOLAR, storage=BRAM),
    dense("bipolar_weights_unrolled", (4, 9), (4, 9), signed(4), BIPOLAR),
    dense("bipolar_inputs", (6, 12), (2, 6), BIPOLAR, signed(4)),
    dense("bipolar_inputs_u3", (4, 5), (4, 5), BIPOLAR, unsigned(3)),
    # both: popcounts
    dense("xnor_folded", (8, 24), (4, 8), BIPOLAR, BIPOLAR, vectors=2),
    dense("xnor_bram", (8, 32), (2, 16), BIPOLAR, BIPOLAR, storage=BRAM),
    dense("xnor_unrolled", (5, 37), (5, 37), BIPOLAR, BIPOLAR),
    dense("xnor_one_beat", (6, 11), (2, 11), BIPOLAR, BIPOLAR),
    dense("xnor_single", (1, 1), (1, 1), BIPOLAR, BIPOLAR),
    dense("xnor_serial", (3, 5), (1, 1), BIPOLAR, BIPOLAR),
    # many folds
    dense("folds_by_beats", (7, 9), (1, 1), unsigned(3), signed(3)),
    dense("folds_one_beat", (9, 4), (1, 4), unsigned(3), signed(3), storage=BRAM, vectors=2),
    dense("folds_one_fold", (4, 18), (4, 2), unsigned(3), signed(3), storage=BRAM, vectors=2),
]
for number, unit in enumerate(khot_units(4)):
    elements = (unit.vectors * unit.groups * unit.inputs, unit.vectors * unit.outputs)
    name = f"khot{number}_{len(unit.recoding.digits)}"
    CASES.append(Case(name, unit, elements[0], unit.input_format, elements[1], unit.accumulator))
CASES += [replace(case, name=f"{case.name}_no_skid", skid=False) for case in CASES[::5]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    # little to simulate: it takes longer to optimise than to run
    return Bench(CASES, tmp_path_factory.mktemp("dense"), compile_flags=["-O0"])


@pytest.fixture(scope="module")
def inputs() -> list[IntArray]:
    return [random_frames(case, FRAMES) for case in CASES]


def check_all(traces: list[Trace], inputs: list[IntArray]) -> None:
    wrong = [
        case.name
        for case, trace, frames in zip(CASES, traces, inputs, strict=True)
        if not np.array_equal(trace.frames, case.unit.evaluate(frames))
    ]
    assert wrong == []


def test_full_speed_values_throughput_and_latency(bench: Bench, inputs: list[IntArray]) -> None:
    traces = bench.run(inputs)
    check_all(traces, inputs)
    for case, trace in zip(CASES, traces, strict=True):
        unit = case.unit
        assert isinstance(unit, DenseUnit)
        vectors = unit.vectors * unit.groups
        taken = trace.taken.reshape(FRAMES, vectors, unit.synapse_folds)
        seen = trace.seen.reshape(FRAMES, vectors, unit.neuron_folds)
        # no bubble: a vector's first beat follows the last fold of the vector before
        starts = taken[:, :, 0].ravel()
        assert np.array_equal(np.diff(starts), np.full(len(starts) - 1, unit.cycles // vectors)), case.name
        assert np.array_equal(np.diff(taken[:, 0, 0]), np.full(FRAMES - 1, unit.cycles)), case.name
        # a fold's output follows its last beat
        lasts = taken[:, :, -1:] + np.arange(unit.neuron_folds) * unit.synapse_folds
        assert np.array_equal(seen - lasts, np.full(seen.shape, unit.latency)), case.name


@pytest.mark.parametrize(("valid_rate", "ready_rate"), [(256, 100), (100, 256), (140, 140), (30, 200)])
def test_random_pauses(bench: Bench, inputs: list[IntArray], valid_rate: int, ready_rate: int) -> None:
    check_all(bench.run(inputs, valid_rate=valid_rate, ready_rate=ready_rate, seed=valid_rate), inputs)


@pytest.mark.parametrize("cycle", [3, 7, 20, 41])
def test_reset_in_the_middle_of_a_frame(bench: Bench, inputs: list[IntArray], cycle: int) -> None:
    check_all(bench.run(inputs, valid_rate=200, ready_rate=200, reset_cycle=cycle, seed=cycle), inputs)


def test_constants_have_no_memory(bench: Bench) -> None:
    unrolled: Callable[[Case], bool] = lambda case: case.unit.cycles == 1  # noqa: E731
    files = {path.parent.name for path in (bench.folder / "weights").glob("*/*.mem")}
    assert files.isdisjoint(case.name for case in CASES if unrolled(case))
