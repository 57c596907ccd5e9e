"""Small lowered and mapped networks that several tests share."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx

from fpgaflow.board import load_board
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.mapping.folding import HwMapping, fold
from fpgaflow.passes.lower import Lowered, lower
from tests.models import MlpSpec, mlp

SMALL = MlpSpec(widths=(12, 8, 6, 4), weight_bits=3, activation_bits=3, input_bits=4, batch_norm=True)


def lowered_mlp(spec: MlpSpec = SMALL) -> Lowered:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "small.onnx"
        onnx.save(mlp(spec), file)
        return lower(read_model(file), {})


def mapped(lowered: Lowered, board: str = "ultra96", target_cycles: int | None = None) -> HwMapping:
    return fold(lowered.body, load_board(board), target_cycles=target_cycles)
