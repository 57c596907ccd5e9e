"""cocotb tests of an accelerator with an AXI4-Stream input ``s_axis`` and output ``m_axis``.

Works with fpgaflow's SystemVerilog and with the Verilog that Vitis HLS exports (whose ports are in upper case, perhaps
with TKEEP and TSTRB). The environment variable ``FPGAFLOW_VECTORS`` names the .npz file with what to send and to
expect; README.md describes it.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, SimTimeoutError, with_timeout
from cocotb.utils import get_time_from_sim_steps
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

PERIOD_NS = 10
RESET_CYCLES = 8
PAUSE_PROBABILITIES = ((0.5, 0.0), (0.0, 0.5), (0.3, 0.3))


class Vectors:
    """What the .npz file holds; beats are rows of bytes of TDATA."""

    def __init__(self, path: str) -> None:
        with np.load(path) as file:
            self.input: np.ndarray = file["input"]
            self.output: np.ndarray = file["output"]
            ends = np.cumsum(file["packet_beats"])
            self.packets: list[np.ndarray] = np.split(file["packets"], ends[:-1])
            self.packet_output: np.ndarray = file["packet_output"]
            self.packet_flags: np.ndarray = file["packet_flags"]
            self.lanes, self.width = int(file["lanes"]), int(file["width"])
            self.signed, self.bipolar = bool(file["signed"]), bool(file["bipolar"])
            self.timeout_cycles = int(file["timeout_cycles"])

    def elements(self, frame: np.ndarray) -> list[int]:
        """The stored integers of an output frame."""
        words = [int.from_bytes(beat.tobytes(), "little") for beat in frame]
        codes = [word >> (lane * self.width) & ((1 << self.width) - 1) for word in words for lane in range(self.lanes)]
        if self.bipolar:
            return [2 * code - 1 for code in codes]
        return [code - (code >> (self.width - 1) << self.width) if self.signed else code for code in codes]


class Bench:
    """The accelerator between a source and a sink."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.vectors = Vectors(os.environ["FPGAFLOW_VECTORS"])
        Clock(dut.ap_clk, PERIOD_NS, "ns").start()
        dut.ap_rst_n.value = 0
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.ap_clk, dut.ap_rst_n, False)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.ap_clk, dut.ap_rst_n, False)
        for end in (self.source, self.sink):
            end.log.setLevel(logging.ERROR)
        for name in ("s_axis_TSTRB", "s_axis_tstrb"):
            if hasattr(dut, name):
                strobe = getattr(dut, name)
                strobe.value = (1 << len(strobe)) - 1

    async def reset(self) -> None:
        """Reset the accelerator and forget what was under way at both ends."""
        self.source.clear()
        self.dut.ap_rst_n.value = 0
        await ClockCycles(self.dut.ap_clk, RESET_CYCLES)
        self.sink.clear()
        self.dut.ap_rst_n.value = 1
        await RisingEdge(self.dut.ap_clk)

    def pause(self, input_probability: float, output_probability: float, seed: int) -> None:
        """Random pauses at both ends from now on."""
        self.source.set_pause_generator(coin(input_probability, seed))
        self.sink.set_pause_generator(coin(output_probability, seed + 1))

    def send(self, packet: np.ndarray) -> None:
        self.source.send_nowait(packet.tobytes())

    async def transfers(self, bus: AxiStreamBus, count: int) -> None:
        """Wait until ``count`` beats have passed on ``bus``."""
        while count:
            await RisingEdge(self.dut.ap_clk)
            count -= bool(bus.tvalid.value) and bool(bus.tready.value)

    async def receive(self, index: int, count: int) -> AxiStreamFrame:
        try:
            return await with_timeout(self.sink.recv(), self.vectors.timeout_cycles * PERIOD_NS, "ns")
        except SimTimeoutError:
            silence = f"no end of frame in {self.vectors.timeout_cycles} cycles"
            raise AssertionError(f"{index} of {count} frames came out, then {silence}") from None

    async def expect(self, want: np.ndarray, flags: np.ndarray) -> None:
        """The frames ``want`` (frames, beats, bytes) must come out, with ``flags`` at their ends, and nothing after them."""
        ends = []
        for index, (frame, flag) in enumerate(zip(want, flags, strict=True)):
            received = await self.receive(index, len(want))
            ends.append(received.sim_time_end)
            self.compare(index, frame, received, int(flag))
        half = (len(ends) - 1) // 2
        if len(ends) > 1:
            time = get_time_from_sim_steps(ends[-1] - ends[half], "ns")
            self.dut._log.info("%.2f cycles a frame", time / PERIOD_NS / (len(ends) - 1 - half))
        await ClockCycles(self.dut.ap_clk, self.vectors.timeout_cycles // 8)
        demand(self.sink.empty() and self.sink.idle(), f"more than the {len(want)} frames expected came out")

    def compare(self, index: int, want: np.ndarray, received: AxiStreamFrame, flag: int) -> None:
        beats, size = want.shape
        got = np.frombuffer(bytes(received.tdata), dtype=np.uint8)
        demand(got.size == want.size, f"frame {index}: TLAST after {got.size / size:g} beats, should be after {beats}")
        pairs = zip(self.vectors.elements(want), self.vectors.elements(got.reshape(want.shape)), strict=True)
        for element, (wanted, gotten) in enumerate(pairs):
            demand(wanted == gotten, f"frame {index}, element {element}: want {wanted}, got {gotten}")
        demand(received.tuser is not None, "there is no m_axis_tuser")
        user = np.broadcast_to(received.tuser, got.size)[::size]
        demand(user[-1] == flag, f"frame {index}: TUSER is {user[-1]}, should be {flag}")
        demand(not user[:-1].any(), f"frame {index}: TUSER is set before the last beat")


def demand(condition: bool, message: str) -> None:
    """An assertion whose message is left as it is: cocotb adds the operands' values to those of plain ``assert``."""
    if not condition:
        raise AssertionError(message)


def coin(probability: float, seed: int) -> Iterator[bool]:
    """Endless random choices."""
    generator = random.Random(seed)
    while True:
        yield generator.random() < probability


async def good_frames(bench: Bench) -> None:
    """All frames, sent without gaps, give the expected outputs without flags."""
    for frame in bench.vectors.input:
        bench.send(frame)
    await bench.expect(bench.vectors.output, np.zeros(len(bench.vectors.output)))


@cocotb.test()
async def back_to_back(dut: Any) -> None:
    """Frames follow each other at full speed."""
    bench = Bench(dut)
    await bench.reset()
    await good_frames(bench)


@cocotb.test()
async def random_pauses(dut: Any) -> None:
    """Source and sink pause at random, alone and together."""
    bench = Bench(dut)
    await bench.reset()
    for seed, probabilities in enumerate(PAUSE_PROBABILITIES):
        bench.pause(*probabilities, seed)
        await good_frames(bench)


@cocotb.test()
async def reset_within_frame(dut: Any) -> None:
    """Reset in the middle of an input frame, and again in the middle of an output frame; then good frames."""
    bench = Bench(dut)
    limit = bench.vectors.timeout_cycles * PERIOD_NS
    await bench.reset()
    for end, frames in ((bench.source, bench.vectors.input), (bench.sink, bench.vectors.output)):
        beats = frames.shape[1]
        for frame in bench.vectors.input:
            bench.send(frame)
        try:
            await with_timeout(bench.transfers(end.bus, (beats + 1) // 2), limit, "ns")
        except SimTimeoutError:
            raise AssertionError(f"not even {(beats + 1) // 2} beats passed on {end.bus._name}") from None
        await bench.reset()
        await good_frames(bench)


@cocotb.test()
async def wrong_lengths(dut: Any) -> None:
    """Short and long packets between good ones: all frames that come of them are right, the wrong ones flagged."""
    bench = Bench(dut)
    await bench.reset()
    for packet in bench.vectors.packets:
        bench.send(packet)
    await bench.expect(bench.vectors.packet_output, bench.vectors.packet_flags)
    await good_frames(bench)
