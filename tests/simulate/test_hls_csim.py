"""C++ simulation of whole projects: bits, the frame check, headers and compilers, failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpgaflow.errors import FlowError
from fpgaflow.fixed import FixedFormat
from fpgaflow.simulate import hls_csim
from fpgaflow.simulate.framing import expected_frames, wrong_length_packets
from fpgaflow.units.base import Accelerator, Stream
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.hls_lib.compilers import needs_clang, vendor_headers
from tests.hls_lib.designs import NETWORK, chain, emitted, folded, random_frames

STRICT = ("-Werror",)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = emitted(NETWORK, tmp_path_factory.mktemp("network"))
    hls_csim.build(folder, extra_flags=STRICT)
    return folder


def check_frames(accelerator: Accelerator, folder: Path, count: int) -> None:
    frames = random_frames(accelerator.input, count)
    np.testing.assert_array_equal(hls_csim.run(folder, frames), accelerator.evaluate(frames))


def check_packets(accelerator: Accelerator, folder: Path) -> None:
    packets = wrong_length_packets(random_frames(accelerator.input, 5), accelerator.input)
    frames, flags = expected_frames(packets, accelerator.input)
    assert flags.any() and not flags.all()
    outputs, flagged = hls_csim.run_packets(folder, packets)
    np.testing.assert_array_equal(outputs, accelerator.evaluate(frames))
    np.testing.assert_array_equal(flagged, flags)


def test_network(project: Path) -> None:
    check_frames(NETWORK, project, 200)
    check_frames(NETWORK, project, 1)
    check_packets(NETWORK, project)


@pytest.mark.parametrize(("lanes", "elements"), [(1, 7), (3, 15), (5, 5)], ids=["7 beats", "5 beats", "1 beat"])
def test_frame_check(tmp_path: Path, lanes: int, elements: int) -> None:
    accelerator = folded(lanes, elements)
    folder = emitted(accelerator, tmp_path)
    hls_csim.build(folder, extra_flags=STRICT)
    check_frames(accelerator, folder, 20)
    check_packets(accelerator, folder)


def test_wide_ports(tmp_path: Path) -> None:
    """Ports of 8 and 2,048 bits."""
    byte = FixedFormat(8, 0, True)
    accelerator = chain("wide", Stream("s0", 256, 1, byte), [("widen", WidthAdapterUnit(256, 1, 256, byte), byte, 256)])
    folder = emitted(accelerator, tmp_path)
    hls_csim.build(folder, extra_flags=STRICT)
    check_frames(accelerator, folder, 10)


@needs_clang
def test_clang(tmp_path: Path) -> None:
    folder = emitted(NETWORK, tmp_path)
    hls_csim.build(folder, compiler="clang++", extra_flags=STRICT)
    check_frames(NETWORK, folder, 50)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["g++", pytest.param("clang++", marks=needs_clang)])
def test_vendor_headers(tmp_path: Path, compiler: str) -> None:
    folder = emitted(NETWORK, tmp_path)
    hls_csim.build(folder, include=vendor_headers(), compiler=compiler, extra_flags=STRICT)
    check_frames(NETWORK, folder, 50)
    check_packets(NETWORK, folder)


def test_frames_of_the_wrong_length(project: Path) -> None:
    frames = random_frames(NETWORK.input, 3)
    with pytest.raises(FlowError) as failure:
        hls_csim.run(project, frames[:, :-2])
    assert failure.value.code == "FF701"
    with pytest.raises(FlowError) as failure:
        hls_csim.run(project, frames[:, :-1])
    assert failure.value.code == "FF602"
    assert "a packet of the input is not a whole number of beats" in failure.value.reason


def test_a_flag_before_the_last_beat(tmp_path: Path) -> None:
    accelerator = folded(5, 5)
    folder = emitted(accelerator, tmp_path)
    header = folder / "include" / "fpgaflow" / "axis_out.hpp"
    header.write_text(header.read_text().replace("packet.user = 0", "packet.user = 1"))
    with pytest.raises(FlowError) as failure:
        hls_csim.run(folder, random_frames(accelerator.input, 1))
    assert failure.value.code == "FF602"
    assert "the design sent a malformed frame" in failure.value.reason


def test_run_builds_if_need_be(tmp_path: Path) -> None:
    accelerator = folded(5, 5)
    check_frames(accelerator, emitted(accelerator, tmp_path), 3)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(FlowError) as failure:
        hls_csim.run(tmp_path, np.zeros((1, 1), dtype=np.int64))
    assert failure.value.code == "FF504"


def test_compiler_is_missing(tmp_path: Path) -> None:
    folder = emitted(folded(5, 5), tmp_path)
    with pytest.raises(FlowError) as failure:
        hls_csim.build(folder, compiler="no-such-compiler")
    assert failure.value.code == "FF601"


def test_broken_source(tmp_path: Path) -> None:
    folder = emitted(folded(5, 5), tmp_path)
    with (folder / "src" / "folded.cpp").open("a") as file:
        file.write("#error spoiled\n")
    with pytest.raises(FlowError) as failure:
        hls_csim.build(folder)
    assert failure.value.code == "FF602"
    assert "#error spoiled" in failure.value.reason
    assert str(folder / "csim" / "build.log") in failure.value.hint
