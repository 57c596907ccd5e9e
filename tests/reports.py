"""Made-up reports: what a build of a network of a few layers would say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fpgaflow.exactness import Exactness
from fpgaflow.report.summary import Report, StageReport, Throughput

AMOUNTS = {"lut": 1200.0, "ff": 2400.0, "bram": 2.5, "dsp": 0.0}


def stage(place: int, kind: str, cycles: int = 8, **changes: Any) -> StageReport:
    """A stage called as the pipeline would call it; everything else can be changed."""
    folding = {"pe": 4, "simd": 16} if kind == "dense" else {"input_lanes": 4, "output_lanes": 4}
    fields: dict[str, Any] = {
        "name": f"s{place:02d}_{kind}",
        "node": f"node_{place}",
        "op": "Dense" if kind == "dense" else "Requantize",
        "kind": kind,
        "requantize_form": kind.removeprefix("requantize_") if kind.startswith("requantize") else None,
        "folding": folding,
        "input_format": "u4.0",
        "output_format": "s12.0",
        "cycles": cycles,
        "sources": [],
        "fifo_depth": 2,
        "resources": {"estimate": dict(AMOUNTS), "yosys": None, "vitis": None, "vivado": None},
    }
    return StageReport(**(fields | changes))


def report(stages: list[StageReport] | None = None, **changes: Any) -> Report:
    """A verified design of two stages without synthesis; every field can be changed.

    A stage that says nothing of its sources reads the one before it.
    """
    stages = stages or [stage(0, "dense", 14), stage(1, "requantize_comparators", 1)]
    names = ["", *(each.name for each in stages)]
    stages = [replace(each, sources=each.sources or [name]) for each, name in zip(stages, names, strict=False)]
    fields: dict[str, Any] = {
        "model": {
            "file": "net.onnx",
            "name": "net",
            "inputs": {"x": [1, 28, 28]},
            "outputs": {"y": [10]},
            "nodes": 6,
            "weights": 12345,
        },
        "board": {"name": "ultra96", "part": "xczu3eg-sbva484-1-i", "description": "Avnet Ultra96-V2"},
        "input": {"format": "u4.0", "elements": 784, "lanes": 56, "beats": 14, "tdata_bits": 224},
        "output": {"format": "s12.0", "elements": 10, "lanes": 4, "beats": 3, "tdata_bits": 48},
        "exactness": Exactness("the model evaluated in float32, at 'y'", 100, 1000, 1000, 0.0),
        "verified": {
            "numpy": {"frames": 100, "mismatches": 0},
            "cpp": {"frames": 100, "mismatches": 0},
            "rtl": {"frames": 100, "mismatches": 0},
        },
        "stages": stages,
        "throughput": Throughput({"model": 14, "measured": 14.0}, 60, 250.0, 250e6 / 14, 1e9),
        "resources": {
            "used": {
                "estimate": {key: len(stages) * amount for key, amount in AMOUNTS.items()},
                "yosys": None,
                "vitis": None,
                "vivado": None,
            },
            "available": {"lut": 70560, "ff": 141120, "bram": 216, "dsp": 360, "uram": 0},
            "limit": {"lut": 49392.0, "ff": 98784.0, "bram": 172.8, "dsp": 288.0},
        },
        "seconds": {"read": 0.1, "compile": 12.0},
        "not_run": {"cocotb": "it takes long", "yosys": "synthesis was left out (--no-synth)"},
        "mapping": "fastest that fits",
        "objective": "throughput",
        "gap": 0.0,
        "bottleneck": "LUT 50,000 of 49,392 for 7 cycles a frame",
    }
    return Report(**(fields | changes))


def synthesised() -> Report:
    """The same after Yosys and Vivado: Yosys timed out on the second stage, Vivado knows the whole only."""
    stages = [stage(0, "dense", 14), stage(1, "requantize_comparators", 1)]
    stages[0].resources["yosys"] = {"lut": 1100.0, "ff": 2000.0, "bram": 2.0, "dsp": 0.0}
    made = report(stages, not_run={"cocotb": "it takes long", "yosys": "timed out on s01_requantize_comparators"})
    made.resources["used"]["vivado"] = {"lut": 5000.0, "ff": 6000.0, "bram": 7.0, "dsp": 8.0}
    return made
