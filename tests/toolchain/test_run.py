"""Running programs: exit codes, logs, limits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.run import TimeLimitError, run


def python(tmp_path: Path, statement: str, limit_seconds: float | None = None) -> None:
    run(
        [sys.executable, "-c", statement],
        tool="a tool",
        cwd=tmp_path,
        log=tmp_path / "logs" / "log",
        env={"ADDED": "yes"},
        limit_seconds=limit_seconds,
    )


def test_output_of_both_kinds_goes_to_the_log(tmp_path: Path) -> None:
    python(tmp_path, "import os, sys; print(os.environ['ADDED'], os.getcwd(), flush=True); sys.stderr.write('error')")
    assert (tmp_path / "logs" / "log").read_text() == f"yes {tmp_path}\nerror"


def test_failure_shows_the_end_of_the_log(tmp_path: Path) -> None:
    with pytest.raises(FlowError) as caught:
        python(tmp_path, "[print(i) for i in range(100)]; exit(3)")
    assert (caught.value.code, caught.value.what) == ("FF602", "a tool failed with exit code 3")
    assert caught.value.reason == "the end of its log:\n" + "\n".join(str(i) for i in range(88, 100))


def test_time_limit(tmp_path: Path) -> None:
    with pytest.raises(TimeLimitError) as caught:
        python(tmp_path, "import time; time.sleep(60)", limit_seconds=0.2)
    assert (caught.value.code, caught.value.what) == ("FF602", "a tool was stopped after 0.2 s")


def test_missing_program(tmp_path: Path) -> None:
    with pytest.raises(FlowError) as caught:
        run(["no-such-program"], tool="a tool", cwd=tmp_path, log=tmp_path / "log")
    assert (caught.value.code, caught.value.what) == ("FF601", "a tool is missing")
