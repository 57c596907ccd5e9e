"""Vitis HLS's report, in its present form and an old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.report.area import Area
from fpgaflow.report.vitis import Binding, CsynthReport, Latency, Loop, Module, read_csynth
from fpgaflow.units.base import Resources

SAMPLES = Path(__file__).parent / "samples"


def test_present_form() -> None:
    report = read_csynth(SAMPLES / "csynth.xml")
    product = Binding("mul", "dsp48", "product", 4)
    small_product = Binding("mul", "fabric", "product_1", 0)
    assert report == CsynthReport(
        part="xczu3eg-sbva484-1-i",
        top="tfc",
        target_clock_ns=4.0,
        clock_uncertainty_ns=0.5,
        estimated_clock_ns=2.5,
        latency=Latency(131, 133, 140),
        interval_min=98,
        interval_max=104,
        loops=(),
        used=Area(Resources(lut=3127, ff=2310, bram=3.5, dsp=4), 0),
        available=Area(Resources(lut=70560, ff=141120, bram=216, dsp=360), 0),
        modules=(
            Module(
                name="dense_0_Pipeline_VECTORS",
                estimated_clock_ns=2.5,
                latency=Latency(100, 100, 100),
                interval=98,
                loops=(Loop("VECTORS", 96, 98, 1, 4),),
                area=Area(Resources(lut=466, ff=312, bram=3.5, dsp=4), 0),
                bindings=(
                    product,
                    small_product,
                    Binding("add", "fabric", "sum", 0),
                    Binding("rom_1p", "bram", "weights", 0),
                ),
            ),
            Module(
                name="input_check",
                estimated_clock_ns=None,
                latency=Latency(None, None, None),
                interval=104,
                loops=(Loop("FRAMES", 104, 208, None, 2), Loop("BEATS", None, None, 1, 2)),
                area=Area(Resources(lut=0, ff=12), 0),
                bindings=(),
            ),
        ),
    )
    assert report.clock_mhz == 400
    assert report.bindings("mul") == (product, small_product)


def test_old_form() -> None:
    report = read_csynth(SAMPLES / "csynth_2018.xml")
    assert report.used == Area(Resources(lut=2202, ff=1084, bram=1, dsp=3), 0)
    assert report.available == Area(Resources(lut=53200, ff=106400, bram=140, dsp=220), 0)
    assert report.latency == Latency(None, None, None)
    assert (report.interval_min, report.interval_max, report.modules) == (None, None, ())
    assert report.loops == (Loop("Loop1", 16, 48, 3, 5),)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("</profile>", "", "it is not XML: no element found"),
        ("profile>", "html>", "its root element is 'html', not 'profile'"),
        ("UserAssignments>", "Users>", "its element 'UserAssignments' is missing"),
        ("DSP48E>", "MULT>", "its element 'DSP' is missing"),
        ("<LUT>2202<", "<LUT>undef<", "its element 'LUT' is 'undef', not an amount"),
        (">8.000<", ">?<", "its element 'SummaryOfTimingAnalysis/EstimatedClockPeriod' is '?', not a time"),
    ],
)
def test_not_a_report(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = (SAMPLES / "csynth_2018.xml").read_text()
    assert old in text
    file = tmp_path / "csynth.xml"
    file.write_text(text.replace(old, new))
    with pytest.raises(FlowError) as caught:
        read_csynth(file)
    assert (caught.value.code, str(caught.value.node)) == ("FF603", str(file))
    assert caught.value.reason.startswith(reason)


def test_no_report(tmp_path: Path) -> None:
    with pytest.raises(FlowError) as caught:
        read_csynth(tmp_path / "csynth.xml")
    assert str(caught.value) == (
        "error[FF603]: Vitis HLS's report csynth.xml can't be read\n"
        f"  --> {tmp_path}/csynth.xml\n"
        "   = reason: the file can't be read: No such file or directory\n"
        "   = hint: look into Vitis HLS's log for an earlier failure; a new form of the report is worth a bug report"
    )
