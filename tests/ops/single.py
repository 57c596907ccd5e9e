"""One ONNX operator between a network's input and output: read by fpgaflow, and run by onnxruntime."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.ir.graph import Array, Graph
from tests.models import Network, save
from tests.written import differences, written


def single(
    op_type: str,
    frame: tuple[int, ...],
    *constants: npt.NDArray[Any] | float | str,
    opset: int = 13,
    domain: str = "",
    element: int = onnx.TensorProto.FLOAT,
    output_rank: int | None = None,
    **attributes: Any,
) -> onnx.ModelProto:
    """A model of one operator on 'x' of shape (N, *frame); the constants are its other inputs, "x" among them places the
    data elsewhere than first.
    """
    net = Network()
    names = [c if isinstance(c, str) else net.constant(c, dtype=getattr(c, "dtype", np.float32)) for c in constants]
    inputs = names if "x" in names else ["x", *names]
    value = net.node(op_type, *inputs, domain=domain, **attributes)
    rank = len(frame) + 1 if output_rank is None else output_rank
    return net.model(value, ("N", *frame), (None,) * rank, element=element, opset=opset)


def read(model: onnx.ModelProto) -> Graph:
    """fpgaflow's graph of the model, which is also the one of the file that fpgaflow writes of it."""
    with TemporaryDirectory() as folder:
        graph = read_model(save(model, Path(folder)))
        assert differences(graph, written(graph, Path(folder))) == []
    return graph


def ours(model: onnx.ModelProto, x: Array) -> Array:
    """fpgaflow's result for the model's only input and output."""
    graph = read(model)
    (name,) = graph.inputs
    return graph.evaluate({name: x})[graph.outputs[0]]


def onnxruntime_result(model: onnx.ModelProto, x: Array) -> Array:
    """Operator by operator: fused operators compute in another order."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    result: Array = onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})[0]
    return result


def values(*shape: int, spread: float = 3.0, seed: int = 0) -> npt.NDArray[np.float32]:
    """Random float32 numbers, some of them zero and some integers."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(scale=spread, size=shape)
    numbers = np.where(rng.random(shape) < 0.1, np.rint(numbers), numbers)
    return np.where(rng.random(shape) < 0.05, 0, numbers).astype(np.float32)


def fractions(numbers: Array) -> Array:
    """The same numbers as exact fractions."""
    return np.asarray(np.frompyfunc(lambda number: Fraction(float(number)), 1, 1)(numbers), dtype=object)


def check_exact(model: onnx.ModelProto, x: Array) -> None:
    """Fractions give what float64 gives; x and constants must be such that float64 computes without rounding."""
    exact = ours(model, fractions(x))
    assert np.array_equal(exact.astype(np.float64), ours(model, x.astype(np.float64)))
