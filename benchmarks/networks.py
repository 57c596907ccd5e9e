"""The networks that are measured: two of well-known shapes with random weights, or what the command line names."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.zoo import ZOO
from tests.models import MlpSpec, Scales, mlp, save


@dataclass(frozen=True)
class Subject:
    """A network to measure; ``input_format`` is None where the file says what the input is."""

    name: str
    path: Path
    input_format: str | None = None


SHAPES = {
    "tfc-like": (
        MlpSpec(
            (784, 64, 64, 64, 10),
            weight_bits=2,
            activation_bits=2,
            input_bits=2,
            scales=Scales.FLOAT,
            narrow=True,
            bias=False,
            batch_norm=True,
            batch="batch",
            ir_version=10,
        ),
        None,
    ),
    "jets-like": (
        MlpSpec(
            (16, 64, 32, 32, 5),
            weight_bits=6,
            activation_bits=6,
            input_bits=None,
            head="Softmax",
            batch="batch",
            ir_version=10,
        ),
        "s16.10",
    ),
}


def arguments(description: str) -> argparse.ArgumentParser:
    """A command line that takes names of networks, and ONNX files, each with an input format where the file has none."""
    parser = argparse.ArgumentParser(description=description)
    text = f"a file, for example jets.onnx=s16.10, or one of {', '.join(ZOO)}"
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=text)
    return parser


def subjects(networks: list[str], folder: Path) -> list[Subject]:
    """What to measure: the given networks, or without any those of ``SHAPES``; new files are written into ``folder``."""
    if not networks:
        made = [(name, save(mlp(spec), folder, f"{name}.onnx"), format) for name, (spec, format) in SHAPES.items()]
        return [Subject(*parts) for parts in made]
    found = []
    for text in networks:
        if text in ZOO:
            found.append(Subject(text, save(ZOO[text](), folder, f"{text}.onnx")))
            continue
        path, _, input_format = text.partition("=")
        found.append(Subject(Path(path).stem, Path(path), input_format or None))
    return found
