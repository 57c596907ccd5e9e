"""Which networks the command line names."""

from __future__ import annotations

from pathlib import Path

from benchmarks.networks import SHAPES, arguments, subjects
from benchmarks.zoo import ZOO


def test_names_and_files(tmp_path: Path) -> None:
    given = arguments("").parse_args(["dscnn_w4a4", "some/jets.onnx=s16.10", "other.onnx"])
    zoo, jets, other = subjects(given.networks, tmp_path)
    assert (zoo.name, zoo.input_format) == ("dscnn_w4a4", None)
    assert zoo.path.read_bytes() == ZOO["dscnn_w4a4"]().SerializeToString()
    assert (jets.name, jets.path, jets.input_format) == ("jets", Path("some/jets.onnx"), "s16.10")
    assert (other.name, other.input_format) == ("other", None)


def test_without_names(tmp_path: Path) -> None:
    found = subjects(arguments("").parse_args([]).networks, tmp_path)
    assert [subject.name for subject in found] == list(SHAPES)
    assert all(subject.path.is_file() for subject in found)
