"""Shows how far a command has come, on stderr."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """A ``fpgaflow.design.Progress``: every step with its time on a terminal, else a line when it begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = console.is_terminal and not console.is_dumb_terminal
        self._start = time.monotonic()
        self._step = ""
        self._task: TaskID | None = None
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[done]}", style="dim", markup=False),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=not self._live)

    def __enter__(self) -> Steps:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        self._progress.stop()

    def __call__(self, step: str, done: str = "", /) -> None:
        if not self._live:
            seconds = time.monotonic() - self._start
            self._console.print(f"{seconds:7.1f} s  {step}{': ' if done else ''}{done}", soft_wrap=True)
        elif step == self._step and self._task is not None:
            self._progress.update(self._task, done=done)
        else:
            self._finish()
            self._task = self._progress.add_task(step, total=1, done=done)
        self._step = step

    def _finish(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=1)


def plain(*, stderr: bool = False) -> Console:
    """A console that prints texts as they are: names out of the user's file are no markup."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def steps() -> Steps:
    """The steps of a command, on standard error."""
    return Steps(plain(stderr=True))
