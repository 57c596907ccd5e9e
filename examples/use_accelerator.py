"""Runs the shipped frames through a built accelerator, once with each engine, and compares the results bit for bit.

Build it first: `fpgaflow build examples/digits.onnx --board ultra96` writes the folder `digits-ultra96`; or take
`digits_cnn.onnx`, and give the folder's name to this program.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import fpgaflow

EXAMPLES = Path(__file__).resolve().parent


def main(folder: str) -> None:
    data = np.load(EXAMPLES / "digits.npz")
    design = fpgaflow.load(folder)
    trained = np.load(EXAMPLES / f"{design.report.model['name']}.npz")["y"]
    print(f"{'engine':8}{'frames':>8}{'accuracy':>10}  equal to the outputs after training")
    for engine in ("numpy", "cpp", "rtl"):
        outputs = design(data["x"], engine=engine)
        accuracy = np.mean(outputs.argmax(axis=1) == data["labels"])
        print(f"{engine:8}{len(outputs):8}{accuracy:10.2%}  {np.array_equal(outputs, trained)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "digits-ultra96")
