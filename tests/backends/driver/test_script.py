"""What the emitted script tells Vivado: run in a Tcl interpreter in which Vivado's commands are recorded."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from fpgaflow.backends import driver
from fpgaflow.board import load_board
from tests.backends.driver.parts import S5, adapter

tkinter: Any = pytest.importorskip("tkinter", reason="Python was built without Tcl")

ECHO = adapter(36, 36, 12, S5)  # 23 bytes in, 8 out
STUB = Path(__file__).with_name("vivado_stub.tcl")


class Vivado:
    """Runs a script in a Tcl interpreter in which Vivado's commands only record their words."""

    def __init__(self, driver_folder: Path, source: str, **answers: str) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.interpreter = tkinter.Tcl()
        self.interpreter.createcommand("record", lambda *words: self.calls.append(words))
        for name, value in answers.items():
            self.interpreter.setvar(name, value)
        self.interpreter.setvar("argv", source)
        self.interpreter.setvar("argc", "1")
        self.interpreter.eval(STUB.read_text())
        project = driver_folder / f"project_{source}"
        for file in (
            "accelerator.runs/impl_1/system_wrapper.bit",
            "accelerator.gen/sources_1/bd/system/hw_handoff/system.hwh",
        ):
            (project / file).parent.mkdir(parents=True, exist_ok=True)
            (project / file).write_text(file)
        self.interpreter.call("source", str(driver_folder / "build.tcl"))

    def of(self, command: str) -> list[tuple[str, ...]]:
        """The words of each call of ``command``, without it."""
        return [words[1:] for words in self.calls if words[0] == command]

    def properties(self, cell: str) -> dict[str, str]:
        """All properties given to a cell."""
        found: dict[str, str] = {}
        for words in self.of("set_property"):
            if words[0] == "-dict" and words[2] == cell:
                items = self.interpreter.splitlist(words[1])
                found |= dict(zip(items[::2], items[1::2], strict=True))
        return found


def project(tmp_path: Path, board: str) -> Path:
    """A build folder with just what the script reads, and the emitted project in it."""
    folder = tmp_path / "a build"
    (folder / "rtl" / "lib").mkdir(parents=True)
    (folder / "rtl" / "files.f").write_text("lib/ff_rom.sv\nstage.sv\n")
    (folder / "rtl" / "lib" / "ff_rom.sv").write_text("module ff_rom; endmodule\n")
    (folder / "rtl" / "stage.sv").write_text('ff_rom #(.File("weights/stage/weights.mem")) u ();\n')
    driver.emit(ECHO, folder / "driver", board=load_board(board), clock_mhz=125.0)
    return folder / "driver"


def test_ultrascale_project(tmp_path: Path) -> None:
    folder = project(tmp_path, "ultra96")
    vivado = Vivado(folder, "rtl")
    assert vivado.of("create_project") == [
        ("-force", "accelerator", f"{folder}/project_rtl", "-part", "xczu3eg-sbva484-1-i")
    ]
    assert ("board_part", "avnet.com:ultra96v2:part0:1.2", "current_project") in vivado.of("set_property")
    processor = vivado.properties("processor")
    assert processor["CONFIG.PSU__USE__S_AXI_GP2"] == "1"
    assert processor["CONFIG.PSU__SAXIGP2__DATA_WIDTH"] == "128"
    assert processor["CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ"] == "125.0"
    dma = vivado.properties("dma")
    assert {name: dma[f"CONFIG.{name}"] for name in ("c_include_sg", "c_sg_length_width")} == {
        "c_include_sg": "0",
        "c_sg_length_width": "26",
    }
    assert dma["CONFIG.c_m_axi_mm2s_data_width"] == dma["CONFIG.c_m_axi_s2mm_data_width"] == "128"
    assert (dma["CONFIG.c_m_axis_mm2s_tdata_width"], dma["CONFIG.c_s_axis_s2mm_tdata_width"]) == ("128", "64")
    sizes = ("CONFIG.ChunkBytes", "CONFIG.Chunks", "CONFIG.DataBytes")
    assert [vivado.properties("gather")[name] for name in sizes] == ["16", "2", "23"]
    assert [vivado.properties("scatter")[name] for name in sizes] == ["8", "1", "8"]
    assert ("-type", "module", "-reference", "echo_cell", "accelerator") in vivado.of("create_bd_cell")
    streams = [pair for pair in vivado.of("connect_bd_intf_net") if "axis" in pair[1].lower()]
    assert streams == [
        ("dma/M_AXIS_MM2S", "gather/s_axis"),
        ("gather/m_axis", "accelerator/s_axis"),
        ("accelerator/m_axis", "scatter/s_axis"),
        ("scatter/m_axis", "dma/S_AXIS_S2MM"),
    ]


