"""The Vitis HLS project that the backend writes."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import numpy as np
import pytest

from fpgaflow.backends.hls import chunked, constant, data_width, format_type, integer_type, write_test_frames
from fpgaflow.errors import FlowError
from fpgaflow.fixed import BipolarFormat, FixedFormat
from fpgaflow.simulate.hls_csim import FLAGS
from fpgaflow.toolchain.run import run
from fpgaflow.units.base import Memory, Stream
from fpgaflow.units.width_adapter import WidthAdapterUnit
from tests.hls_lib.check_source import check
from tests.hls_lib.designs import (
    CLOCK_MHZ,
    NETWORK,
    PART,
    chain,
    emitted,
    folded,
    random_frames,
    sources_of,
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emitted(NETWORK, tmp_path_factory.mktemp("network"))


def test_files(project: Path) -> None:
    names = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    stages = {f"src/stages/{stage.name}.hpp" for stage in NETWORK.stages}
    memories = {f"src/memories/{stage.name}.hpp" for stage in NETWORK.stages if stage.unit.memories()}
    scripts = {"run_hls.tcl", "hls_config.cfg", "README.md"}
    bench = {f"tb/{name}" for name in ("design.hpp", "frame_io.hpp", "testbench.cpp")}
    frames = {"tb/input_frames.txt", "tb/expected_frames.txt"}
    stand_in = {f"stand_in/{name}.h" for name in ("ap_int", "ap_fixed", "ap_axi_sdata", "hls_stream")}
    top = {"src/network.cpp", "src/network.hpp", "src/stages.hpp"}
    assert stages | memories | scripts | bench | frames | stand_in | top <= names
    others = names - stages - memories - scripts - bench - frames - stand_in - top
    assert all(re.fullmatch(r"include/fpgaflow/\w+\.hpp", name) for name in others)


def test_generated_text_is_tidy(project: Path) -> None:
    for file, text in sources_of(project).items():
        assert "\n\n\n" not in text and "\t" not in text and text.endswith("\n"), file
        assert not re.search(r"[ ]+\n", text), file


def test_emission_is_reproducible(project: Path, tmp_path: Path) -> None:
    again = emitted(NETWORK, tmp_path)
    for path in project.rglob("*"):
        if path.is_file():
            assert (again / path.relative_to(project)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("lanes", "elements"), [(3, 15), (5, 5)], ids=["beats", "one beat a frame"])
def test_small_designs_are_clean(tmp_path: Path, lanes: int, elements: int) -> None:
    assert check(sources_of(emitted(folded(lanes, elements), tmp_path)), "folded") == []


def test_testbench(project: Path, tmp_path: Path) -> None:
    """The command that the project's README gives builds a testbench that passes, and fails on a wrong expectation."""
    (command,) = re.findall(r"^    g\+\+ (.*)$", (project / "README.md").read_text(), re.MULTILINE)
    words = [tmp_path / "testbench" if word == "testbench" else word for word in command.split()]
    run(["g++", *words, *FLAGS, "-Werror"], tool="g++", cwd=project, log=tmp_path / "build.log")
    log = tmp_path / "run.log"
    run([tmp_path / "testbench", "tb"], tool="testbench", cwd=project, log=log)
    assert log.read_text() == "4 frames equal\n"

    (tmp_path / "tb").mkdir()
    frames = random_frames(NETWORK.input, 7, seed=5)
    expected = NETWORK.evaluate(frames)
    write_test_frames(tmp_path, frames, expected)
    run([tmp_path / "testbench", "tb"], tool="testbench", cwd=tmp_path, log=log)
    assert log.read_text() == "7 frames equal\n"

    wrong = expected.copy()
    wrong[6, 2] *= -1
    write_test_frames(tmp_path, frames, wrong)
    with pytest.raises(FlowError, match="exit code 1"):
        run([tmp_path / "testbench", "tb"], tool="testbench", cwd=tmp_path, log=log)
    assert log.read_text() == f"frame 6, element 2: expected {wrong[6, 2]}, got {expected[6, 2]}\n"

    write_test_frames(tmp_path, frames, expected[:3])
    with pytest.raises(FlowError, match="exit code 1"):
        run([tmp_path / "testbench", "tb"], tool="testbench", cwd=tmp_path, log=log)


def run_tcl(script: Path) -> list[str]:
    """The commands that ``script`` gives to Vitis HLS, in order."""
    tkinter = pytest.importorskip("tkinter", reason="Python has no tkinter, whose Tcl interpreter runs the script")
    tcl = tkinter.Tcl()
    calls: list[str] = []
    commands = "open_project set_top add_files open_solution set_part create_clock set_clock_uncertainty csim_design"
    for name in f"{commands} csynth_design cosim_design export_design exit".split():
        tcl.createcommand(name, lambda *words, name=name: calls.append(" ".join([name, *words])))
    tcl.eval(f"source {{{script}}}")
    return [call.replace(str(script.parent), "HERE") for call in calls]


