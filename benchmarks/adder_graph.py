"""Adder graphs of constant matrices: adders, their bits, depth and time to find them, beside da4ml on the same matrices.

Run `python -m benchmarks.adder_graph [FILE ...] [--synth]`. A file is an ONNX network with its input format (`FILE=FORMAT`
where the file has none), all of whose dense layers are measured, or a .npy matrix W of y = x @ W with signed bytes in x;
without files random matrices are measured. `--synth` adds LUTs and flip-flops by Yosys of the first matrix's SystemVerilog,
with a register behind every second adder level. Both programs' graphs are counted by the same rules: bits are those of all
sums, LUTs one a bit less those that are copied from an operand, a negation of an output counts as an adder.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from fpgaflow.backends.rtl import add_library, emit_stage, stage_sources
from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray, format_for_range, parse_input_format
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.mapping.adder_graph import build_adder_graph, estimate_adders
from fpgaflow.mapping.adder_graph.graph import GraphBuilder
from fpgaflow.ops.dense import Dense
from fpgaflow.passes.lower import lower
from fpgaflow.toolchain.yosys import SynthesisJob, synthesize
from fpgaflow.units.adder_graph import AdderGraphUnit, AdderNode, AdderOutput
from fpgaflow.units.base import Stage, Stream

RANDOM = ((16, 16, 8), (64, 16, 6), (32, 64, 6), (32, 32, 4), (64, 64, 8))  # outputs, inputs, bits
PEER = "da4ml"
PEER_OPTIONS: dict[str, dict[str, int]] = {PEER: {}, f"{PEER} shallow": {"hard_dc": 1}}
LEVELS_PER_REGISTER = 2
Graph = tuple[tuple[AdderNode, ...], tuple[AdderOutput, ...]]


@dataclass(frozen=True, eq=False)
class Problem:
    """(outputs, inputs) weights and the format of all inputs."""

    name: str
    weights: IntArray
    format: Format


def main() -> None:
    parser = argparse.ArgumentParser(description="Adder graphs of constant matrices, beside da4ml.")
    parser.add_argument("files", nargs="*", metavar="FILE[=FORMAT]", help="for example jets.onnx=s16.10 or W.npy")
    parser.add_argument("--synth", action="store_true", help="LUTs and flip-flops of the first matrix by Yosys")
    given = parser.parse_args()
    problems = [problem for text in given.files for problem in read(text)] if given.files else made()
    peers = PEER_OPTIONS if find_spec(PEER) else {}
    if not peers:
        print(f"{PEER} is not installed, only fpgaflow is measured")
    columns = ("adders", "bits", "LUTs", "depth", "seconds")
    print(f"{'matrix':28}{'program':16}" + "".join(f"{column:>10}" for column in columns))
    for problem in problems:
        bound = estimate_adders(problem.weights, problem.format.width)
        print(f"{problem.name:28}{'estimate':16}{bound.adders:10}{'':10}{bound.luts:10}{bound.depth:10}")
        start = time.perf_counter()
        graph = build_adder_graph(problem.weights, problem.format.min, problem.format.max)
        show("fpgaflow", problem, graph, time.perf_counter() - start)
        for program, options in peers.items():
            start = time.perf_counter()
            solution = solve(problem, options)
            seconds = time.perf_counter() - start
            show(program, problem, translate(solution, problem), seconds)
    if given.synth:
        show_synthesis(problems[0], bool(peers))


def made() -> list[Problem]:
    """Random matrices of full and of half density, for signed inputs of as many bits."""
    rng = np.random.default_rng(0)
    problems = []
    for outputs, inputs, bits in RANDOM:
        weights = rng.integers(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1), (outputs, inputs))
        problems.append(Problem(f"{outputs}x{inputs} {bits} bits", weights, FixedFormat(bits, 0, True)))
    sparse = np.where(rng.random((64, 64)) < 0.5, rng.integers(-1, 2, (64, 64)), 0)
    return [*problems, Problem("64x64 sparse ternary", sparse, FixedFormat(2))]


def read(text: str) -> list[Problem]:
    """The matrices in a file."""
    path, _, input_format = text.partition("=")
    name = Path(path).stem
    if path.endswith(".npy"):
        return [Problem(name, np.load(path).T.astype(np.int64), FixedFormat(8, 0, True))]
    graph = read_model(Path(path))
    (source,) = graph.inputs
    body = lower(graph, {source: parse_input_format(input_format)} if input_format else {}).body
    problems = []
    for node in body.nodes:
        if isinstance(node.op, Dense):
            weights, format = body.constants[node.inputs[1]].values, body.type_of(node.inputs[0]).format
            assert format is not None
            outputs, inputs = weights.shape
            problems.append(Problem(f"{name} {outputs}x{inputs}, {format}", weights, format))
    return problems


def solve(problem: Problem, options: dict[str, int]) -> Any:
    """The peer's graph, in its own form."""
    bounds = [(float(problem.format.min), float(problem.format.max), 1.0)] * problem.weights.shape[1]
    return import_module(f"{PEER}.cmvm").solve(
        np.ascontiguousarray(problem.weights.T, dtype=np.float32), qintervals=bounds, **options
    )


