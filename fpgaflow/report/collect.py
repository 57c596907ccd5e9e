"""Collects the report of a build from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpgaflow.board import Board
from fpgaflow.exactness import Exactness
from fpgaflow.ir.graph import Graph
from fpgaflow.passes.lower import Lowered
from fpgaflow.report.summary import Report, StageReport, Throughput
from fpgaflow.simulate.framing import beat_bytes
from fpgaflow.units.adder_graph import AdderGraphUnit
from fpgaflow.units.base import Accelerator, Stage, Stream, Unit
from fpgaflow.units.copies import CopiesUnit
from fpgaflow.units.dense import DenseUnit
from fpgaflow.units.fifo import top_level_cost
from fpgaflow.units.requantize import RequantizeUnit

if TYPE_CHECKING:
    from fpgaflow.mapping.folding import HwMapping


def collect(
    file: Path,
    model: Graph,
    lowered: Lowered,
    accelerator: Accelerator,
    mapping: HwMapping,
    board: Board,
    clock_mhz: float,
    exactness: Exactness,
) -> Report:
    """A report of everything known before the engines have run."""
    cycles = max(stage.unit.cycles for stage in accelerator.stages)
    cycles = max(cycles, accelerator.input.beats, accelerator.output.beats)
    transfer = max(s.beats * beat_bytes(s) for s in (accelerator.input, accelerator.output))
    makers = {stream.name: stage.name for stage in accelerator.stages for stream in stage.outputs}
    stages = [_stage(lowered.body, stage, makers) for stage in accelerator.stages]
    top_level = asdict(top_level_cost(accelerator))
    used = {key: sum(_amount(s, key) for s in stages) + amount for key, amount in top_level.items()}
    return Report(
        model={
            "file": file.name,
            "name": model.name,
            "inputs": {name: list(type_.shape) for name, type_ in model.inputs.items()},
            "outputs": {name: list(model.type_of(name).shape) for name in model.outputs},
            "nodes": len(model.nodes),
            "weights": sum(_weights(stage.unit) for stage in accelerator.stages),
        },
        board={
            "name": board.name,
            "part": board.part,
            "description": board.description,
            "family": board.family.value,
        },
        input=_port(accelerator.input),
        output=_port(accelerator.output),
        exactness=exactness,
        verified={"cpp": None, "rtl": None},
        stages=stages,
        throughput=Throughput(
            {"model": cycles, "measured": None},
            None,
            clock_mhz,
            clock_mhz * 1e6 / cycles,
            board.dma_bandwidth(clock_mhz) / transfer,
        ),
        resources={
            "top_level": {"estimate": top_level},
            "used": {"estimate": used, "yosys": None, "vitis": None, "vivado": None},
            "available": {**asdict(board.resources), "uram": board.uram},
            "limit": asdict(mapping.limit),
        },
        mapping=mapping.note,
        objective=mapping.objective.value,
        gap=mapping.gap,
        bottleneck=mapping.bottleneck,
    )


def _weights(unit: Unit) -> int:
    """Weights of a layer."""
    unit = unit.unit if isinstance(unit, CopiesUnit) else unit
    return unit.weights.size if isinstance(unit, DenseUnit | AdderGraphUnit) else 0


def _amount(stage: StageReport, key: str) -> float:
    estimate = stage.resources["estimate"]
    assert estimate is not None
    return estimate[key]


def _port(stream: Stream) -> dict[str, Any]:
    return {
        "format": str(stream.format),
        "elements": stream.elements,
        "lanes": stream.lanes,
        "beats": stream.beats,
        "tdata_bits": 8 * beat_bytes(stream),
    }


def _stage(body: Graph, stage: Stage, makers: Mapping[str, str]) -> StageReport:
    unit = stage.unit
    form = unit.kind.removeprefix("requantize_") if isinstance(unit, RequantizeUnit) else None
    folding = {"input_lanes": unit.input_lanes, "output_lanes": unit.output_lanes}
    if isinstance(unit, DenseUnit):
        folding = {"pe": unit.pe, "simd": unit.simd}
    return StageReport(
        name=stage.name,
        node=stage.node,
        op=type(body.by_name[stage.node].op).__name__ if stage.node else "",
        kind=unit.kind,
        requantize_form=form,
        folding=folding,
        input_format=", ".join(dict.fromkeys(str(stream.format) for stream in stage.inputs)),
        output_format=str(stage.outputs[0].format),
        cycles=unit.cycles,
        sources=[makers.get(stream.name, "") for stream in stage.inputs],
        fifo_depth=max(stream.fifo_depth for stream in stage.inputs),
        resources={"estimate": asdict(unit.cost()), "yosys": None, "vitis": None, "vivado": None},
    )
