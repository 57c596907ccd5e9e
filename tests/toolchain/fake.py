"""Programs that stand for installed tools."""

from __future__ import annotations

import sys
from pathlib import Path


def install(folder: Path, name: str, body: str) -> Path:
    """An executable ``folder/name`` that runs the Python statements ``body``."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport os, pathlib, sys, time\n{body}\n")
    program.chmod(0o755)
    return program
