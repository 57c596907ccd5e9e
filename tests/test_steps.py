"""The display of a command's steps on a terminal; ``test_cli`` has it in a pipe."""

from __future__ import annotations

import io
import re

from rich.console import Console

from fpgaflow.steps import Steps


def screen(*, fail: bool = False) -> list[str]:
    """The last picture of three steps, the second of which says how far it has come."""
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=80, color_system=None, _environ={"TERM": "xterm"})
    steps = Steps(console)
    try:
        with steps:
            steps("reading [x].onnx")
            steps("working", "")
            steps("working", "2 of 2")
            steps("moving")
            if fail:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    last = text.getvalue().rpartition("\x1b[2K")[2]
    return [line.rstrip() for line in re.sub(r"\x1b\[[?\d;]*\w", "", last).splitlines()]


def test_steps_on_a_terminal() -> None:
    assert [line.split() for line in screen()] == [
        ["✓", "reading", "[x].onnx", "0:00:00"],
        ["✓", "working", "2", "of", "2", "0:00:00"],
        ["✓", "moving", "0:00:00"],
    ]


def test_a_step_that_failed_is_not_ticked() -> None:
    assert [line[0] == "✓" for line in screen(fail=True)] == [True, True, False]


def test_dumb_terminals_get_lines() -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=80, color_system=None, _environ={"TERM": "dumb"})
    with Steps(console) as steps:
        steps("working", "1 of 2")
    assert re.fullmatch(r" +0\.\d s  working: 1 of 2\n", text.getvalue())
