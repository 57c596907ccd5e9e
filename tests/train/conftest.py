"""Tests of what needs PyTorch, which is an extra: without it this folder is not collected."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

HAS_TORCH = find_spec("torch") is not None
collect_ignore_glob = [] if HAS_TORCH else ["test_*.py"]


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    import torch  # noqa: PLC0415 - an extra

    torch.manual_seed(0)
    torch.set_num_threads(1)
