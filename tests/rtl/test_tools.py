"""Verilator, Yosys and Icarus read the library and emitted stages without a warning, and Yosys as Verilator does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.resources import data_path
from fpgaflow.toolchain.verilator import verilator_root
from fpgaflow.toolchain.yosys import SynthesisJob, synthesize
from fpgaflow.units.base import Resources, Stream
from fpgaflow.units.dense import Multiplier, WeightStorage
from tests.backends.test_rtl import ACCELERATORS, Packets
from tests.rtl import (
    test_adder_graph,
    test_copies,
    test_dense,
    test_depthwise,
    test_joins,
    test_parallel_window,
    test_pool,
    test_reorder,
    test_requantize,
    test_streams,
    test_window,
)
from tests.rtl.bench import Bench, Case, Device, MultiCase, random_frames, stream_frames, write_bench
from tests.rtl.units import BIPOLAR, dense, signed, unsigned

LIBRARY = sorted(path.stem for path in data_path("rtl_lib").glob("*.sv"))
CASES = [*test_dense.CASES, *test_requantize.CASES, *test_adder_graph.CASES, *test_streams.ADAPTERS]
CASES += [
    *test_window.NAMED_CASES,
    *test_parallel_window.NAMED_CASES,
    *test_parallel_window.WIDE_CASES,
    *test_copies.CASES,
    *test_depthwise.CASES,
    *test_pool.CASES,
    *test_reorder.NAMED_CASES,
]
NAMED = {case.name: case for case in CASES}
# one of each kind and of each form of product
FEW = [
    "lut_s4_s4",
    "lut_s8_s8",
    "lut_u2_s4_unrolled",
    "dsp_u8_s8_bram",
    "pack_u4_s4",
    "groups_pack_bram",
    "bipolar_weights_s8",
    "bipolar_inputs",
    "xnor_folded",
    "xnor_unrolled",
    "copies_two",
    "shift_half_even",
    "multiply_mixed_signs_dsp",
    "multiply_mixed_signs_shift",
    "compare_15",
    "search_11",
    "table_channels",
    "u4",
    "adapter_12_2_12",
    "adapter_12_12_2",
    "window_same",
    "window_subsampled_padded",
    "window_block_ram_not_a_power",
    "parallel_same",
    "parallel_subsampled_padded",
    "parallel_block_ram",
    "parallel_several_two_same_interleaved",
    "reorder_border_2",
    "reorder_backwards_3",
    "reorder_border_wired",
    "depthwise_u8_s3",
    "depthwise_dsp_u8_s8_outputs",
    "depthwise_xnor",
    "pool_max_s8",
    "pool_sum_bipolar",
    "global_pool_max_one_group",
    "global_pool_sum_u4",
]
YOSYS = """
import os, sys
from pyosys import libyosys
for top in sys.argv[2:]:
    os.chdir(os.path.join(sys.argv[1], top))  # memories are read from there
    design = libyosys.Design()
    for source in set(open("files.f").read().split()) - {"bench.sv"}:
        design.run_pass(f"read_verilog -sv {source}")
    for command in ("hierarchy -check -top " + top, "proc", "flatten", "opt -fast", "memory -nomap", "opt_clean"):
        design.run_pass(command)
    design.run_pass(f"write_verilog -noattr ../{top}.sv")
"""


def verilator_lint(arguments: list[str], folder: Path) -> str:
    """What Verilator has to say."""
    root = verilator_root()
    command = [str(root / "bin" / "verilator_bin"), "--lint-only", "-Wall", "--no-timing", *arguments]
    environment = {**os.environ, "VERILATOR_ROOT": str(root)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


def icarus_lint(arguments: list[str], folder: Path) -> str:
    command = ["iverilog", "-g2012", "-Wall", "-t", "null", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def emitted(devices: Sequence[Device | MultiCase], folder: Path) -> Path:
    """A folder with the devices, a bench around them, and their library."""
    folder.mkdir()
    write_bench(devices, folder)
    return folder


WHOLE = [Packets(accelerator) for accelerator in ACCELERATORS]
DEVICES: list[Device | MultiCase] = [*CASES, *test_joins.CASES, *WHOLE]


def test_verilator_has_no_warnings(tmp_path: Path) -> None:
    """Every module of the library by itself, and whole accelerators; a ``Bench`` of stages fails if there is one."""
    library = data_path("rtl_lib")
    said = [verilator_lint(["-y", ".", "--top-module", name, f"{name}.sv"], library) for name in LIBRARY]
    said.append(verilator_lint(["-f", "files.f", "--top-module", "bench"], emitted(WHOLE, tmp_path / "whole")))
    assert "".join(said) == ""


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
def test_icarus_has_no_warnings(tmp_path: Path) -> None:
    library = data_path("rtl_lib")
    said = [icarus_lint(["-y", ".", "-Y", ".sv", "-s", name, f"{name}.sv"], library) for name in LIBRARY]
    said.append(icarus_lint(["-c", "files.f", "-s", "bench"], emitted(DEVICES, tmp_path / "devices")))
    assert "".join(said) == ""


def test_every_library_module_is_used(tmp_path: Path) -> None:
    folder = emitted(DEVICES, tmp_path / "devices")
    assert {path.stem for path in (folder / "lib").glob("*.sv")} == set(LIBRARY)


@dataclass(frozen=True)
class Netlist:
    """A case as Yosys understands it, from ``file``."""

    case: Case
    file: Path

    @property
    def name(self) -> str:
        return self.case.name

    @property
    def input(self) -> Stream:
        return self.case.input

    @property
    def output(self) -> Stream:
        return self.case.output

    def emit(self, folder: Path) -> list[Path]:
        return [self.file]


@dataclass(frozen=True)
class MultiNetlist(MultiCase):
    """The same of a case with several inputs or outputs."""

    file: Path

    def emit(self, folder: Path) -> list[Path]:
        return [self.file]


def netlists(cases: Sequence[Case | MultiCase], folder: Path) -> list[Path]:
    """Yosys's netlists of cases, each below ``folder``."""
    for case in cases:
        emitted([case], folder / case.name)
    names = [case.name for case in cases]
    subprocess.run([sys.executable, "-c", YOSYS, folder, *names], capture_output=True, check=True)
    return [folder / f"{name}.sv" for name in names]


