"""Adder graphs: equal to the matrix product, with exact bounds, on every matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.backends.rtl_adder_graph import netlist
from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.mapping.adder_graph import build_adder_graph, estimate_adders
from fpgaflow.mapping.adder_graph.differences import decompose, level_limits
from fpgaflow.mapping.adder_graph.digits import count_digits, minimal_forms, recurring_digits, signed_digits
from fpgaflow.mapping.adder_graph.rows import distinct_rows
from fpgaflow.mapping.adder_graph.schedule import schedule
from fpgaflow.units.adder_graph import AdderGraphUnit, AdderNode, AdderOutput

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"


def values_of(nodes: Sequence[AdderNode], inputs: IntArray) -> list[IntArray]:
    """Every value of the graph for (vectors, inputs)."""
    values = list(inputs.T)
    for node in nodes:
        left, right = values[node.left] << node.left_shift, values[node.right] << node.right_shift
        values.append(left - right if node.subtract else left + right)
    return values


def outputs_of(outputs: Sequence[AdderOutput], values: Sequence[IntArray], vectors: int) -> IntArray:
    """(vectors, outputs)."""
    columns = [
        np.zeros(vectors, dtype=np.int64)
        if output.value < 0
        else (-1 if output.negate else 1) * (values[output.value] << output.shift)
        for output in outputs
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((vectors, 0), dtype=np.int64)


def coefficients(nodes: Sequence[AdderNode], inputs: int) -> IntArray:
    """(values, inputs): each value as a weighted sum of the inputs."""
    return np.stack(values_of(nodes, np.eye(inputs, dtype=np.int64)))


def check(weights: IntArray, low: IntArray, high: IntArray, extra_levels: int = 1) -> tuple[AdderNode, ...]:
    """Build the graph and check everything that is promised of it."""
    weights, inputs = np.asarray(weights, dtype=np.int64), weights.shape[1]
    nodes, outputs = build_adder_graph(weights, low, high, extra_levels=extra_levels)
    low, high = np.broadcast_to(low, inputs), np.broadcast_to(high, inputs)
    live = np.where((low == 0) & (high == 0), 0, weights)
    # exact: as linear functions, and on random and extreme inputs
    matrix = outputs_of(outputs, list(coefficients(nodes, inputs)), inputs).T if inputs else weights
    np.testing.assert_array_equal(matrix, live)
    rng = np.random.default_rng(0)
    corners = np.where(rng.integers(0, 2, (50, inputs)) == 0, low, high)
    vectors = np.concatenate([low[None], high[None], corners, rng.integers(low, high + 1, (50, inputs))])
    np.testing.assert_array_equal(outputs_of(outputs, values_of(nodes, vectors), len(vectors)), vectors @ weights.T)
    # bounds: reached by the inputs that the coefficients' signs ask for
    for node, row in zip(nodes, coefficients(nodes, inputs)[inputs:] if inputs else [], strict=True):
        assert node.low == int(np.where(row > 0, low, high) @ row)
        assert node.high == int(np.where(row > 0, high, low) @ row)
        assert min(node.left_shift, node.right_shift) == 0
    levels = [0] * inputs
    for node in nodes:
        assert node.level > max(levels[node.left], levels[node.right])
        levels.append(node.level)
    digits = count_digits(live).sum(axis=1)
    least = max(int(digits.max(initial=1)) - 1, 0).bit_length()
    deepest = max((levels[output.value] + output.negate for output in outputs if output.value >= 0), default=0)
    assert deepest <= least + extra_levels + any(output.negate for output in outputs)
    assert len(nodes) <= int(np.maximum(digits - 1, 0).sum()) + len(weights)
    used = {output.value for output in outputs} | {operand for node in nodes for operand in (node.left, node.right)}
    assert all(value in used for value in range(inputs, inputs + len(nodes)))
    return nodes


@st.composite
def problems(draw: st.DrawFn) -> tuple[IntArray, IntArray, IntArray, int]:
    """Weights of any shape, width, sparsity and sign, and bounds of the inputs."""
    outputs, inputs = draw(st.integers(0, 12)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    top = 1 << draw(st.integers(0, 14))
    weights = rng.integers(draw(st.sampled_from([-top, 0])), top + 1, (outputs, inputs))
    weights[rng.random(weights.shape) < draw(st.sampled_from([0.0, 0.5, 0.9]))] = 0
    if outputs > 2 and draw(st.booleans()):  # rows that follow from another
        weights[1], weights[2] = -2 * weights[0], weights[0] + 8 * weights[1]
    low = -rng.integers(0, 1 << draw(st.integers(1, 9)), inputs)
    high = low + rng.integers(0, 1 << draw(st.integers(1, 9)), inputs)
    return weights, low, high, draw(st.integers(0, 2))


@settings(max_examples=150, deadline=None)
@given(problems())
def test_any_matrix(problem: tuple[IntArray, IntArray, IntArray, int]) -> None:
    check(*problem)


@pytest.mark.parametrize(
    ("weights", "adders"),
    [
        ([[1]], 0),
        ([[-1]], 0),
        ([[0]], 0),
        ([[64]], 0),
        ([[-64]], 0),
        ([[7]], 1),
        ([[-7]], 1),
        ([[0, 0], [0, 0]], 0),
        ([[4, 0], [0, -2], [8, 0]], 0),
        ([[3, 0], [6, 0], [-12, 0]], 1),
        ([[5, 5], [5, 5]], 2),
        ([[5, 5], [-10, -10]], 2),
        ([[0, 1, 1], [0, 2, 2]], 1),
        ([[1, 1, 0], [1, 1, 1]], 2),
        ([[1, 2, 4, 8]], 3),
        ([[-1, -2]], 2),
    ],
)
def test_small_matrices_need_few_adders(weights: list[list[int]], adders: int) -> None:
    assert len(check(np.array(weights), np.int64(-8), np.int64(7))) == adders


def test_no_rows_and_no_columns() -> None:
    assert build_adder_graph(np.zeros((0, 3), dtype=np.int64), 0, 1) == ((), ())
    zero = AdderOutput(-1, 0, False)
    assert build_adder_graph(np.zeros((2, 0), dtype=np.int64), 0, 1) == ((), (zero, zero))


def test_inputs_that_are_always_zero_have_no_adders() -> None:
    nodes = check(np.array([[3, 5, 1]]), np.array([0, 0, -4]), np.array([0, 7, 3]))
    assert len(nodes) == 2


def test_bounds_know_that_operands_share_an_input() -> None:
    (node,), _ = build_adder_graph(np.array([[3]]), -128, 127)
    assert {(node.low, node.high), (-node.high, -node.low)} & {(-384, 381), (-381, 384)}


def test_values_are_stored_without_trailing_zeros() -> None:
    nodes, (output,) = build_adder_graph(np.array([[24, 40]]), 0, 15)
    assert output.shift == 3
    assert nodes[-1].high == 8 * 15


def test_wide_weights() -> None:
    rng = np.random.default_rng(1)
    check(rng.integers(-(2**40), 2**40, (4, 4)), np.int64(-8), np.int64(7))


def test_values_beyond_62_bits_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2\*\*60"):
        build_adder_graph(np.array([[1 << 40]]), 0, 1 << 20)


def test_same_result_each_time() -> None:
    weights = np.random.default_rng(2).integers(-31, 32, (12, 12))
    assert build_adder_graph(weights, 0, 63) == build_adder_graph(weights.copy(), 0, 63)


@pytest.mark.parametrize(
    ("name", "luts", "depth"),
    [("W16", 4552, 7), pytest.param("W64", 62407, 9, marks=pytest.mark.slow)],
)
def test_needs_less_than_da4ml(name: str, luts: int, depth: int) -> None:
    """Its adders' LUTs, counted as ours, at the same depth."""
    file = GOLDEN / f"{name}.npy"
    if not file.is_file():
        pytest.skip("reference matrices are not there")
    nodes = check(np.load(file).T, np.int64(-128), np.int64(127))
    assert sum(node.luts for node in nodes) < luts
    assert max(node.level for node in nodes) <= depth


