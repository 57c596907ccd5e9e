"""``report.html``: the report as one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fpgaflow.backends.render import environment
from fpgaflow.design import Design
from fpgaflow.files import replacing
from fpgaflow.report import view
from fpgaflow.report.drawing import draw_pipeline
from fpgaflow.report.summary import Report, StageReport
from fpgaflow.report.view import NOT_RUN, RESOURCES, TOOLS, Outcome


@dataclass(frozen=True)
class Tile:
    """A headline number; ``state`` is good, bad, missing or plain."""

    title: str
    value: str
    note: str
    state: str


@dataclass(frozen=True)
class Bar:
    """A bar of ``percent`` of the full width in the colour of ``style``, with its number beside it."""

    style: str
    text: str
    percent: float


@dataclass(frozen=True)
class Row:
    """A row of a chart: one bar for each source of numbers."""

    label: str
    note: str
    bars: tuple[Bar, ...]
    marked: bool = False


@dataclass(frozen=True)
class Chart:
    """Bars that share one scale."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Total:
    """A resource of the whole design: a bar for each tool that ran, None for one that did not."""

    resource: str
    bars: tuple[Bar | None, ...]
    budget: str
    board: str


@dataclass(frozen=True)
class StageRow:
    """A stage's line in the table; ``amounts`` has four texts for each tool, none for a tool without stage numbers."""

    name: str
    node: str
    op: str
    folding: str
    reads: str
    writes: str
    cycles: str
    fifo: str
    amounts: tuple[tuple[str, ...], ...]
    marked: bool


def write_html(design: Design) -> Path:
    """Write ``report.html`` into the design's folder; returns its path."""
    path = design.folder / "report.html"
    with replacing(path) as temporary:
        temporary.write_text(render_html(design.report), encoding="utf-8")
    return path


def render_html(report: Report) -> str:
    """The text of ``report.html``."""
    # Names come out of the user's file, so they are escaped.
    template = environment().overlay(autoescape=True).get_template("report/report.html.j2")
    slowest = view.slowest(report)
    return template.render(
        model=report.model,
        board=report.board,
        weights=f"{report.model['weights']:,}",
        shapes=_shapes(report.model["inputs"]) + " → " + _shapes(report.model["outputs"]),
        tiles=_tiles(report),
        mismatch=report.first_mismatch,
        exactness=view.exactness(report),
        throughput=view.throughput(report),
        latency=view.latency(report),
        mapping=view.mapping(report),
        bottleneck=report.bottleneck,
        engines=view.engines(report),
        pipeline=draw_pipeline(report),
        cycles=_cycles(report, slowest),
        tools=TOOLS,
        resources=tuple(RESOURCES.values()),
        totals=_totals(report),
        top_level=view.top_level(report),
        areas=_areas(report),
        stage_tools=_tool_headings(report),
        stages=[_stage(stage, stage.name in slowest) for stage in report.stages],
        seconds=_seconds(report.seconds),
        not_run=view.not_run(report),
    )


def _shapes(ports: Mapping[str, Sequence[int]]) -> str:
    return ", ".join(f"{name} ({'×'.join(map(str, shape))})" for name, shape in ports.items())


def _tiles(report: Report) -> list[Tile]:
    found = report.exactness
    same = found.equal == found.outputs
    ran = [engine for engine in view.engines(report) if engine.outcome is not Outcome.NOT_RUN]
    wrong = [engine for engine in ran if engine.outcome is Outcome.DIFFERS]
    verified = Tile("Verification", NOT_RUN, "no engine was run", "missing")
    if ran:
        outcome = ("differs", "bad") if wrong else ("bit-equal", "good")
        verified = Tile("Verification", outcome[0], ", ".join(engine.name for engine in wrong or ran), outcome[1])
    share = f"{found.equal:,} of {found.outputs:,}" if not same else "equal"
    rate = report.throughput
    bound = f", DMA {rate.fps_dma:,.0f}" if rate.fps_dma < rate.fps else ""
    lut = view.used(report)["yosys"] or view.used(report)["estimate"]
    source = "Yosys" if view.used(report)["yosys"] else "estimate"
    assert lut is not None
    return [
        Tile("ONNX reference", share, view.count(found.frames, "frame"), "good" if same else "plain"),
        verified,
        Tile("Throughput", f"{rate.fps:,.0f}", f"frames/s at {rate.clock_mhz:g} MHz{bound}", "plain"),
        Tile("Latency", *_latency(report)),
        Tile(
            "LUT",
            f"{100 * lut['lut'] / report.resources['available']['lut']:.0f} %",
            f"of the board, {source}",
            "plain",
        ),
    ]


