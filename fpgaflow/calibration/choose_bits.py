"""Bits of every tensor under a budget: an integer program of the measured losses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from ortools.sat.python import cp_model

from fpgaflow.calibration.budget import Budget
from fpgaflow.calibration.calibration import Calibration
from fpgaflow.calibration.options import LayerOptions, merged
from fpgaflow.calibration.sensitivity import BITS, TensorSensitivity
from fpgaflow.errors import FlowError
from fpgaflow.fixed import FixedFormat
from fpgaflow.ir.graph import Graph, Node
from fpgaflow.ops.conv_transpose import ConvTranspose
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.passes.quantizer_places import grid_roots
from fpgaflow.units.dense import DenseUnit, Multiplier, WeightStorage

RESOLUTION = 1e12
"""Losses are whole multiples of its reciprocal."""
SECONDS = 10.0
GAP = 0.002
"""A choice so close to the best one is good enough: losses don't add up as exactly."""
LANES = 16


def choose_bits(
    calibration: Calibration, sensitivities: Sequence[TensorSensitivity], budget: Budget
) -> dict[str, LayerOptions]:
    """Exceptions that give every tensor its bits: least loss within ``bits`` or ``luts``, least LUTs within ``error``.

    With ``bits`` the values keep theirs. Raises FF308 if nothing is good enough.
    """
    program = _Program([tensor for tensor in sensitivities if tensor.is_weights or budget.bits is None])
    loss = program.sum(lambda tensor, bits: round(tensor.losses[bits] * RESOLUTION))
    if budget.bits is not None:
        sizes = {layer.name: calibration.real.constants[layer.inputs[1]].values.size for layer in calibration.layers}
        stored = program.sum(lambda tensor, bits: bits * sizes[tensor.tensor])
        program.solve(stored <= int(budget.bits * sum(sizes.values())), loss)
    elif budget.luts is not None:
        program.solve(_luts(program, calibration) <= int(budget.luts), loss)
    else:
        assert budget.error is not None
        program.solve(loss <= int(10 ** (-budget.error / 10) * RESOLUTION), _luts(program, calibration))
    found: dict[str, LayerOptions] = {}
    for tensor, bits in program.bits().items():
        found = merged(found, tensor.options(bits))
    return found


class _Program:
    """One choice of bits a tensor."""

    def __init__(self, tensors: Sequence[TensorSensitivity]) -> None:
        self.model = cp_model.CpModel()
        self.solver = cp_model.CpSolver()
        self.tensors = tensors
        self.choices = {id(tensor): {bits: self.model.new_bool_var("") for bits in tensor.losses} for tensor in tensors}
        for variables in self.choices.values():
            self.model.add_exactly_one(variables.values())

    def sum(self, amount: Callable[[TensorSensitivity, int], int]) -> cp_model.LinearExpr:
        terms = [(amount(t, bits), variable) for t in self.tensors for bits, variable in self.choices[id(t)].items()]
        return cp_model.LinearExpr.weighted_sum([variable for _, variable in terms], [number for number, _ in terms])

    def solve(self, limit: cp_model.BoundedLinearExpression | bool, goal: cp_model.LinearExpr) -> None:
        """The least ``goal`` within ``limit``. Raises FF308."""
        self.model.add(limit)
        self.model.minimize(goal)
        self.solver.parameters.max_time_in_seconds = SECONDS
        self.solver.parameters.num_workers = 2
        self.solver.parameters.relative_gap_limit = GAP
        if self.solver.solve(self.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise FlowError(
                "FF308",
                "no choice of bits is within the budget",
                reason=f"bits of a tensor are {', '.join(map(str, sorted(BITS)))}, and not even the extreme ones suffice",
                hint="`fpgaflow quantize --sensitivity` without a budget shows what the bits of each tensor cost",
            )

    def bits(self) -> dict[TensorSensitivity, int]:
        """What was chosen."""
        return {
            tensor: next(bits for bits, variable in self.choices[id(tensor)].items() if self.solver.value(variable))
            for tensor in self.tensors
        }


def _luts(program: _Program, calibration: Calibration) -> cp_model.LinearExpr:
    """LUTs of all layers' products: each pair of a weight's and an input's bits is a choice of its own."""
    graph, model = calibration.real, program.model
    weights = {tensor.tensor: tensor for tensor in program.tensors if tensor.is_weights}
    values = {name: tensor for tensor in program.tensors for name in tensor.values}
    frame = graph.type_of(next(iter(graph.inputs))).shape
    cycles = math.prod(frame[1:])
    variables, costs = [], []
    for layer in calibration.layers:
        root = grid_roots(graph, layer.inputs[0])[0]
        of_weights = program.choices[id(weights[layer.name])]
        # a value that was quantized before has its own bits, taken for eight
        of_values = program.choices[id(values[root])] if root in values else {8: model.new_constant(1)}
        products = _products(graph, layer) / cycles
        for (first, mine), (second, theirs) in itertools.product(of_weights.items(), of_values.items()):
            both = model.new_bool_var("")
            model.add_bool_or(both, ~mine, ~theirs)
            variables.append(both)
            costs.append(round(products * luts_of_product(first, second)))
    return cp_model.LinearExpr.weighted_sum(variables, costs)


def _products(graph: Graph, layer: Node) -> int:
    """Multiplications of a frame."""
    weights = graph.constants[layer.inputs[1]].values
    outputs = layer.type if not isinstance(layer.op, ConvTranspose) else graph.type_of(layer.inputs[0])
    vectors = outputs.elements // (weights.shape[-1] if isinstance(layer.op, MatMul) else len(weights))
    return weights.size * vectors


@cache
def luts_of_product(weight_bits: int, value_bits: int) -> float:
    """LUTs of a product and its share of an adder tree."""
    ends = FixedFormat(weight_bits, 0, True)
    formats = FixedFormat(value_bits, 0, False), ends, FixedFormat(32, 0, True)
    weights = np.random.default_rng(0).integers(ends.min, ends.max + 1, (2 * LANES, 2 * LANES))
    unit = DenseUnit(weights, 1, LANES, 1, *formats, Multiplier.LUT, WeightStorage.LUTRAM)
    return unit.rows_cost().lut / LANES
