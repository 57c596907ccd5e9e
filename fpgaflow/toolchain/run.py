"""Runs external programs. The only place that does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from fpgaflow.errors import FlowError

TAIL_LINES = 12


class TimeLimitError(FlowError):
    """FF602: a program was stopped at its time limit."""


def run(
    command: Sequence[str | Path],
    *,
    tool: str,
    cwd: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    limit_seconds: float | None = None,
) -> None:
    """Run ``command`` in ``cwd``; its output goes to ``log``.

    ``env`` is added to the environment. Raises FF601 if the program is missing, FF602 with the end of the log if it
    exits with anything but 0, and TimeLimitError if it is stopped because it ran for ``limit_seconds``.
    """
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("w") as output:
            done = subprocess.run(
                words,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=limit_seconds,
            )
    except FileNotFoundError as missing:
        raise FlowError(
            "FF601",
            f"{tool} is missing",
            reason=f"the program '{words[0]}' is not installed",
            hint="`fpgaflow doctor` says how to get it",
        ) from missing
    except subprocess.TimeoutExpired as expired:
        raise TimeLimitError(
            "FF602",
            f"{tool} was stopped after {limit_seconds} s",
            reason="it did not finish within its time limit",
            hint=f"the whole log is in {log}",
        ) from expired
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
        raise FlowError(
            "FF602",
            f"{tool} failed with exit code {done.returncode}",
            reason=f"the end of its log:\n{tail}",
            hint=f"the whole log is in {log}",
        )