def _latency(report: Report) -> tuple[str, str, str]:
    cycles = report.throughput.latency_cycles
    if cycles is None:
        return NOT_RUN, "measured by the RTL simulation", "missing"
    return f"{cycles / report.throughput.clock_mhz:.3g} µs", view.count(cycles, "cycle"), "plain"


def _cycles(report: Report, slowest: set[str]) -> Chart:
    most = max(stage.cycles for stage in report.stages)
    rows = [
        Row(
            stage.name,
            stage.node,
            (Bar("cycles", f"{stage.cycles:,}", 100 * stage.cycles / most),),
            marked=stage.name in slowest,
        )
        for stage in report.stages
    ]
    return Chart("Cycles a frame", tuple(rows))


def _totals(report: Report) -> list[Total]:
    totals, available, limit = view.used(report), report.resources["available"], report.resources["limit"]
    return [
        Total(
            label,
            tuple(_share(tool, totals[tool], key, available[key]) for tool in TOOLS),
            view.number(limit[key]),
            view.number(available[key]),
        )
        for key, label in RESOURCES.items()
    ]


def _share(tool: str, amounts: Mapping[str, float] | None, key: str, available: float) -> Bar | None:
    if amounts is None:
        return None
    percent = 100 * amounts[key] / available
    return Bar(tool, f"{view.number(amounts[key])} ({percent:.1f} %)", min(percent, 100.0))


def _areas(report: Report) -> list[Chart]:
    """A chart for each resource that some stage uses."""
    charts = []
    for key, label in RESOURCES.items():
        most = max(
            (amounts[key] for stage in report.stages for amounts in stage.resources.values() if amounts is not None),
            default=0.0,
        )
        if most == 0:
            continue
        rows = []
        for stage in report.stages:
            known = [(tool, amounts) for tool in TOOLS if (amounts := stage.resources[tool]) is not None]
            bars = tuple(Bar(tool, view.number(amounts[key]), 100 * amounts[key] / most) for tool, amounts in known)
            rows.append(Row(stage.name, stage.node, bars))
        charts.append(Chart(label, tuple(rows)))
    return charts


def _tool_headings(report: Report) -> list[tuple[str, str]]:
    """Each tool, and what stands in its one column if it has no numbers for any stage ('' if it has)."""
    headings = []
    for tool in TOOLS:
        missing = all(stage.resources[tool] is None for stage in report.stages)
        whole = view.used(report)[tool] is not None
        headings.append((tool, ("only the whole design" if whole else NOT_RUN) if missing else ""))
    return headings


def _stage(stage: StageReport, marked: bool) -> StageRow:
    return StageRow(
        name=stage.name,
        node=stage.node,
        op=stage.op,
        folding=view.folding(stage),
        reads=stage.input_format,
        writes=stage.output_format,
        cycles=f"{stage.cycles:,}",
        fifo=str(stage.fifo_depth),
        amounts=tuple(tuple(view.amount(stage.resources[tool], key) for key in RESOURCES) for tool in TOOLS),
        marked=marked,
    )


def _seconds(seconds: Mapping[str, float]) -> Chart:
    longest = max(seconds.values(), default=0.0) or 1.0
    rows = [Row(step, "", (Bar("time", f"{time:.1f} s", 100 * time / longest),)) for step, time in seconds.items()]
    return Chart("Time of the build's steps", tuple(rows))
