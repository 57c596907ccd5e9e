"""Vivado's utilization and timing reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.report.area import Area
from fpgaflow.report.vivado import Clock, TimingSummary, Utilization, read_timing, read_utilization
from fpgaflow.units.base import Resources

SAMPLES = Path(__file__).parent / "samples"


def test_utilization_of_ultrascale() -> None:
    assert read_utilization(SAMPLES / "utilization_ultrascale.rpt") == Utilization(
        device="xck26-sfvc784-2LV-c",
        state="Routed",
        used=Area(Resources(lut=12034, ff=15500, bram=18.5, dsp=36), 2),
        available=Area(Resources(lut=117120, ff=234240, bram=144, dsp=1248), 64),
    )


def test_utilization_of_7_series() -> None:
    assert read_utilization(SAMPLES / "utilization_7series.rpt") == Utilization(
        device="7z020clg400-1",
        state="Synthesized",
        used=Area(Resources(lut=5081, ff=6207, bram=6, dsp=0), 0),
        available=Area(Resources(lut=53200, ff=106400, bram=140, dsp=220), 0),
    )


def test_timing() -> None:
    timing = read_timing(SAMPLES / "timing_summary.rpt")
    assert timing == TimingSummary(
        setup_slack_ns=0.25,
        hold_slack_ns=0.011,
        pulse_width_slack_ns=1.442,
        failing_endpoints=0,
        clocks=(
            Clock("clk_pl_0", 4.0, 0.8),
            Clock("design_1_i/clk_wiz_0/inst/clk_in1", 10.0, None),
            Clock("clk_out1", 5.0, 0.25),
        ),
    )
    assert timing.met
    assert [clock.reachable_mhz for clock in timing.clocks] == [312.5, None, 1000 / 4.75]


def changed(tmp_path: Path, sample: str, old: str, new: str) -> Path:
    text = (SAMPLES / sample).read_text()
    assert old in text
    file = tmp_path / sample
    file.write_text(text.replace(old, new))
    return file


def test_timing_not_met(tmp_path: Path) -> None:
    row = "      0.250        0.000                      0                43190        0.011"
    violated = "     -0.125       -3.500                     41                43190        0.011"
    timing = read_timing(changed(tmp_path, "timing_summary.rpt", row, violated))
    assert (timing.setup_slack_ns, timing.failing_endpoints, timing.met) == (-0.125, 41, False)


@pytest.mark.parametrize("slack", ["   NA", "  inf"])
def test_timing_without_constrained_paths_is_not_met(tmp_path: Path, slack: str) -> None:
    timing = read_timing(
        changed(tmp_path, "timing_summary.rpt", "      0.250        0.000 ", f"      {slack}        0.000 ")
    )
    assert timing.setup_slack_ns is None
    assert not timing.met


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Slice LUTs", "Cells", "it has no number for 'CLB LUTs' in column 'Used'"),
        ("| DSPs      |    0 ", "| DSPs      |    _ ", "it has no number for 'DSPs' in column 'Used'"),
        ("Available", "Total", "it has no number for 'CLB LUTs' in column 'Available'"),
    ],
)
def test_not_a_utilization_report(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(FlowError) as caught:
        read_utilization(changed(tmp_path, "utilization_7series.rpt", old, new))
    assert (caught.value.code, caught.value.reason) == ("FF603", reason)


@pytest.mark.parametrize(
    ("old", "new"), [("| Design Timing Summary", "| Summary"), ("    WNS(ns)", "    Slack"), ("WPWS", "X")]
)
def test_not_a_timing_report(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(FlowError) as caught:
        read_timing(changed(tmp_path, "timing_summary.rpt", old, new))
    assert caught.value.code == "FF603"
    assert caught.value.reason == "it has no 'Design Timing Summary' with a row of slacks"


@pytest.mark.parametrize("read", [read_timing, read_utilization])
def test_no_report(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(FlowError) as caught:
        read(tmp_path / "missing.rpt")
    assert caught.value.code == "FF603"
