"""The tutorial: its code runs, in order and in one folder, and prints what the page shows, but for digits."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import call

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "tutorial.md").read_text()
STEPS = re.findall(r"```(python|sh)\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", PAGE, re.DOTALL)
LEFT_OUT = "…"


def masked(text: str) -> list[str]:
    """Lines that may not differ between machines: training gives other numbers on another processor."""
    plain = (re.sub(r"[█░]+", "█", re.sub(r"-?\d[\d.,]*", "0", line)) for line in text.splitlines())
    return [" ".join(line.split()) for line in plain if line.strip()]


def excerpt(shown: list[str]) -> re.Pattern[str]:
    """Matches printed lines of which those at the marks may be left out."""
    parts = (r"(.*\n)*" if line == LEFT_OUT else re.escape(line) + "\n" for line in shown)
    return re.compile("".join(parts))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    torch.set_num_threads(1)
    values: dict[str, Any] = {}
    for language, code, shown in STEPS:
        if language == "python":
            exec(compile(code, "tutorial.md", "exec"), values)
            printed = capsys.readouterr().out
        else:
            commands = [shlex.split(line)[1:] for line in code.splitlines() if line.startswith("fpgaflow ")]
            results = [call(*words) for words in commands]
            assert [result.exit_code for result in results] == [0] * len(commands)
            printed = "".join(result.stdout for result in results)
        assert excerpt(masked(shown)).fullmatch("".join(f"{line}\n" for line in masked(printed))), printed
        assert all(int(right) >= 345 for right in re.findall(r"(\d+) of 360 right", printed))


def test_page_shows_all_output_of_python() -> None:
    """A block that prints has its output behind it."""
    assert STEPS
    assert all(bool(shown) == ("print(" in code) for language, code, shown in STEPS if language == "python")
