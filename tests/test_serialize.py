"""What is saved comes back equal."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fpgaflow import serialize
from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.ir.text import show
from fpgaflow.mapping.pipeline import build_accelerator
from fpgaflow.ops.host import EncodeInput
from fpgaflow.units.base import Stream
from tests.designs import lowered_mlp, mapped


def test_graphs_come_back(tmp_path):
    lowered = lowered_mlp()
    for name, graph in (("head", lowered.head), ("body", lowered.body), ("tail", lowered.tail)):
        serialize.save(graph, tmp_path, name)
        loaded = serialize.load(tmp_path, name)
        assert show(loaded) == show(graph)
        for key, constant in graph.constants.items():
            np.testing.assert_array_equal(loaded.constants[key].values, constant.values)
            assert loaded.constants[key].values.dtype == constant.values.dtype


def test_accelerator_comes_back(tmp_path):
    lowered = lowered_mlp()
    accelerator = build_accelerator(lowered.body, mapped(lowered).units)
    serialize.save(accelerator, tmp_path, "accelerator")
    loaded = serialize.load(tmp_path, "accelerator")
    assert loaded.streams == accelerator.streams
    frames = np.random.default_rng(0).integers(0, 2, (5, accelerator.input.elements))
    for ours, theirs in zip(accelerator.stages, loaded.stages, strict=True):
        assert (ours.name, ours.node, ours.inputs) == (theirs.name, theirs.node, theirs.inputs)
        np.testing.assert_array_equal(ours.unit.evaluate(frames), theirs.unit.evaluate(frames))
        frames = ours.unit.evaluate(frames)


def test_small_values_come_back(tmp_path):
    for value in (
        Stream("x", 6, 2, FixedFormat(5, -3, True), 9),
        Stream("y", 4, 1, BipolarFormat()),
        EncodeInput(FixedFormat(8), 1, 255),
        {"a": (1, None, 2.5, "text", Fraction(1, 3))},
    ):
        serialize.save(value, tmp_path, "value")
        assert serialize.load(tmp_path, "value") == value


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("fpgaflow.units.base.Stream", "fpgaflow.units.base.Gone"), "KeyError"),
        (lambda text: text.replace('"beats"', '"gone"').replace('"lanes"', '"gone"'), "TypeError"),
        (lambda text: text[:-9], "JSONDecodeError"),
    ],
)
def test_files_of_another_version_are_an_error(tmp_path, change, why):
    serialize.save(Stream("x", 6, 2, FixedFormat(5, -3, True), 9), tmp_path, "value")
    file = tmp_path / "value.json"
    file.write_text(change(file.read_text()))
    with pytest.raises(FlowError) as caught:
        serialize.load(tmp_path, "value")
    assert caught.value.code == "FF504"
    assert str(file) in str(caught.value) and why in str(caught.value)
    assert "build the model again" in str(caught.value)
