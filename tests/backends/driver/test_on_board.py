"""The driver with a board that is simulated: PYNQ's classes in Python, the stream's way through the FPGA in Verilator."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fpgaflow.backends import driver as backend
from fpgaflow.backends import rtl
from fpgaflow.board import Board, load_board
from fpgaflow.fixed import Format
from fpgaflow.simulate.rtl_sim import NO_PAUSES, Pauses, run, run_packets
from fpgaflow.units.base import Accelerator
from tests.backends.driver.parts import BIPOLAR, S5, U8, U62, adapter, load_driver, random_integers

ULTRA96, PYNQ_Z2 = load_board("ultra96"), load_board("pynq-z2")


class FakeBoard:
    """Stands for PYNQ: an overlay whose accelerator echoes frames, through the shipped driver's own packing."""

    def __init__(self, driver: ModuleType, folder: Path) -> None:
        self.driver, self.folder, self.calls = driver, folder, list[str]()
        self.flags, self.wrong_frame = 0, -1
        self.sent: np.ndarray | None = None
        self.frames = 0
        channels = {
            name: SimpleNamespace(
                transfer=getattr(self, name), wait=lambda name=name: self.calls.append(f"wait {name}")
            )
            for name in ("send", "receive")
        }
        self.dma = SimpleNamespace(sendchannel=channels["send"], recvchannel=channels["receive"])
        self.flagged = SimpleNamespace(read=lambda offset: (2**32 - 1 + self.flags + offset) % 2**32)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def overlay(path: str) -> FakeBoard:
            assert path == str(self.folder / "echo.bit")
            return self

        fake: Any = ModuleType("pynq")
        fake.Overlay, fake.allocate = overlay, np.zeros
        monkeypatch.setitem(sys.modules, "pynq", fake)

    def receive(self, buffer: np.ndarray) -> None:
        self.calls.append("receive")
        self.target = buffer

    def send(self, buffer: np.ndarray) -> None:
        self.calls.append("send")
        ports = [self.driver.read_port(name, self.folder) for name in ("input", "output")]
        frame = self.driver.unpack(buffer[None], ports[0])
        if self.frames == self.wrong_frame:
            frame[0, 1] ^= 1
            self.flags += 1
        self.target[:] = self.driver.pack(frame, ports[1])[0]
        self.frames += 1


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeBoard:
    backend.emit(adapter(12, 6, 2, S5), tmp_path, board=ULTRA96, clock_mhz=250.0)
    fake = FakeBoard(load_driver(tmp_path / "driver.py"), tmp_path)
    fake.install(monkeypatch)
    return fake


def test_frames_come_back(board: FakeBoard) -> None:
    frames = random_integers(S5, (130, 12))
    accelerator = board.driver.Accelerator()
    assert np.array_equal(accelerator.run(frames), frames)
    assert board.calls == ["receive", "send", "wait send", "wait receive"] * 130
    assert accelerator.run(frames[:0]).shape == (0, 12)


def test_a_flagged_frame_is_reported(board: FakeBoard) -> None:
    board.wrong_frame = 2
    with pytest.raises(RuntimeError, match="flagged 1 of 5 frames"):
        board.driver.Accelerator().run(random_integers(S5, (5, 12)))


def test_head_and_tail(board: FakeBoard) -> None:
    accelerator = board.driver.Accelerator(
        head=lambda values: np.rint(values * 4).astype(np.int64), tail=lambda integers: integers / 4
    )
    values = random_integers(S5, (3, 4, 3)) / 4
    assert np.array_equal(accelerator(values), values.reshape(3, 12))


