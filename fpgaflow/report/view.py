"""What a report says, in words and numbers for people: shared by the terminal and the HTML report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from fpgaflow.report.summary import Report, StageReport

RESOURCES = {"lut": "LUT", "ff": "FF", "bram": "BRAM", "dsp": "DSP"}
TOOLS = ("estimate", "yosys", "vitis", "vivado")
NOT_RUN = "not run"
ENGINES = {"numpy": "NumPy", "cpp": "C++", "rtl": "RTL", "cocotb": "cocotb"}


class Outcome(Enum):
    """What came of comparing an engine."""

    EQUAL = "equal"
    DIFFERS = "differs"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class EngineView:
    """An engine by the name people know it, what came of comparing it, and that in words."""

    key: str
    name: str
    outcome: Outcome
    text: str


def engines(report: Report) -> list[EngineView]:
    """Every engine, run or not."""
    otherwise = (
        "verification was left out" if report.first_mismatch is None else "another engine differed before its turn"
    )
    reasons = {key: report.not_run.get(key, otherwise) for key in ENGINES}
    return [_engine(key, name, report.verified.get(key), reasons[key]) for key, name in ENGINES.items()]


def _engine(key: str, name: str, counts: Mapping[str, int] | None, why_not: str) -> EngineView:
    if counts is None:
        return EngineView(key, name, Outcome.NOT_RUN, why_not)
    frames, wrong = counts["frames"], counts["mismatches"]
    thing, everything = "differing integer", "every bit"
    if key == "cocotb":
        thing, everything = "failed protocol test", "every protocol test"
    if wrong:
        return EngineView(key, name, Outcome.DIFFERS, f"{count(wrong, thing)}, {count(frames, 'frame')}")
    return EngineView(key, name, Outcome.EQUAL, f"{everything}, {count(frames, 'frame')}")


def differs(report: Report) -> bool:
    """True if an engine that ran is not equal to the integer network."""
    return any(engine.outcome is Outcome.DIFFERS for engine in engines(report))


def exactness(report: Report) -> str:
    """How the integer network compares with the ONNX model."""
    found = report.exactness
    text = f"{found.equal:,} of {count(found.outputs, 'output integer')} equal {found.reference}"
    text += f" ({count(found.frames, 'frame')})"
    if found.equal < found.outputs:
        if found.equal_float64 is not None:
            text += f"; evaluated in float64, {found.equal_float64:,} are equal"
        text += f"; the largest difference of the network's outputs is {found.max_abs_diff:g}"
    return text


def not_run(report: Report) -> dict[str, str]:
    """What was not run and why; engines, then tools."""
    missing = {engine.name: engine.text for engine in engines(report) if engine.outcome is Outcome.NOT_RUN}
    for tool in TOOLS[1:]:
        if report.resources["used"][tool] is None:
            missing[tool.capitalize()] = report.not_run.get(tool, f"run it with `fpgaflow synth DIR --tool {tool}`")
    return missing


def throughput(report: Report) -> str:
    """Frames a second, and where the number comes from."""
    found = report.throughput
    measured = found.cycles_per_frame["measured"]
    cycles = found.cycles_per_frame["model"] if measured is None else measured
    source = "by formula, not simulated" if measured is None else "measured in the RTL simulation"
    pace = f"{number(cycles)} cycle{'' if cycles == 1 else 's'} a frame"
    text = f"{found.fps:,.0f} frames/s at {found.clock_mhz:g} MHz: {pace}, {source}"
    if found.fps_dma < found.fps:
        text += f"; the board's DMA port carries {found.fps_dma:,.0f} frames/s"
    return text


def latency(report: Report) -> str:
    """Clock cycles and microseconds from a frame's first beat to its last result."""
    found = report.throughput
    if found.latency_cycles is None:
        return NOT_RUN
    return f"{count(found.latency_cycles, 'cycle')}, {found.latency_cycles / found.clock_mhz:.3g} µs"


def mapping(report: Report) -> str:
    """How the folding was chosen, and how close to the best that is proven to be."""
    if report.gap is None:
        return report.mapping
    proof = f"within {100 * report.gap:.2g} % of the proven bound" if report.gap else "proven to be the best folding"
    return f"{report.mapping} (for {report.objective}, {proof})"


def slowest(report: Report) -> set[str]:
    """Names of the stages that set the pace; none if all are equally fast."""
    cycles = {stage.cycles for stage in report.stages}
    return {stage.name for stage in report.stages if len(cycles) > 1 and stage.cycles == max(cycles)}


def lanes(stage: StageReport) -> tuple[int, int]:
    """Elements a beat that a stage reads and writes."""
    folding = stage.folding
    if "simd" in folding:
        return folding["simd"], folding["pe"]
    return folding["input_lanes"], folding["output_lanes"]


def folding(stage: StageReport) -> str:
    """How much of a stage works at once."""
    reads, writes = lanes(stage)
    if "simd" in stage.folding:
        return f"{writes}×{reads}"
    return str(reads) if reads == writes else f"{reads}→{writes}"


def amount(amounts: Mapping[str, float] | None, key: str) -> str:
    """An amount of a resource; a tool that was not run has none."""
    return NOT_RUN if amounts is None else number(amounts[key])


def number(value: float | None) -> str:
    """A number of things: whole, or with the half that a BRAM has."""
    if value is None:
        return NOT_RUN
    return f"{value:,.1f}" if value % 1 == 0.5 else f"{value:,.0f}"


def count(value: int, thing: str) -> str:
    """``1 frame``, ``2 frames``."""
    return f"{value:,} {thing}{'' if value == 1 else 's'}"


def top_level(report: Report) -> str:
    """What the estimate adds to the stages; '' in reports that have no such line."""
    amounts = report.resources.get("top_level", {}).get("estimate")
    if amounts is None:
        return ""
    return ", ".join(f"{number(amounts[key])} {label}" for key, label in RESOURCES.items() if amounts[key])


def used(report: Report) -> Mapping[str, Mapping[str, float] | None]:
    """The whole design's resources by tool; None for a tool that was not run."""
    totals: Mapping[str, Mapping[str, float] | None] = report.resources["used"]
    return totals
