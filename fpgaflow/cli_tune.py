"""``fpgaflow tune``, a command of ``fpgaflow/cli.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fpgaflow.report.tuned import print_tuned
from fpgaflow.steps import plain, steps


def tune(
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="An ONNX model, float or quantized.")],
    data: Annotated[
        Path,
        typer.Option(
            metavar="X.npz|.npy",
            help="Frames to learn from, the first axis counting them: the array x or the input's name; labels, if there are "
            "any, as y.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.onnx", help="The file to write; by default MODEL_tuned.onnx."),
    ] = None,
    weights: Annotated[
        int | None,
        typer.Option(
            metavar="BITS", help="Bits of weights, 2 to 16; by default those of the model, 8 if its weights are float."
        ),
    ] = None,
    activations: Annotated[
        int | None, typer.Option(metavar="BITS", help="Bits of values between layers, likewise.")
    ] = None,
    khot: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Limit every weight to K signed digits, so that a product is K shifts and no multiplication.",
        ),
    ] = None,
    loss: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="distill: learn what the model computes now, no labels needed; labels: learn the labels.",
        ),
    ] = "distill",
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="train: the whole network; layerwise: weights and formats of one layer at a time; adaround: whether each "
            "weight is rounded up or down, and biases.",
        ),
    ] = "train",
    epochs: Annotated[
        int, typer.Option(metavar="N", help="How often the frames are seen at most; layer by layer, by each layer.")
    ] = 20,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="F", help="By default 0.003 of a tensor's size a step; 0.03 for adaround.")
    ] = None,
    batch: Annotated[int, typer.Option(metavar="N", help="Frames a step.")] = 64,
    seed: Annotated[int, typer.Option(metavar="N", help="Decides which frames are held back, and their order.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the same command was interrupted; with --method train.")
    ] = False,
) -> None:
    """Fine-tune a network to few bits, and write it as a QONNX file for `build`.

    A float network gets formats as `quantize` gives them. Then weights, biases and the binary points of all formats are
    trained on your frames. A tenth of these is held back, to see how good the result is. Needs PyTorch: pip install
    'fpgaflow[train]'.

    \b
    Examples:
      fpgaflow tune net.onnx --data train.npz --weights 4 --activations 4
      fpgaflow tune net.onnx --data train.npz --khot 2 --loss labels
    """
    from fpgaflow.train.tune import tune as tuned  # noqa: PLC0415 - PyTorch is an extra, and slow to import

    with steps() as progress:
        result = tuned(
            model,
            data,
            output=output,
            epochs=epochs,
            weights=weights,
            activations=activations,
            khot=khot,
            loss=loss,
            method=method,
            learning_rate=learning_rate,
            batch=batch,
            seed=seed,
            resume=resume,
            progress=progress,
        )
    print_tuned(plain(), result)
