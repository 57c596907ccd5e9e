"""A model in exact fractions: what its integers must be where float32 is not exact."""

from __future__ import annotations

import numpy as np

from fpgaflow.fixed import IntArray
from fpgaflow.ir.graph import Array, Constant, Graph
from fpgaflow.passes.lower import Lowered
from fpgaflow.passes.weight_product import exact_fractions


def exact_integers(model: Graph, lowered: Lowered, frames: Array) -> IntArray:
    """(frames, elements): the model behind what the host sends in exact fractions, as the decoder's integers."""
    encoder, decoder = lowered.encoder, lowered.decoder
    codes = lowered.head.evaluate({next(iter(model.inputs)): frames})[encoder.name].astype(np.int64).astype(object)
    constants = [lowered.head.constants[name].values for name in encoder.inputs[1:]]
    scale, offset = (exact_fractions(part) for part in encoder.op.quantizer.grid(*constants))
    values = {name: exact_constant(constant) for name, constant in model.constants.items()}
    names = [node.name for node in model.nodes]
    start = next(node.name for node in model.nodes if node.loc == encoder.loc)
    values[start] = codes * scale + offset
    for node in model.nodes[names.index(start) + 1 :]:
        values[node.name] = node.op.evaluate(*(values[name] for name in node.inputs))
        if node.name == decoder.name:
            break
    scale, offset = (lowered.tail.constants[name].values for name in decoder.inputs[1:])
    real = values[decoder.name].astype(np.float64)
    return np.rint((real - offset) / scale).astype(np.int64).reshape(len(codes), -1)


def exact_constant(constant: Constant) -> Array:
    """Quantized weights as the fractions that their integers stand for; other constants as they are."""
    quantization = constant.quantization
    if quantization is None:
        return constant.values
    codes = (quantization.codes - np.asarray(quantization.zero_point).astype(np.int64)).astype(object)
    return codes * exact_fractions(quantization.scale)
