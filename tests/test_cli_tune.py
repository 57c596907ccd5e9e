"""The command `fpgaflow tune` where PyTorch is not installed."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from tests.command_line import call


def test_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find_spec(name))
    for name in [name for name in sys.modules if name.startswith("fpgaflow.train")]:
        monkeypatch.delitem(sys.modules, name)
    result = call("tune", "net.onnx", "--data", "x.npz")
    assert result.exit_code == 2
    assert result.stderr == (
        "error[FF601]: PyTorch is not installed\n"
        "   = reason: fpgaflow.train trains with it\n"
        "   = hint: pip install 'fpgaflow[train]'\n"
    )