def test_command_line(board: FakeBoard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(board.folder)
    frames = random_integers(S5, (4, 3, 4))
    np.save("frames.npy", frames)
    assert board.driver.main("frames.npy") == 0
    assert np.array_equal(np.load("outputs.npy"), frames.reshape(4, 12))
    assert board.driver.main("frames.npy", "frames.npy") == 0
    assert capsys.readouterr().out.endswith("every integer is as expected\n")
    frames[2, 1, 1] += 1
    np.save("expected.npy", frames)
    assert board.driver.main("frames.npy", "expected.npy") == 1
    out = capsys.readouterr().out
    assert f"1 integers differ, the first in frame 2, element 5: want {frames[2, 1, 1]}, got" in out


def board_path(accelerator: Accelerator, folder: Path, board: Board) -> tuple[Path, ModuleType]:
    """The hardware between the DMA's streams as a design for simulation, and the driver for it."""
    (folder / "rtl").mkdir()
    rtl.emit(accelerator, folder / "rtl")
    backend.emit(accelerator, folder / "driver", board=board, clock_mhz=100.0)
    ports = {"in": backend.transport(accelerator.input, board), "out": backend.transport(accelerator.output, board)}
    macros = {"CELL": f"{accelerator.name}_cell"}
    for side, port in ports.items():
        sizes = {"CHUNK_BYTES": port.chunk_bytes, "CHUNKS": port.chunks, "DATA_BYTES": port.data_bytes}
        macros |= {f"{side.upper()}_{name}": str(size) for name, size in sizes.items()}
    lines = [f"+define+{name}={value}" for name, value in macros.items()]
    lines += ["-Wno-WIDTHTRUNC", "-Wno-WIDTHEXPAND"]
    sources = [f"driver/{name}" for name in ("axis_gather.v", "axis_scatter.v", f"{accelerator.name}_cell.v")]
    sources += [f"rtl/{name}" for name in (folder / "rtl" / "files.f").read_text().split()]
    (folder / "board_path.v").write_text((Path(__file__).parent / "board_path.v").read_text())
    (folder / "files.f").write_text("\n".join([*lines, *sources, "board_path.v"]) + "\n")
    streams = {
        name: {
            "name": name,
            "elements": stream.beats * port.beat_bytes,
            "lanes": port.chunk_bytes,
            "format": {"width": 8, "frac": 0, "signed": False, "bipolar": False},
        }
        for name, stream, port in (
            ("input", accelerator.input, ports["in"]),
            ("output", accelerator.output, ports["out"]),
        )
    }
    (folder / "interface.json").write_text(json.dumps({"module": "board_path", **streams, "silence_cycles": 1000}))
    return folder, load_driver(folder / "driver" / "driver.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("elements", "input_lanes", "output_lanes", "format", "board"),
    [
        (24, 3, 6, S5, ULTRA96),  # 2 bytes in, 4 out: no chunks, padding within a byte
        (36, 36, 12, S5, PYNQ_Z2),  # 23 bytes in 3 chunks of 8, 8 bytes out
        (9, 3, 9, U8, replace(PYNQ_Z2, dma_port_bits=32)),  # 3 bytes in 4, 9 bytes in 3 chunks of 4
        (4, 1, 4, U62, ULTRA96),  # 31 bytes out in 2 chunks of 16
        (40, 40, 8, BIPOLAR, ULTRA96),
    ],
)
def test_through_the_hardware(
    tmp_path: Path, elements: int, input_lanes: int, output_lanes: int, format: Format, board: Board
) -> None:
    accelerator = adapter(elements, input_lanes, output_lanes, format)
    folder, driver = board_path(accelerator, tmp_path, board)
    ports = {name: driver.read_port(name, folder / "driver") for name in ("input", "output")}
    frames = random_integers(format, (20, elements))
    sent = driver.pack(frames, ports["input"]).astype(np.int64)
    for pauses in (NO_PAUSES, Pauses(3, 0.5, 0.5)):
        received = run(folder, sent, pauses=pauses).outputs.astype(np.uint8)
        assert np.array_equal(driver.unpack(received, ports["output"]), frames)
        assert np.array_equal(received, driver.pack(frames, ports["output"]))  # the padding is zero


@pytest.mark.slow
def test_flagged_frames_are_counted(tmp_path: Path) -> None:
    folder, driver = board_path(adapter(6, 3, 6, S5), tmp_path, ULTRA96)
    good = driver.pack(random_integers(S5, (3, 6)), driver.read_port("input", folder / "driver")).astype(np.int64)
    short = good[0, : good.shape[1] // 2]
    counted = run_packets(folder, [good[0], short, good[1], good[2]]).flags  # seen in frames after the flagged one
    assert counted.tolist() == [False, False, True, True]
