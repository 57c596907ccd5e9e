"""A second opinion on QONNX networks: onnx's reference evaluator with QONNX's operators as their specification says."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from tests.models import QONNX


class Quant(OpRun):
    op_domain = QONNX

    def _run(self, x: Any, scale: Any, zero: Any, bits: Any, *, signed: int, narrow: int, rounding_mode: str) -> Any:
        if signed:
            low, high = -(2.0 ** (bits - 1)) + narrow, 2.0 ** (bits - 1) - 1
        else:
            low, high = 0.0, 2.0**bits - 1 - narrow
        rounding = {"ROUND": np.rint, "FLOOR": np.floor, "CEIL": np.ceil, "DOWN": np.trunc}[rounding_mode]
        codes = rounding(np.clip(x / scale + zero, low, high)).astype(np.float32)
        return (((codes - zero) * scale).astype(np.float32),)


class BipolarQuant(OpRun):
    op_domain = QONNX

    def _run(self, x: Any, scale: Any) -> Any:
        return (np.where(x >= 0, scale, -scale).astype(np.float32),)


class BatchNormalization(OpRun):
    """In onnxruntime's order of operations."""

    op_domain = ""

    def _run(self, x: Any, scale: Any, bias: Any, mean: Any, variance: Any, *, epsilon: float = 1e-5, **_: Any) -> Any:
        factor = scale * (np.float32(1) / np.sqrt(variance + np.float32(epsilon)))
        return (x * factor + (bias - mean * factor),)


class MatMul(OpRun):
    """Rounded once."""

    op_domain = ""

    def _run(self, a: Any, b: Any) -> Any:
        return ((a.astype(np.float64) @ b.astype(np.float64)).astype(np.float32),)


class Gemm(OpRun):
    """The product rounded once, then the sum."""

    op_domain = ""

    def _run(self, a: Any, b: Any, c: Any = None, *, transB: int = 0, **_: Any) -> Any:  # noqa: N803
        product = (a.astype(np.float64) @ (b.T if transB else b).astype(np.float64)).astype(np.float32)
        return (product if c is None else product + c,)


def reference_result(model: onnx.ModelProto, x: Any) -> Any:
    """The first output for a batch."""
    evaluator = ReferenceEvaluator(model, new_ops=[Quant, BipolarQuant, BatchNormalization, MatMul, Gemm])
    return evaluator.run(None, {model.graph.input[-1].name: x})[0]
