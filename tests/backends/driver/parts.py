"""An accelerator to put on boards, the shipped driver as a module, and frames for a port."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.resources import data_path
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.width_adapter import WidthAdapterUnit


def load_driver(file: Path | None = None) -> ModuleType:
    """driver.py as a module, of an emitted folder or as it is shipped."""
    spec = importlib.util.spec_from_file_location("driver", file or data_path("templates") / "driver" / "driver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["driver"] = module  # where dataclasses look for their module
    spec.loader.exec_module(module)
    return module


def adapter(elements: int, input_lanes: int, output_lanes: int, format: Format) -> Accelerator:
    """An accelerator that sends what it receives, with another number of lanes."""
    source, target = Stream("x", elements, input_lanes, format), Stream("y", elements, output_lanes, format)
    unit = WidthAdapterUnit(elements, input_lanes, output_lanes, format)
    return Accelerator("echo", (Stage("adapt", "node", unit, (source,), (target,)),), source, target)


def random_integers(format: Format, shape: tuple[int, ...]) -> IntArray:
    """Stored integers over the whole range of the format."""
    random = np.random.default_rng(7)
    if isinstance(format, BipolarFormat):
        return 2 * random.integers(0, 2, shape) - 1
    return random.integers(format.min, format.max, shape, endpoint=True)


S5, U8, U62, BIPOLAR = FixedFormat(5, 2, True), FixedFormat(8), FixedFormat(62), BipolarFormat()