def test_tcl_script(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HLS_STEPS", raising=False)
    flags = "-std=c++14 -IHERE/src -IHERE/include"
    setup = [
        "open_project -reset network_hls",
        "set_top network",
        f"add_files HERE/src/network.cpp -cflags {flags}",
        f"add_files -tb HERE/tb/testbench.cpp -cflags {flags} -IHERE/tb",
        "add_files -tb HERE/tb/input_frames.txt",
        "add_files -tb HERE/tb/expected_frames.txt",
        "open_solution -reset -flow_target vivado solution",
        f"set_part {PART}",
        "create_clock -period 4.000 -name default",
        "set_clock_uncertainty 27%",
    ]
    script = project / "run_hls.tcl"
    export = "export_design -format ip_catalog"
    assert run_tcl(script) == [*setup, "csim_design", "csynth_design", export, "exit"]
    monkeypatch.setenv("HLS_STEPS", "csynth cosim")
    assert run_tcl(script) == [*setup, "csynth_design", "cosim_design -rtl verilog", "exit"]
    monkeypatch.setenv("HLS_STEPS", "synthesize")
    with pytest.raises(Exception, match="unknown step 'synthesize'"):
        run_tcl(script)


def test_config_file(project: Path) -> None:
    text = (project / "hls_config.cfg").read_text()
    parser = configparser.ConfigParser(strict=False)
    parser.read_string("[top]\n" + text)
    assert parser["top"]["part"] == PART
    hls = parser["hls"]
    assert hls["clock"] == f"{1000 / CLOCK_MHZ:.3f}ns"
    assert hls["syn.top"] == NETWORK.name and hls["flow_target"] == "vivado"
    assert hls["package.output.format"] == "ip_catalog"
    for file in re.findall(r"^(?:syn|tb)\.file=(.*)$", text, re.MULTILINE):
        assert (project / file).is_file()
    for folder in re.findall(r"-I(\S+)", text):
        assert (project / folder).is_dir()
    assert "stand_in" not in text


def test_wide_streams(tmp_path: Path) -> None:
    byte = FixedFormat(8)
    source = Stream("s0", 512, 1, byte)
    wide = chain("wide", source, [("widen", WidthAdapterUnit(512, 1, 256, byte), byte, 512)])
    emitted(wide, tmp_path)
    assert "#define AP_INT_MAX_W 2048\n" in (tmp_path / "src" / "wide.hpp").read_text()
    assert check(sources_of(tmp_path), "wide") == []


def test_too_wide_streams(tmp_path: Path) -> None:
    byte = FixedFormat(8)
    source = Stream("s0", 784, 1, byte)
    wide = chain("wide", source, [("widen", WidthAdapterUnit(784, 1, 784, byte), byte, 784)])
    with pytest.raises(FlowError) as failure:
        emitted(wide, tmp_path)
    assert str(failure.value) == (
        "error[FF205]: a stream of 6272 bits is too wide for Vitis HLS\n"
        "   = reason: its integers end at 4096 bits\n"
        "   = hint: fold the layers more (a lower --target-fps), or use the RTL backend"
    )


def test_chunks() -> None:
    narrow = chunked(Memory("bias", 5, (0, 31)), "shift")
    assert (narrow.name, narrow.chunk_type, narrow.chunks) == ("shift_bias", "std::uint8_t", 1)
    assert narrow.words == (("0x0",), ("0x1f",))
    word = 0x1_8000_0000_0000_0001_8000_0000_0000_0002
    wide = chunked(Memory("weights", 129, (word,)), "fc")
    assert (wide.chunk_type, wide.chunks) == ("std::uint64_t", 3)
    assert wide.words == (("0x8000000000000002", "0x8000000000000001", "0x1"),)
    for width, bits in ((8, 8), (9, 16), (17, 32), (33, 64), (64, 64)):
        assert chunked(Memory("m", width, (0,)), "s").chunk_type == f"std::uint{bits}_t"


def test_names() -> None:
    assert format_type(FixedFormat(3, 1, True)) == "fpgaflow::Signed<3>"
    assert format_type(FixedFormat(7)) == "fpgaflow::Unsigned<7>"
    assert format_type(BipolarFormat()) == "fpgaflow::Bipolar"
    assert constant(-5) == "-5LL"
    for low, high, bits in ((-128, 127, 8), (0, 128, 16), (-129, 0, 16), (0, 1 << 15, 32), (-(1 << 31) - 1, 0, 64)):
        assert integer_type(np.array([low, high])) == f"std::int{bits}_t"
    assert [data_width(Stream("s", lanes, lanes, FixedFormat(3))) for lanes in (1, 2, 3, 8)] == [8, 8, 16, 24]
