"""Writes the SystemVerilog of an accelerator: a top level, a module a stage, and what they need of the library."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from fpgaflow.backends.render import render
from fpgaflow.backends.rtl_units import StageFiles, stage_values
from fpgaflow.fixed import BipolarFormat
from fpgaflow.resources import data_path
from fpgaflow.units.base import Accelerator, Stage, Stream
from fpgaflow.units.copies import CopiesUnit, one_copy
from fpgaflow.units.fifo import fifo_block
from fpgaflow.units.skid import without_skid

FILE_LIST = "files.f"
LIBRARY = "lib"

_INSTANCE = re.compile(r"^ *(ff_\w+) #\(", re.MULTILINE)


def emit(accelerator: Accelerator, folder: Path) -> None:
    """Write ``accelerator`` into the empty ``folder``.

    ``<accelerator.name>.sv`` is the top level, ``<stage.name>.sv`` a stage that can be synthesised alone, ``lib/`` what
    both need of the library, ``weights/<stage>/`` the memories, loaded with paths relative to ``folder``; ``files.f``
    lists all sources in compile order.
    """
    add_library(emit_modules(accelerator, folder), folder)


def emit_modules(accelerator: Accelerator, folder: Path) -> list[Path]:
    """Write the stages and the top level, without the library; returns their files, the top level last."""
    plain = without_skid(accelerator)
    stages = [file for stage in accelerator.stages for file in emit_stage(stage, folder, skid=stage.name not in plain)]
    top = folder / f"{accelerator.name}.sv"
    render("rtl/accelerator.sv.j2", top, **_top_values(accelerator))
    return [*stages, top]


def emit_stage(stage: Stage, folder: Path, *, skid: bool = True) -> list[Path]:
    """Write the module and the memories of one stage into ``folder``; returns the module's file, behind that of a copy if
    the stage consists of copies.

    Without ``skid`` a matrix unit has one output register instead of two, and its ``in_ready_o`` depends on
    ``out_ready_i`` in the same cycle.
    """
    bipolar = isinstance(stage.inputs[0].format, BipolarFormat)
    input_bits = sum(stream.width for stream in stage.inputs)
    *copy, module = _module_files(stage, folder)
    render(
        f"rtl/units/{stage.unit.kind}.sv.j2",
        module,
        name=stage.name,
        node=" ".join(stage.node.split()),
        kind=stage.unit.kind,
        input_streams=len(stage.inputs),
        output_streams=len(stage.outputs),
        input_bits=input_bits,
        output_bits=sum(stream.width for stream in stage.outputs),
        bipolar_input=bipolar,
        value_bits=2 * input_bits if bipolar else input_bits,
        skid=int(skid),
        **stage_values(stage.unit, StageFiles(folder, stage.name)),
    )
    if copy:
        emit_stage(one_copy(stage), folder, skid=skid)
    return [*copy, module]


def _module_files(stage: Stage, folder: Path) -> list[Path]:
    modules = [one_copy(stage), stage] if isinstance(stage.unit, CopiesUnit) else [stage]
    return [folder / f"{module.name}.sv" for module in modules]


def add_library(modules: list[Path], folder: Path) -> None:
    """Copy the library modules that ``modules`` (files in ``folder``) need to ``lib/`` and list all in ``files.f``."""
    library = _library("".join(module.read_text() for module in modules))
    (folder / LIBRARY).mkdir()
    for name in library:
        shutil.copy(data_path("rtl_lib") / f"{name}.sv", folder / LIBRARY)
    sources = [*(f"{LIBRARY}/{name}.sv" for name in library), *(module.name for module in modules)]
    (folder / FILE_LIST).write_text("".join(f"{source}\n" for source in sources))


def stage_sources(folder: Path, stage: Stage) -> list[Path]:
    """The sources of a stage emitted into ``folder``, in compile order; they name the memories they load."""
    own = _module_files(stage, folder)
    library = _library("".join(module.read_text() for module in own))
    return [*(folder / LIBRARY / f"{name}.sv" for name in library), *own]


def _top_values(accelerator: Accelerator) -> dict[str, object]:
    streams = [_stream_values(stream) for stream in accelerator.streams]
    named = {str(values["name"]): values for values in streams}
    return {
        "name": accelerator.name,
        "flag_depth": max(2, accelerator.flag_depth),
        "streams": streams,
        "input": named[accelerator.input.name],
        "output": named[accelerator.output.name],
        "unread": [named[stream.name] for stream in accelerator.unread],
        "stages": [
            {
                "name": stage.name,
                "sources": [named[stream.name]["source"] for stream in stage.inputs],
                "targets": [stream.name for stream in stage.outputs],
            }
            for stage in accelerator.stages
        ],
    }


def _stream_values(stream: Stream) -> dict[str, object]:
    """A queue of two is not built: the producer's output registers do its work."""
    return {
        "name": stream.name,
        "width": stream.width,
        "data_width": 8 * -(-stream.width // 8),
        "beats": stream.beats,
        "fifo_depth": stream.fifo_depth,
        "fifo_block": int(fifo_block(stream)),
        "source": f"{stream.name}_queued" if stream.fifo_depth > 2 else stream.name,
    }


def _library(text: str) -> list[str]:
    """The library modules that ``text`` instantiates, directly or not, each after those it needs."""
    found: list[str] = []

    def visit(source: str) -> None:
        for module in _INSTANCE.findall(source):
            if module not in found:
                visit((data_path("rtl_lib") / f"{module}.sv").read_text())
                found.append(module)

    visit(text)
    return found
