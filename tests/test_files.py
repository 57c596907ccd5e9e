"""Files appear whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.files import replacing


def test_replaces_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    target.write_text("old")
    with replacing(target) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".npy"
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    target.write_text("old")

    def fail() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target in (tmp_path / "nowhere" / "y.npy", tmp_path / "file" / "y.npy"):
        with pytest.raises(FlowError) as caught, replacing(target):
            pass
        assert caught.value.code == "FF507"
        assert str(target) in caught.value.what
