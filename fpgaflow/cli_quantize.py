"""``fpgaflow quantize``, a command of ``fpgaflow/cli.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import fpgaflow
from fpgaflow.report.formats import print_quantized
from fpgaflow.steps import plain, steps


def quantize(
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="An ONNX model with float weights.")],
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="X.npy|.npz",
            help="Example frames, the first axis counting them; some hundred are enough. Without them ranges come from the "
            "statistics in BatchNormalizations.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.onnx", help="The file to write; by default MODEL_quant.onnx."),
    ] = None,
    weights: Annotated[int | None, typer.Option(metavar="BITS", help="Bits of weights, 2 to 16; by default 8.")] = None,
    activations: Annotated[
        int | None, typer.Option(metavar="BITS", help="Bits of values between layers, 2 to 16; by default 8.")
    ] = None,
    scales: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="po2: powers of two, which cost least in hardware; float: any, one an output."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How ranges are chosen: mse (the default), minmax, percentile or entropy."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="The same options, and others for single layers.")
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Measure what 8 to 2 bits of each tensor cost, and draw it.")
    ] = False,
    budget_bits: Annotated[
        float | None,
        typer.Option(metavar="N", help="Choose the bits of each layer's weights: N a weight on average, at most."),
    ] = None,
    budget_luts: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Choose all bits: at most N LUTs for products and sums, at a pixel of the input a clock cycle.",
        ),
    ] = None,
    budget_error: Annotated[
        float | None,
        typer.Option(metavar="DB", help="Choose all bits: the fewest LUTs with which outputs have DB of SQNR."),
    ] = None,
) -> None:
    """Give a float network formats, and write it as a QONNX file for `build`.

    Folds BatchNormalization, evens out the layers' weights, rounds weights and the values between layers to few bits, and
    takes the mean of the rounding errors back out of the biases. Says what every tensor became, and how well results agree.

    \b
    Examples:
      fpgaflow quantize net.onnx --data x.npz
      fpgaflow quantize net.onnx --data x.npz --weights 4 -o net_w4.onnx
      fpgaflow quantize net.onnx --data x.npz --budget-error 30
    """
    limits = {"bits": budget_bits, "luts": budget_luts, "error": budget_error}
    budget = fpgaflow.Budget(**limits) if any(limit is not None for limit in limits.values()) else None
    with steps() as progress:
        result = fpgaflow.quantize(
            model,
            output,
            data=data,
            weights=weights,
            activations=activations,
            scales=scales,
            method=method,
            config=config,
            sensitivity=sensitivity,
            budget=budget,
            progress=progress,
        )
    print_quantized(plain(), result)
