"""Constants of the file: nodes that compute with constants alone, and moves of quantized constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Array, Constant, Quantization

# Operators that only rearrange the elements of their first input, so that integers can move along with real values.
MOVES = (
    "Identity",
    "Cast",
    "Transpose",
    "Reshape",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Slice",
    "Gather",
    "Expand",
    "Tile",
)
# Operators whose float32 results depend on the machine's mathematical library unless they are computed in float64.
TRANSCENDENTAL = ("Pow", "Exp", "Log", "Sigmoid", "Tanh", "Softplus", "Erf", "Softmax", "LogSoftmax")
RANDOM = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli")


def fold(
    node: onnx.NodeProto, opsets: Mapping[str, int], constants: Mapping[str, Constant], loc: Loc
) -> dict[str, Constant]:
    """The outputs of a node whose inputs are all constants, computed as the ONNX reference does, in its own types.

    Transcendental functions are computed in float64 and rounded.
    """
    values = {name: constants[name].values for name in node.input if name}
    if node.op_type in TRANSCENDENTAL and values[node.input[0]].dtype == np.float32:
        wide = {n: array.astype(np.float64) if array.dtype.kind in "biuf" else array for n, array in values.items()}
        results = {name: array.astype(np.float32) for name, array in _evaluate(node, opsets, wide, loc).items()}
    else:
        results = _evaluate(node, opsets, values, loc)
    folded = {name: Constant(value) for name, value in results.items()}
    source = constants[node.input[0]] if node.op_type in MOVES and node.input[0] else Constant(np.zeros(()))
    if source.quantization is not None:
        (output,) = node.output
        moved = move(source, lambda array: _evaluate(node, opsets, {**values, node.input[0]: array}, loc)[output])
        if node.op_type != "Cast":
            folded[output] = moved
        elif np.array_equal(results[output].astype(np.float64), source.values.astype(np.float64)):
            folded[output] = Constant(results[output], source.quantization)
    return folded


def _evaluate(
    node: onnx.NodeProto, opsets: Mapping[str, int], values: Mapping[str, Array], loc: Loc
) -> dict[str, Array]:
    if node.op_type in RANDOM:
        raise FlowError(
            "FF201",
            f"operator {node.op_type} is random",
            node=loc,
            reason="a compiled network computes the same for the same input",
            hint="export the model in evaluation mode",
        )
    outputs = [name for name in node.output if name]
    infos = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in values.items()
    ]
    plain = onnx.NodeProto()
    plain.CopyFrom(node)
    plain.domain = ""
    graph = helper.make_graph([plain], "constants", infos, [onnx.ValueInfoProto(name=name) for name in outputs])
    try:
        results = ReferenceEvaluator(graph, opsets=dict(opsets)).run(outputs, dict(values))
    except Exception:  # the implementation of any ONNX operator runs here, on what the file says
        shapes = ", ".join(f"{array.dtype}{list(array.shape)}" for array in values.values())
        raise FlowError(
            "FF201",
            f"{node.op_type} of constants can't be computed",
            node=loc,
            reason=f"the operator's ONNX reference implementation refuses inputs {shapes}",
            hint="simplify the model with onnxsim or onnxslim, or export with constant folding",
        ) from None
    return {name: np.asarray(value) for name, value in zip(outputs, results, strict=True)}


def move(constant: Constant, function: Callable[[Array], Array]) -> Constant:
    """A constant whose elements are rearranged by ``function``; its codes, scale and zero point move along."""
    values = np.asarray(function(constant.values))
    if constant.quantization is None:
        return Constant(values)
    codes = constant.quantization.codes

    def moved(parameter: Array) -> Array:
        if parameter.size == 1:
            return parameter.reshape(())
        return _narrowed(np.asarray(function(np.broadcast_to(parameter, codes.shape))))

    scale, zero_point = moved(constant.quantization.scale), moved(constant.quantization.zero_point)
    return Constant(values, Quantization(np.asarray(function(codes)), scale, zero_point))


def _narrowed(parameter: Array) -> Array:
    """Axes along which all values are equal shrink to extent 1."""
    for axis in range(parameter.ndim):
        first = np.take(parameter, [0], axis=axis)
        if np.array_equal(np.broadcast_to(first, parameter.shape), parameter):
            parameter = first
    return parameter