@pytest.mark.parametrize(
    ("board", "ports"),
    [
        ("kv260", ("processor/M_AXI_HPM0_FPD", "processor/S_AXI_HP0_FPD")),
        ("pynq-z1", ("processor/M_AXI_GP0", "processor/S_AXI_HP0")),
    ],
)
def test_every_cell_is_clocked_reset_and_connected(tmp_path: Path, board: str, ports: tuple[str, str]) -> None:
    vivado = Vivado(project(tmp_path, board), "rtl")
    cells = {words[-1] for words in vivado.of("create_bd_cell")}
    nets: defaultdict[str, set[str]] = defaultdict(set)
    for source, target in vivado.of("connect_bd_net"):
        nets[source].add(target)
    used = nets["processor/pl_clk0" if board == "kv260" else "processor/FCLK_CLK0"]
    assert {pin.partition("/")[0] for pin in used} == cells
    resets = nets["reset/peripheral_aresetn"] | nets["reset/interconnect_aresetn"]
    assert {pin.partition("/")[0] for pin in resets} == cells - {"processor", "reset"}
    assert nets["scatter/flagged_frames"] == {"flagged/gpio_io_i"}
    ends = [end for pair in vivado.of("connect_bd_intf_net") for end in pair]
    assert len(ends) == len(set(ends))
    assert set(ports) <= set(ends)


def test_the_sources_name_memories_by_absolute_path(tmp_path: Path) -> None:
    folder = project(tmp_path, "ultra96")
    vivado = Vivado(folder, "rtl")
    copies = folder / "project_rtl" / "hardware"
    assert ("-norecurse", f"{copies}/lib/ff_rom.sv") in vivado.of("add_files")
    assert ("-norecurse", f"{folder}/echo_cell.v") in vivado.of("add_files")
    assert (copies / "stage.sv").read_text() == (
        f'ff_rom #(.File("{folder.parent}/rtl/weights/stage/weights.mem")) u ();\n'
    )


def test_results_are_left_beside_the_script(tmp_path: Path) -> None:
    folder = project(tmp_path, "ultra96")
    vivado = Vivado(folder, "hls")
    assert (folder / "echo.bit").read_text().endswith("system_wrapper.bit")
    assert (folder / "echo.hwh").read_text().endswith("system.hwh")
    assert vivado.of("report_utilization") == [("-file", f"{folder}/utilization_hls.rpt")]
    assert vivado.of("report_timing_summary") == [("-file", f"{folder}/timing_hls.rpt")]


def test_exported_ip(tmp_path: Path) -> None:
    folder = project(tmp_path, "ultra96")
    vivado = Vivado(folder, "hls")
    assert ("ip_repo_paths", f"{folder.parent}/hls", "current_project") in vivado.of("set_property")
    assert ("-type", "ip", "-vlnv", "xilinx.com:hls:echo:1.0", "accelerator") in vivado.of("create_bd_cell")


@pytest.mark.parametrize(
    ("source", "answers", "message"),
    [
        ("vhdl", {}, "unknown source 'vhdl': it is rtl or hls"),
        ("rtl", {"board_parts": ""}, "the board files of avnet.com:ultra96v2:part0:1.2 are not installed"),
        ("hls", {"exported": ""}, "Vitis HLS exported no IP below"),
        ("rtl", {"progress": "40%"}, "the implementation failed"),
        ("rtl", {"slack": "-0.125"}, "125.0 MHz is not reached: the worst path is 0.125 ns too long"),
    ],
)
def test_the_script_stops(tmp_path: Path, source: str, answers: dict[str, str], message: str) -> None:
    folder = project(tmp_path, "ultra96")
    with pytest.raises(tkinter.TclError, match=message):
        Vivado(folder, source, **answers)
    assert not (folder / "echo.bit").exists()
