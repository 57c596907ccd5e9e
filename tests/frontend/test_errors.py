"""Every broken file gives its message, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontend.broken_models import BROKEN, MESSAGES, message


@pytest.mark.parametrize("name", BROKEN)
def test_message(name: str, tmp_path: Path) -> None:
    text = message(name, tmp_path)
    assert text == (MESSAGES / f"{name}.txt").read_text()
    assert text.startswith(f"error[{name[:5]}]")


def test_every_broken_file_has_a_message_of_its_own() -> None:
    texts = [(MESSAGES / f"{name}.txt").read_text() for name in BROKEN]
    assert "" not in texts
    assert len(set(texts)) >= len(texts) - 2  # a text file and a truncated one can't be told apart