@given(st.integers(-(2**40), 2**40))
def test_minimal_forms_are_the_weight_in_fewest_digits(weight: int) -> None:
    digits = int(count_digits(np.array([weight]))[0])
    forms = minimal_forms(weight)
    assert len(set(forms)) == len(forms)
    for form in forms:
        assert sum((-1 if sign else 1) << shift for shift, sign in form) == weight
        assert len(form) == digits


@pytest.mark.parametrize("passes", [0, 1, 3])
def test_digits_are_the_weights(passes: int) -> None:
    weights = np.random.default_rng(3).integers(-127, 128, (9, 7))
    digits = recurring_digits(weights, passes)
    np.testing.assert_array_equal(digits @ (1 << np.arange(digits.shape[2])), weights)
    np.testing.assert_array_equal(np.count_nonzero(digits, axis=2), count_digits(weights))
    if passes == 0:
        np.testing.assert_array_equal(digits, signed_digits(weights))


@pytest.mark.parametrize("reach", [0, 1, 2, 5])
def test_differences_make_the_rows(reach: int) -> None:
    rng = np.random.default_rng(4)
    weights = rng.integers(-127, 128, (1, 16)) + rng.integers(-2, 3, (10, 16))
    found = decompose(weights, reach)
    height = np.zeros(10, dtype=np.int64)
    made = np.zeros_like(weights)
    for row in found.order:
        parent = found.parents[row]
        made[row] = found.residuals[row]
        if parent is not None:
            made[row] += (-1 if parent.negative else 1) * (made[parent.row] << parent.shift)
            height[row] = height[parent.row] + 1
    np.testing.assert_array_equal(made, weights)
    assert sorted(found.order) == list(range(10))
    assert height.max() <= reach
    assert (height.max() > 0) == (reach > 0)


