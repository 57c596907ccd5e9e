"""Adder graphs for fully unrolled constant matrices: ``y = weights @ x`` by shifts, additions and subtractions alone."""

from __future__ import annotations

from fpgaflow.mapping.adder_graph.build import build_adder_graph
from fpgaflow.mapping.adder_graph.estimate import AdderEstimate, estimate_adders

__all__ = ["AdderEstimate", "build_adder_graph", "estimate_adders"]
