"""Writes files that are either whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fpgaflow.errors import FlowError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``, with its suffix, that takes its place if all goes well and vanishes if not.

    Raises FF507 if the file can't be written.
    """
    with writing(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)  # mkstemp's files are readable by their owner alone
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns the system's refusal to write to ``path`` into FF507."""
    try:
        yield
    except OSError as problem:
        raise FlowError(
            "FF507",
            f"'{path}' can't be written",
            reason=problem.strerror or str(problem),
            hint="check that the folder exists, is yours and has room, or choose another one",
        ) from problem