def translate(solution: Any, problem: Problem) -> Graph:
    """The peer's graph as adder nodes: its numbers carry any power of two, here it is kept beside the value."""
    inputs = problem.weights.shape[1]
    graph = GraphBuilder(np.full(inputs, problem.format.min), np.full(inputs, problem.format.max))
    numbers = [(index, 0, False) for index in range(inputs)]  # value, shift, negated
    for part in solution.solutions:
        made: list[tuple[int, int, bool]] = []
        for op in part.ops:
            value, shift, negated = numbers[op.id0] if op.opcode == -1 else made[op.id0]
            if op.opcode == -1:
                made.append((value, shift + part.inp_shifts[op.id0], negated))
                continue
            other, other_shift, other_negated = made[op.id1]
            terms = [(value, shift, negated), (other, other_shift + op.data, other_negated != bool(op.opcode))]
            (left, left_shift, sign), (right, right_shift, right_sign) = sorted(terms, key=lambda term: term[2])
            common = min(left_shift, right_shift)
            total = graph.add(left, left_shift - common, right, right_shift - common, sign != right_sign)
            made.append((total, common, sign))
        numbers = [
            (-1, 0, False) if index < 0 else (made[index][0], made[index][1] + int(shift), made[index][2] != bool(sign))
            for index, shift, sign in zip(part.out_idxs, part.out_shifts, part.out_negs, strict=True)
        ]
    for row, (value, shift, negated) in zip(problem.weights, numbers, strict=True):
        found = np.zeros(inputs) if value < 0 else graph.coefficients[value] * 2.0**shift * (-1 if negated else 1)
        assert np.array_equal(found, row), "the peer's graph is not the matrix"
    return tuple(graph.nodes), tuple(AdderOutput(*number) for number in numbers)


def show(program: str, problem: Problem, graph: Graph, seconds: float) -> None:
    nodes, outputs = graph
    bits, luts = sum(node.width for node in nodes), sum(node.luts for node in nodes)
    inputs = problem.weights.shape[1]
    levels = [0] * inputs + [node.level for node in nodes]
    widths = [problem.format.width] * inputs + [node.width for node in nodes]
    negated = [widths[output.value] for output in outputs if output.negate]
    depth = max((levels[output.value] + output.negate for output in outputs if output.value >= 0), default=0)
    cells = (len(nodes) + len(negated), bits + sum(negated), luts + sum(negated), depth)
    print(f"{'':28}{program:16}" + "".join(f"{cell:10}" for cell in cells) + f"{seconds:10.2f}", flush=True)


def show_synthesis(problem: Problem, peer: bool) -> None:
    """LUTs and flip-flops; fpgaflow's stage has its ready and valid handshake and a two-entry output besides."""
    print(f"\n{problem.name}, a register behind every {LEVELS_PER_REGISTER} levels, by Yosys")
    with tempfile.TemporaryDirectory() as scratch:
        unit = stage_unit(problem)
        folder = Path(scratch) / "fpgaflow"
        folder.mkdir()
        formats = (problem.format, unit.accumulator)
        source, target = (
            Stream(name, lanes, lanes, format)
            for name, lanes, format in zip(("x", "y"), (unit.inputs, unit.outputs), formats, strict=True)
        )
        stage = Stage("matrix", "matrix", unit, (source,), (target,))
        add_library(emit_stage(stage, folder), folder)
        jobs = [SynthesisJob("fpgaflow", stage.name, stage_sources(folder, stage), folder)]
        if peer:
            jobs.append(peer_job(problem, Path(scratch) / PEER))
        estimated = unit.cost()
        print(f"{'':28}{'estimate':16}{estimated.lut:10.0f} LUT{estimated.ff:10.0f} FF{unit.pipeline:6} registers")
        for name, result in synthesize(jobs).items():
            if result.counts is None:
                print(f"{'':28}{name:16} stopped after {result.seconds:.0f} s")
                continue
            used = result.counts.resources
            print(f"{'':28}{name:16}{used.lut:10.0f} LUT{used.ff:10.0f} FF{result.seconds:10.1f} s")


def stage_unit(problem: Problem) -> AdderGraphUnit:
    weights, low, high = problem.weights, problem.format.min, problem.format.max
    nodes, outputs = build_adder_graph(weights, low, high)
    least = int(np.minimum(weights * low, weights * high).sum(axis=1).min())
    most = int(np.maximum(weights * low, weights * high).sum(axis=1).max())
    accumulator = format_for_range(least, most)
    return AdderGraphUnit(weights, 1, problem.format, accumulator, nodes, outputs, LEVELS_PER_REGISTER)


def peer_job(problem: Problem, folder: Path) -> SynthesisJob:
    """The peer's Verilog, written by its own documented way from an array expression."""
    codegen, trace = import_module(f"{PEER}.codegen"), import_module(f"{PEER}.trace")
    assert not isinstance(problem.format, BipolarFormat)
    signed = problem.format.signed
    values = trace.FixedVariableArrayInput((problem.weights.shape[1],)).quantize(
        signed, problem.format.width - signed, 0
    )
    logic = trace.comb_trace(values, values @ problem.weights.T.astype(np.float64))
    codegen.RTLModel(logic, PEER, folder, latency_cutoff=LEVELS_PER_REGISTER).write()
    library = [folder / "src" / "static" / name for name in ("shift_adder.v", "negative.v")]
    modules = [module for module in sorted(folder.glob(f"src/{PEER}*.v")) if "wrapper" not in module.name]
    return SynthesisJob(PEER, PEER, [*library, *modules], folder)


if __name__ == "__main__":
    main()
