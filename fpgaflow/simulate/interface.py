"""``interface.json`` beside generated hardware: what a simulation must know to drive its AXI4-Stream ports."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.units.base import Accelerator, Stream

FILE_NAME = "interface.json"


@dataclass(frozen=True)
class Interface:
    """The top module's name, its two streams, and after how many clock cycles without a transfer it surely hangs."""

    module: str
    input: Stream
    output: Stream
    silence_cycles: int


def interface_of(accelerator: Accelerator) -> Interface:
    """The interface of an accelerator; it is given twice the time a frame takes if each stage waits for whole frames."""
    source, target = accelerator.input, accelerator.output
    arrival = {source.name: source.beats}
    for stage in accelerator.stages:
        start = max(arrival[stream.name] for stream in stage.inputs)
        end = start + stage.unit.cycles + stage.unit.latency
        arrival.update({stream.name: end for stream in stage.outputs})
    return Interface(accelerator.name, source, target, 2 * (arrival[target.name] + target.beats) + 1000)


def write_interface(accelerator: Accelerator, folder: Path) -> None:
    """Write ``interface.json`` into ``folder``."""
    interface = interface_of(accelerator)
    content = {
        "module": interface.module,
        "input": _stream_to_json(interface.input),
        "output": _stream_to_json(interface.output),
        "silence_cycles": interface.silence_cycles,
    }
    (folder / FILE_NAME).write_text(json.dumps(content, indent=2) + "\n")


def read_interface(folder: Path) -> Interface:
    """Read ``folder/interface.json``; FF504 if it is missing or malformed."""
    try:
        content = json.loads((folder / FILE_NAME).read_text())
        return Interface(
            content["module"],
            _stream_from_json(content["input"]),
            _stream_from_json(content["output"]),
            content["silence_cycles"],
        )
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise FlowError(
            "FF504",
            f"'{folder}' is not a folder with generated hardware",
            reason=f"its {FILE_NAME} can't be read: {cause}",
            hint="give the folder that `fpgaflow build` wrote the hardware into, or build again",
        ) from cause


def _stream_to_json(stream: Stream) -> dict[str, Any]:
    bipolar = isinstance(stream.format, BipolarFormat)
    return {
        "name": stream.name,
        "elements": stream.elements,
        "lanes": stream.lanes,
        "format": {**asdict(stream.format), "bipolar": bipolar},
    }


def _stream_from_json(content: dict[str, Any]) -> Stream:
    fields = content["format"]
    fixed = FixedFormat(fields["width"], fields["frac"], fields["signed"])
    return Stream(
        content["name"], content["elements"], content["lanes"], BipolarFormat() if fields["bipolar"] else fixed
    )
