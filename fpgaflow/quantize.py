"""``fpgaflow quantize``: a float network gets formats, from example frames or without any."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fpgaflow.calibration.budget import Budget
from fpgaflow.calibration.calibration import Calibration, Formats, calibrate
from fpgaflow.calibration.observe import batches
from fpgaflow.calibration.options import QuantizeOptions, check_names, read_options, with_layers
from fpgaflow.calibration.scales import Method, Scales
from fpgaflow.calibration.sensitivity import TensorSensitivity, measure
from fpgaflow.design import Progress, silent
from fpgaflow.errors import FlowError
from fpgaflow.frames import read_frames
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.frontend.qonnx_writer import write_qonnx
from fpgaflow.ir.check import check
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.ops.arg_max import ArgMax
from fpgaflow.ops.quant import Quant
from fpgaflow.passes.assign_formats import TensorFormat, quantized_constant
from fpgaflow.report.sensitivity import draw

TRIES, MARGIN_DB = 5, 0.1


@dataclass(frozen=True)
class FormatRow:
    """One tensor's format: its name, what it is, its bits as text (s8, u4), its scale or scales, and what is lost in dB (the
    power of the tensor over that of its change; infinite where nothing changes, None where there are no frames).
    """

    tensor: str
    kind: str
    codes: str
    scale: str
    sqnr_db: float | None


@dataclass(frozen=True)
class Agreement:
    """How the quantized network and the float one compare on ``frames``: share of frames with the same largest output (None
    if there is only one output), and the power of the outputs over that of their difference in dB.
    """

    frames: int
    top1: float | None
    sqnr_db: float


@dataclass(frozen=True, eq=False)
class Quantized:
    """The quantized network, the file it is in, its formats, and how well it agrees with the float one: None where there were
    no frames to compare on. ``sensitivity``, if it was asked for: the SQNR of the outputs in dB by tensor and bits, where
    this tensor alone has so many; ``picture`` is the file with its drawing.
    """

    graph: Graph
    path: Path
    formats: tuple[FormatRow, ...]
    agreement: Agreement | None
    sensitivity: Mapping[str, Mapping[int, float]] | None = None
    picture: Path | None = None


def quantize(
    model: str | Path,
    output: str | Path | None = None,
    *,
    data: str | Path | None = None,
    weights: int | None = None,
    activations: int | None = None,
    scales: Scales | str | None = None,
    method: Method | str | None = None,
    config: str | Path | None = None,
    sensitivity: bool = False,
    budget: Budget | None = None,
    progress: Progress = silent,
) -> Quantized:
    """Give the float network ``model`` formats and write it to ``output`` (default: MODEL_quant.onnx in the current folder).

    ``data`` is an .npy or .npz of example frames; without it ranges come from the BatchNormalizations' statistics. Options
    that are None are those of the TOML file ``config``, or 8 bits, powers of two, least squared error. ``sensitivity``
    measures what bits cost, and draws it beside the output; a ``budget`` chooses the bits of every tensor by that. Raises
    FlowError.
    """
    model = Path(model)
    given = {"weights": weights, "activations": activations, "scales": scales, "method": method}
    options = read_options(None if config is None else Path(config), given)
    target = Path(output) if output is not None else Path(f"{model.stem}_quant.onnx")
    progress(f"reading {model.name}")
    graph = check(read_model(model))
    check_names(options, graph, model.name)
    calibration = calibration_of(graph, data, options, progress)
    measured = None
    if sensitivity or budget is not None:
        _check_frames(calibration)
        measured = measure(calibration, options, progress)
    if measured is not None and budget is not None:
        progress("choosing bits")
        options = _within(budget, calibration, measured, options)
    progress("assigning formats")
    formats = calibration.formats(options)
    quantized = check(calibration.quantized(formats))
    agreement: Agreement | None = None
    noise: Mapping[str, float] = {}
    if not calibration.synthetic:
        progress("comparing with the float network")
        agreement, noise = compare(calibration, quantized)
    write_qonnx(quantized, target)
    result = Quantized(quantized, target, _rows(calibration, formats, noise), agreement)
    if measured is None:
        return result
    table = {_label(calibration, tensor): _decibels(tensor) for tensor in measured}
    picture = target.with_name(f"{target.stem}_sensitivity.svg")
    draw(table, picture)
    return replace(result, sensitivity=table, picture=picture)


def with_formats(graph: Graph, frames: Array, progress: Progress = silent) -> Graph:
    """A float network in the formats that ``quantize`` gives it by default, from example frames (frames, *shape)."""
    options = QuantizeOptions()
    progress("assigning formats")
    calibration = calibrate(graph, frames, options)
    return check(calibration.quantized(calibration.formats(options)))


def _check_frames(calibration: Calibration) -> None:
    if calibration.synthetic:
        raise FlowError(
            "FF503",
            "--sensitivity and budgets need --data",
            reason="what bits cost is measured at the outputs, and noise says nothing about them",
            hint="give example frames with --data",
        )


def _within(
    budget: Budget, calibration: Calibration, measured: list[TensorSensitivity], options: QuantizeOptions
) -> QuantizeOptions:
    """Options with the chosen bits. Losses of several tensors don't quite add up, so an error budget is tightened until it
    holds, a few times at most.
    """
    from fpgaflow.calibration.choose_bits import choose_bits  # noqa: PLC0415 - imports the solver only where asked for

    wanted = budget.error
    chosen = with_layers(options, choose_bits(calibration, measured, budget))
    for _ in range(TRIES):
        if wanted is None or budget.error is None:
            break
        found = compare(calibration, calibration.quantized(calibration.formats(chosen)))[0].sqnr_db
        if found >= wanted:
            break
        budget = replace(budget, error=budget.error + wanted - found + MARGIN_DB)
        chosen = with_layers(options, choose_bits(calibration, measured, budget))
    return chosen


def _label(calibration: Calibration, tensor: TensorSensitivity) -> str:
    if tensor.is_weights:
        return f"{calibration.real.by_name[tensor.tensor].loc.node or tensor.tensor} (weights)"
    return ", ".join(tensor.values)


def _decibels(tensor: TensorSensitivity) -> dict[int, float]:
    return {bits: decibels(1.0, loss) for bits, loss in tensor.losses.items()}


def calibration_of(graph: Graph, data: str | Path | None, options: QuantizeOptions, progress: Progress) -> Calibration:
    """The network observed on the frames of a file, or on noise."""
    frames = None
    if data is not None and len(graph.inputs) == 1:
        ((name, type_),) = graph.inputs.items()
        frames = read_frames(Path(data), name, type_.shape)
    progress("observing the float network" + ("" if frames is None else f" on {len(frames)} frames"))
    return calibrate(graph, frames, options)


def compare(calibration: Calibration, graph: Graph) -> tuple[Agreement, Mapping[str, float]]:
    """Agreement of the outputs, and the SQNR in dB of each value that has a quantizer in ``graph``."""
    real, frames = calibration.real, calibration.frames
    reading = {node.inputs[0]: node.name for node in graph.nodes if isinstance(node.op, Quant)}
    quantizers = {name: reading[name] for name in calibration.places.names}
    signal = dict.fromkeys(quantizers, 0.0)
    noise = dict.fromkeys(quantizers, 0.0)
    same, power, difference = 0, 0.0, 0.0
    (output, *_) = real.outputs
    for wanted, found in zip(batches(real, frames), batches(graph, frames), strict=True):
        for name, quantizer in quantizers.items():
            signal[name] += _power(wanted[name])
            noise[name] += _power(wanted[name] - found[quantizer])
        mine, theirs = (values[output].reshape(len(values[output]), -1) for values in (wanted, found))
        same += int(np.count_nonzero(_classes(mine) == _classes(theirs)))
        power += _power(mine)
        difference += _power(mine.astype(np.float64) - theirs)
    classes = isinstance(real.by_name[output].op, ArgMax) or real.type_of(output).elements > 1
    top1 = same / len(frames) if classes else None
    agreement = Agreement(len(frames), top1, decibels(power, difference))
    return agreement, {name: decibels(signal[name], noise[name]) for name in quantizers}


def _classes(outputs: Array) -> Array:
    """(frames, outputs) -> (frames,): the largest output, or the number itself where it is the only one, as of ArgMax."""
    return np.asarray(outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0])


def decibels(signal: float, noise: float) -> float:
    """Of a ratio of powers; infinite without noise."""
    return math.inf if noise == 0 else -math.inf if signal == 0 else 10 * math.log10(signal / noise)


def _power(values: Array) -> float:
    flat = values.astype(np.float64).ravel()
    return float(flat @ flat)


def _rows(calibration: Calibration, formats: Formats, noise: Mapping[str, float]) -> tuple[FormatRow, ...]:
    """In the network's order: a value behind the weights of the layer it comes from."""
    graph = calibration.real
    rows = []
    for name in (*graph.inputs, *graph.by_name):
        if name in formats.weights:
            node = graph.by_name[name]
            real = graph.constants[node.inputs[1]].values
            format = formats.weights[name]
            rows.append(_row(node.loc.node or name, "weights", format, _weight_noise(real, format)))
        if name in formats.values:
            rows.append(_row(name, "activations", formats.values[name], noise.get(name)))
    return tuple(rows)


def _weight_noise(real: Array, format: TensorFormat) -> float:

    return decibels(_power(real), _power(real - quantized_constant(real, format).values))


def _row(tensor: str, kind: str, format: TensorFormat, sqnr_db: float | None) -> FormatRow:
    codes = f"{'s' if format.codes.signed else 'u'}{format.codes.bits}"
    low, high = float(format.scale.min()), float(format.scale.max())
    scale = _number(low) if low == high else f"{_number(low)} to {_number(high)}"
    return FormatRow(tensor, kind, codes, scale, sqnr_db)


def _number(scale: float) -> str:
    exponent = math.log2(scale)
    return f"2^{int(exponent)}" if exponent == int(exponent) else f"{scale:.4g}"
