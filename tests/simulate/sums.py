"""Sets up the tiny accelerator ``rtl/sums.sv`` for the tests of the simulations."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np

from fpgaflow.fixed import FixedFormat, IntArray
from fpgaflow.units.base import Stream

BEATS = 4
INPUT = Stream("input", 3 * BEATS, 3, FixedFormat(5, 0, True))
OUTPUT = Stream("output", BEATS, 1, FixedFormat(7, 0, True))
SOURCE = Path(__file__).parent / "rtl" / "sums.sv"


def evaluate(frames: IntArray) -> IntArray:
    """What ``sums`` computes."""
    sums: IntArray = frames.reshape(len(frames), BEATS, 3).sum(axis=2)
    return sums


def random_frames(count: int, seed: int = 0) -> IntArray:
    return np.random.default_rng(seed).integers(INPUT.format.min, INPUT.format.max + 1, (count, INPUT.elements))


def write_sums(folder: Path, bug: str = "") -> Path:
    """A folder with the hardware and its interface, as a build would write it; ``bug`` is one of its macros."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCE, folder / "sums.sv")
    (folder / "files.f").write_text((f"+define+{bug}\n" if bug else "") + "sums.sv\n")
    streams = {
        end: {
            "name": stream.name,
            "elements": stream.elements,
            "lanes": stream.lanes,
            "format": {**asdict(stream.format), "bipolar": False},
        }
        for end, stream in (("input", INPUT), ("output", OUTPUT))
    }
    (folder / "interface.json").write_text(json.dumps({"module": "sums", **streams, "silence_cycles": 200}))
    return folder
