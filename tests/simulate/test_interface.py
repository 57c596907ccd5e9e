from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.simulate.interface import interface_of, read_interface, write_interface
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.width_adapter import WidthAdapterUnit


def test_what_is_written_is_read(tmp_path: Path) -> None:
    source = Stream("pixels", 24, 4, FixedFormat(7, -3, True))
    result = Stream("classes", 24, 2, BipolarFormat())
    unit = WidthAdapterUnit(24, 4, 2, FixedFormat(7, -3, True))
    accelerator = Accelerator("net", (Stage("a", "n", unit, (source,), (result,)),), source, result)
    write_interface(accelerator, tmp_path)
    interface = read_interface(tmp_path)
    assert interface == interface_of(accelerator)
    assert (interface.module, interface.input, interface.output) == ("net", source, result)
    assert interface.silence_cycles > unit.cycles + source.beats + result.beats


@pytest.mark.parametrize("content", [None, "{", '{"module": "net"}', "[]"])
def test_other_folders_are_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "interface.json").write_text(content)
    with pytest.raises(FlowError) as caught:
        read_interface(tmp_path)
    assert caught.value.code == "FF504"
