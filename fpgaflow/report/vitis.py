"""Vitis HLS's ``csynth.xml`` -> timing, latency, loops, area and bindings.

Numbers that the tool does not know (``undef``, ``?``) are None; of a range (``30 ~ 541``) the upper end is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from fpgaflow.errors import FlowError
from fpgaflow.report.area import Area, not_a_report, read_report
from fpgaflow.units.base import Resources

TOOL = "Vitis HLS"
DSP_TAGS = ("DSP", "DSP48E")  # the older versions' name last


@dataclass(frozen=True)
class Latency:
    """Clock cycles from start to end, for the best, the average and the worst data."""

    best: int | None
    average: int | None
    worst: int | None


@dataclass(frozen=True)
class Loop:
    """A loop: ``interval`` cycles between two iterations (None if not pipelined), ``depth`` cycles an iteration."""

    name: str
    trip_count: int | None
    latency: int | None
    interval: int | None
    depth: int | None


@dataclass(frozen=True)
class Binding:
    """What an ``operation`` (mul, add, rom_1p, …) of ``variable`` is made of: ``implementation`` (dsp, fabric, …)."""

    operation: str
    implementation: str
    variable: str
    dsp: int


@dataclass(frozen=True)
class Module:
    """A function that became a module; ``interval`` counts cycles between two starts."""

    name: str
    estimated_clock_ns: float | None
    latency: Latency
    interval: int | None
    loops: tuple[Loop, ...]
    area: Area
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class CsynthReport:
    """The whole report; times in nanoseconds, latencies and intervals in clock cycles."""

    part: str
    top: str
    target_clock_ns: float
    clock_uncertainty_ns: float
    estimated_clock_ns: float
    latency: Latency
    interval_min: int | None
    interval_max: int | None
    loops: tuple[Loop, ...]
    used: Area
    available: Area
    modules: tuple[Module, ...]

    @property
    def clock_mhz(self) -> float:
        """The fastest clock that the tool expects to reach."""
        return 1000 / self.estimated_clock_ns

    def bindings(self, operation: str) -> tuple[Binding, ...]:
        """Every binding of ``operation`` in any module, as a check that no ``mul`` is left needs."""
        return tuple(b for module in self.modules for b in module.bindings if b.operation == operation)


def read_csynth(file: Path) -> CsynthReport:
    """Read ``csynth.xml``. Raises FF603 if it is missing or not such a report."""
    text = read_report(file, TOOL)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise not_a_report(file, TOOL, f"it is not XML: {error}") from error
    if root.tag != "profile":
        raise not_a_report(file, TOOL, f"its root element is '{root.tag}', not 'profile'")
    return _Reader(file).report(root)


class _Reader:
    """Turns elements into values; remembers the file for complaints."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def report(self, root: ElementTree.Element) -> CsynthReport:
        user = self.child(root, "UserAssignments")
        performance = self.child(root, "PerformanceEstimates")
        overall = self.child(performance, "SummaryOfOverallLatency")
        return CsynthReport(
            part=self.text(user, "Part"),
            top=self.text(user, "TopModelName"),
            target_clock_ns=self.time(user, "TargetClockPeriod"),
            clock_uncertainty_ns=self.time(user, "ClockUncertainty"),
            estimated_clock_ns=self.time(performance, "SummaryOfTimingAnalysis/EstimatedClockPeriod"),
            latency=_latency(overall),
            interval_min=_integer(overall, "Interval-min"),
            interval_max=_integer(overall, "Interval-max"),
            loops=tuple(_loops(performance.find("SummaryOfLoopLatency"))),
            used=self.area(self.child(root, "AreaEstimates/Resources")),
            available=self.area(self.child(root, "AreaEstimates/AvailableResources")),
            modules=tuple(self.module(module) for module in root.iterfind("ModuleInformation/Module")),
        )

    def module(self, module: ElementTree.Element) -> Module:
        performance = self.child(module, "PerformanceEstimates")
        overall = self.child(performance, "SummaryOfOverallLatency")
        return Module(
            name=self.text(module, "Name"),
            estimated_clock_ns=_number(performance.findtext("SummaryOfTimingAnalysis/EstimatedClockPeriod")),
            latency=_latency(overall),
            interval=_integer(overall, "PipelineInitiationInterval"),
            loops=tuple(_loops(performance.find("SummaryOfLoopLatency"))),
            area=self.area(self.child(module, "AreaEstimates/Resources")),
            bindings=tuple(_binding(node) for node in module.iterfind("BindNodes/BindNode")),
        )

    def area(self, parent: ElementTree.Element) -> Area:
        dsp_tag = next((tag for tag in DSP_TAGS if parent.find(tag) is not None), DSP_TAGS[0])
        resources = Resources(
            lut=self.amount(parent, "LUT"),
            ff=self.amount(parent, "FF"),
            bram=self.amount(parent, "BRAM_18K") / 2,
            dsp=self.amount(parent, dsp_tag),
        )
        return Area(resources, _integer(parent, "URAM") or 0)

    def child(self, parent: ElementTree.Element, path: str) -> ElementTree.Element:
        found = parent.find(path)
        if found is None:
            raise self.missing(path, "is missing")
        return found

    def text(self, parent: ElementTree.Element, path: str) -> str:
        return (self.child(parent, path).text or "").strip()

    def time(self, parent: ElementTree.Element, path: str) -> float:
        value = _number(self.text(parent, path))
        if value is None:
            raise self.missing(path, f"is '{self.text(parent, path)}', not a time")
        return value

    def amount(self, parent: ElementTree.Element, path: str) -> int:
        value = _integer(parent, path)
        if value is None:
            raise self.missing(path, f"is '{self.text(parent, path)}', not an amount")
        return value

    def missing(self, path: str, what: str) -> FlowError:
        return not_a_report(self.file, TOOL, f"its element '{path}' {what}")


def _number(text: str | None) -> float | None:
    """A number; of several (a range) the last; None for ``undef``, ``?`` and nothing."""
    found = re.findall(r"[0-9]+(?:\.[0-9]+)?", text or "")
    return float(found[-1]) if found else None


def _integer(parent: ElementTree.Element, path: str) -> int | None:
    """A whole number, as text or as ``<range><min/><max/></range>``."""
    value = _number(parent.findtext(f"{path}/range/max") or parent.findtext(path))
    return None if value is None else int(value)


def _latency(overall: ElementTree.Element) -> Latency:
    best, average, worst = (_integer(overall, f"{case}-caseLatency") for case in ("Best", "Average", "Worst"))
    return Latency(best, average, worst)


def _loops(parent: ElementTree.Element | None) -> Iterator[Loop]:
    """The loops below ``parent``, each followed by the loops inside it."""
    for element in () if parent is None else parent:
        if element.find("TripCount") is None and element.find("Latency") is None:
            continue
        yield Loop(
            name=(element.findtext("Name") or element.get("name") or element.tag).strip(),
            trip_count=_integer(element, "TripCount"),
            latency=_integer(element, "Latency"),
            interval=_integer(element, "PipelineII"),
            depth=_integer(element, "PipelineDepth"),
        )
        yield from _loops(element)


def _binding(node: ElementTree.Element) -> Binding:
    return Binding(
        operation=node.get("OPTYPE", ""),
        implementation=node.get("IMPL", ""),
        variable=node.get("VARIABLE", ""),
        dsp=int(_number(node.get("DSP")) or 0),
    )
