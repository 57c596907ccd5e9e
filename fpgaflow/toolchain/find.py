"""Where programs are: on PATH, or below the folder that a vendor's environment variable names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path


def find_program(name: str, variables: Sequence[str] = ()) -> Path | None:
    """The program ``name`` on PATH, else ``$variable/bin/name`` for the first variable where it exists, else None."""
    if found := shutil.which(name):
        return Path(found)
    folders = (Path(os.environ[variable]) / "bin" for variable in variables if os.environ.get(variable))
    return next((folder / name for folder in folders if os.access(folder / name, os.X_OK)), None)
