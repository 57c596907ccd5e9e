"""Finds the shipped data folders (templates, hls_lib, rtl_lib, sim, boards) in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_path(name: str) -> Path:
    """The folder ``name``: ``fpgaflow/_data/<name>`` of an installed wheel, else the checkout's top-level folder."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"fpgaflow's data folder '{name}' is missing from the installation")
