"""Layers of random K-hot weights: NumPy, C++ and RTL give the same integers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hls_lib import bench as cpp
from tests.khot import khot_units
from tests.rtl import bench as rtl


@pytest.mark.slow
@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**9))
def test_all_engines_are_equal(seed: int) -> None:
    units = {f"khot{number}": unit for number, unit in enumerate(khot_units(seed))}
    devices = []
    for name, unit in units.items():
        inputs, outputs = unit.vectors * unit.groups * unit.inputs, unit.vectors * unit.outputs
        devices.append(rtl.Case(name, unit, inputs, unit.input_format, outputs, unit.accumulator))
    frames = [rtl.random_frames(device, 4) for device in devices]
    with tempfile.TemporaryDirectory() as scratch:
        cases = [
            cpp.Case(name, unit, unit.input_format, unit.accumulator, of_unit)
            for (name, unit), of_unit in zip(units.items(), frames, strict=True)
        ]
        (Path(scratch) / "cpp").mkdir()
        by_cpp = cpp.run_cases(cases, Path(scratch) / "cpp")
        (Path(scratch) / "rtl").mkdir()
        traces = rtl.Bench(devices, Path(scratch) / "rtl", compile_flags=["-O0"]).run(frames)
    for (name, unit), of_unit, trace in zip(units.items(), frames, traces, strict=True):
        expected = unit.evaluate(of_unit)
        assert np.array_equal(by_cpp[name], expected), name
        assert np.array_equal(trace.frames, expected), name
