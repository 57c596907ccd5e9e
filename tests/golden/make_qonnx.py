"""Writes qonnx.npz: results of QONNX's own operators. Needs `pip install qonnx==1.0.0 "onnx<1.20"` and nothing of fpgaflow.

``x`` are the inputs, ``cases`` is a JSON list of operators with attributes and parameters, ``y[i]`` case i's result on x.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
from qonnx.custom_op.general.bipolar_quant import binary_quant
from qonnx.custom_op.general.intquant import int_quant
from qonnx.custom_op.general.multithreshold import multithreshold
from qonnx.custom_op.general.trunc import trunc_v1, trunc_v2

CHANNELS = 6
PER_CHANNEL = [0.25, 0.1, 1.0, 0.0371, 3.3, 0.5]
ROUNDINGS = ["ROUND", "HALF_EVEN", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN"]


def inputs(rng):
    """Random numbers of several magnitudes, and ties of the scales 0.25, 0.1 and 1."""
    spread = rng.normal(size=(12, CHANNELS)) * rng.choice([0.1, 1, 10, 100], size=(12, CHANNELS))
    ties = np.outer([0.125, 0.05, 0.5], np.arange(-9, 9)).reshape(-1, CHANNELS)
    return np.concatenate([spread, ties, np.zeros((1, CHANNELS))]).astype(np.float32)


def array(number):
    return np.asarray(number, dtype=np.float32)


def quant_cases():
    for rounding, signed, narrow in itertools.product(ROUNDINGS, (1, 0), (1, 0)):
        for scale, zero, bits in ((0.25, 0, 4), (0.1, 1, 3), (PER_CHANNEL, 0, 8), (1.0, 0, 3.5)):
            yield {
                "op": "Quant",
                "rounding_mode": rounding,
                "signed": signed,
                "narrow": narrow,
                "parameters": [scale, zero, bits],
            }
    yield {"op": "Quant", "rounding_mode": "ROUND", "signed": 1, "narrow": 0, "parameters": [0.25, 0, 1]}
    yield {"op": "Quant", "rounding_mode": "ROUND", "signed": 0, "narrow": 0, "parameters": [0.25, 0, 1]}
    yield {
        "op": "Quant",
        "rounding_mode": "ROUND",
        "signed": 1,
        "narrow": 0,
        "parameters": [0.1, 0, [2, 3, 4, 5, 6, 7.5]],
    }
    yield {
        "op": "Quant",
        "rounding_mode": "ROUND",
        "signed": 0,
        "narrow": 0,
        "parameters": [PER_CHANNEL, [0, 1, 2, 0, 1, 2], 4],
    }
    yield {"op": "Quant", "rounding_mode": "ROUND", "signed": 1, "narrow": 0, "parameters": [0.0001, 0, 24]}
    yield {"op": "BipolarQuant", "parameters": [0.25]}
    yield {"op": "BipolarQuant", "parameters": [PER_CHANNEL]}


def trunc_cases():
    for rounding in ROUNDINGS:
        yield {"op": "Trunc", "rounding_mode": rounding, "parameters": [0.25, 0, 10, 6]}
        yield {"op": "Trunc", "rounding_mode": rounding, "parameters": [PER_CHANNEL, 0, 12, 8]}
        for signed, narrow in itertools.product((1, 0), (1, 0)):
            case = {"op": "Trunc", "rounding_mode": rounding, "signed": signed, "narrow": narrow}
            yield dict(case, parameters=[0.25, 0, 10, 2.0, 4])
            yield dict(case, parameters=[0.1, 0, 10, 0.4, 6])
    yield {"op": "Trunc", "rounding_mode": "FLOOR", "parameters": [0.25, 3, 10, 6]}
    yield {"op": "Trunc", "rounding_mode": "FLOOR", "signed": 1, "narrow": 0, "parameters": [0.25, 3, 10, 2.0, 4]}


def threshold_cases(rng):
    shared = np.sort(rng.normal(size=(1, 7)) * 4).astype(np.float32)
    channels = np.sort(rng.normal(size=(CHANNELS, 15)) * 4).astype(np.float32)
    tied = (np.arange(15) * 0.25 - 2).reshape(1, -1).astype(np.float32)
    for thresholds, scale, bias in (
        (shared, 1.0, 0.0),
        (channels, 0.3, -2.0),
        (tied, 0.5, -4.0),
        (shared[:, :1], 2.0, -1.0),
    ):
        yield {"op": "MultiThreshold", "out_scale": scale, "out_bias": bias, "parameters": [thresholds.tolist()]}


def compute(case, x):
    op, values = case["op"], [array(parameter) for parameter in case["parameters"]]
    if op == "BipolarQuant":
        return binary_quant(x, *values)
    if op == "MultiThreshold":
        return multithreshold(x, values[0], case["out_scale"], case["out_bias"])
    if op == "Quant":
        scale, zero, bits = (np.broadcast_to(value, CHANNELS) for value in values)
        flags = case["signed"], case["narrow"], case["rounding_mode"]
        # One channel at a time: qonnx itself takes one bit width only.
        columns = [int_quant(x[:, c], scale[c], zero[c], bits[c], *flags) for c in range(CHANNELS)]
        return np.stack(columns, axis=1)
    if len(values) == 4:
        return trunc_v1(x, *values, case["rounding_mode"])
    scale, zero, in_bits, out_scale, out_bits = values
    flags = case["narrow"], case["signed"]
    return trunc_v2(x, scale, zero, in_bits, *flags, out_scale, out_bits, case["rounding_mode"])


def main():
    rng = np.random.default_rng(0)
    x = inputs(rng)
    cases = [*quant_cases(), *trunc_cases(), *threshold_cases(rng)]
    results = np.stack([np.asarray(compute(case, x), dtype=np.float32) for case in cases])
    path = Path(__file__).with_name("qonnx.npz")
    np.savez_compressed(path, x=x, y=results, cases=np.array(json.dumps(cases)))


if __name__ == "__main__":
    main()