@pytest.mark.slow
def test_yosys_understands_the_same(tmp_path: Path) -> None:
    """Its netlists, simulated, give the units' values."""
    cases = [NAMED[name] for name in FEW]
    files = netlists(cases, tmp_path)
    devices = [Netlist(case, file) for case, file in zip(cases, files, strict=True)]
    bench = Bench(devices, tmp_path, lint=False)
    inputs = [random_frames(case, 12) for case in cases]
    for case, frames, trace in zip(cases, inputs, bench.run(inputs, valid_rate=160, ready_rate=160), strict=True):
        assert np.array_equal(trace.frames, case.unit.evaluate(frames)), case.name


@pytest.mark.slow
def test_yosys_understands_joins(tmp_path: Path) -> None:
    chosen = ("fork_3_4", "concat_uneven", "join_five", "join_dsp", "join_product_of_three")
    cases = [case for case in test_joins.CASES if case.name in chosen]
    devices = [
        MultiNetlist(case.name, case.unit, case.inputs, case.outputs, file)
        for case, file in zip(cases, netlists(cases, tmp_path), strict=True)
    ]
    bench = Bench([], tmp_path, more=devices, lint=False)
    inputs = {case.name: [stream_frames(stream, 12) for stream in case.inputs] for case in cases}
    found = test_joins.run(bench, cases, inputs, valid_rate=160, ready_rate=160)
    for case in cases:
        expected = case.unit.evaluate(*inputs[case.name])
        for trace in found[case.name][: len(case.outputs)]:
            assert np.array_equal(trace.frames, expected), case.name


def synthesized(groups: dict[str, list[Case]], folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Resources]:
    """Resources of several cases side by side, for each group."""
    monkeypatch.setenv("FPGAFLOW_CACHE", str(folder / "cache"))
    jobs = []
    for name, cases in groups.items():
        source = emitted(cases, folder / name)
        files = [source / file for file in (source / "files.f").read_text().split()]
        jobs.append(SynthesisJob(name, "bench", files, source))
    counts = {name: result.counts for name, result in synthesize(jobs).items()}
    return {name: count.resources for name, count in counts.items() if count is not None}


@pytest.mark.slow
def test_yosys_puts_products_and_memories_where_the_unit_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shape, fold = (64, 8), (2, 2)
    dsp, bram = Multiplier.DSP, WeightStorage.BRAM
    resources = synthesized(
        {
            "luts": [
                dense("lut", shape, fold, signed(8), signed(8)),
                dense("xnor_lut", (8, 24), (2, 12), BIPOLAR, BIPOLAR, multiplier=dsp),
                dense("ternary", shape, fold, unsigned(4), signed(2)),
                *(NAMED[name] for name in ("shift_half_even", "compare_7", "search_7", "table_channels")),
                *(NAMED[name] for name in ("multiply_folded_lut", "multiply_folded_shift", "u4", "adapter_12_2_12")),
            ],
            "blocks": [dense("dsp_bram", shape, fold, signed(8), signed(8), multiplier=dsp, storage=bram)],
            "multiply": [NAMED["multiply_folded_dsp"]],
        },
        tmp_path,
        monkeypatch,
    )
    assert {name: found.dsp for name, found in resources.items()} == {"luts": 0, "blocks": 2, "multiply": 2}
    assert {name: found.bram for name, found in resources.items()} == {"luts": 0, "blocks": 0.5, "multiply": 0}


def test_bench_notices_a_wrong_value(tmp_path: Path) -> None:
    """The comparison of all these tests is no tautology: with other weights in the file the values differ."""
    case = NAMED["lut_s4_s4"]
    bench = Bench([case], tmp_path)
    frames = random_frames(case, 8)
    file = tmp_path / "weights" / case.name / "weights.mem"
    words = file.read_text().split()
    file.write_text("\n".join([f"{int(words[0], 16) ^ 1:x}", *words[1:]]) + "\n")
    (trace,) = bench.run([frames])
    assert not np.array_equal(trace.frames, case.unit.evaluate(frames))