def test_level_limits_leave_room_for_the_differences() -> None:
    weights = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 3]])
    found = decompose(weights, 1)
    digits = count_digits(found.residuals).sum(axis=1)
    assert level_limits(found, digits, 3) is None
    assert level_limits(found, digits, 4) == [3, 4]


def test_distinct_rows_by_shift_and_sign() -> None:
    weights = np.array([[2, -4], [-1, 2], [0, 0], [1, 2]])
    rows, origins = distinct_rows(weights)
    np.testing.assert_array_equal(rows, [[1, -2], [1, 2]])
    assert [(o.row, o.shift, o.negated) for o in origins] == [
        (0, 1, False),
        (0, 0, True),
        (-1, 0, False),
        (1, 0, False),
    ]


def registers(nodes: Sequence[AdderNode], outputs: Sequence[AdderOutput], widths: list[int], end: int) -> int:
    """Bits kept behind all levels."""
    levels = [0] * len(widths) + [node.level for node in nodes]
    last = list(levels)
    for node in nodes:
        for operand in (node.left, node.right):
            last[operand] = max(last[operand], node.level)
    for output in outputs:
        last[output.value] = end
    bits = widths + [node.width for node in nodes]
    return sum(width * (until - level) for width, level, until in zip(bits, levels, last, strict=True))


def test_late_nodes_need_fewer_registers() -> None:
    # Value 3 is used at level 4 only; its operands, inputs 0 and 1, are kept up to level 3 for others or cost less.
    early = [
        AdderNode(0, 0, 1, 0, False, 0, 30, 1),
        AdderNode(0, 0, 1, 1, False, 0, 45, 1),
        AdderNode(4, 0, 0, 3, True, -120, 45, 2),
        AdderNode(5, 0, 1, 2, False, -120, 105, 3),
        AdderNode(6, 0, 3, 0, False, -120, 135, 4),
    ]
    outputs = [AdderOutput(7, 0, False)]
    late = schedule(early, outputs, [4, 4, 4])
    assert [node.level for node in late] == [3, 1, 2, 3, 4]
    assert registers(late, outputs, [4, 4, 4], 4) < registers(early, outputs, [4, 4, 4], 4)


def test_negated_outputs_leave_a_level_for_the_negation() -> None:
    early = [AdderNode(0, 0, 0, 1, False, 0, 45, 1), AdderNode(1, 0, 0, 0, False, 0, 60, 2)]
    late = schedule(early, [AdderOutput(2, 0, False), AdderOutput(1, 0, True)], [4])
    assert [node.level for node in late] == [1, 2]


@pytest.mark.parametrize(("shape", "bits", "zeros"), [((16, 16), 8, 0.0), ((64, 16), 6, 0.3), ((5, 40), 4, 0.5)])
def test_estimate_is_pessimistic_but_near(shape: tuple[int, int], bits: int, zeros: float) -> None:
    rng = np.random.default_rng(5)
    weights = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), shape)
    weights[rng.random(shape) < zeros] = 0
    estimate = estimate_adders(weights, 8)
    nodes = check(weights, np.int64(-128), np.int64(127))
    assert len(nodes) <= estimate.adders <= 1.7 * len(nodes)
    assert sum(node.luts for node in nodes) <= estimate.luts <= 2 * sum(node.luts for node in nodes)
    assert estimate.depth <= max(node.level for node in nodes)


@pytest.mark.parametrize("levels_per_register", [1, 2, 9])
def test_registers_are_those_of_the_netlist(levels_per_register: int) -> None:
    weights = np.abs(np.random.default_rng(6).integers(-127, 128, (8, 8)))
    format = FixedFormat(6)
    nodes, results = build_adder_graph(weights, format.min, format.max)
    unit = AdderGraphUnit(weights, 1, format, FixedFormat(16), nodes, results, levels_per_register)
    made = netlist(unit)
    widths = {wire.name: wire.width for wire in made["wires"]}
    assert unit.register_bits == sum(widths[register.name] for register in made["registers"])
    assert (unit.register_bits == 0) == (unit.pipeline == 1)
    assert unit.cost().ff >= 2 * 8 * 16
    assert unit.cost().lut >= 0.9 * sum(node.luts for node in nodes)
