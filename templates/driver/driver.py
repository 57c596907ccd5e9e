"""Runs the accelerator of this folder on its board, with PYNQ 3: stored integers in, stored integers out.

Copy the folder (with the .bit and .hwh that build.tcl made) to the board, then

    sudo -E python3 driver.py frames.npy [expected.npy]

or, in Python, ``Accelerator().run(frames)``. ``interface.json`` says what the streams carry, ``board.json`` how they lie
in memory. A frame is a DMA transfer of its own, so that TLAST falls on its last beat; what that costs in Python bounds the
frame rate, which is therefore lower than the accelerator's own. TUSER does not come through the DMA: the hardware counts
frames that it was set on, and ``run`` reads the counter.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

FOLDER = Path(__file__).resolve().parent
BATCH = 64  # frames packed at once: bounds the memory that packing takes
COUNTER_VALUES = 2**32


@dataclass(frozen=True)
class Port:
    """A stream: frames of ``elements`` integers, ``lanes`` a beat, a beat in ``beat_bytes`` bytes of memory."""

    elements: int
    lanes: int
    width: int
    signed: bool
    bipolar: bool
    beat_bytes: int

    @property
    def beats(self) -> int:
        return self.elements // self.lanes

    @property
    def frame_bytes(self) -> int:
        return self.beats * self.beat_bytes

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest stored integer."""
        if self.bipolar:
            return -1, 1
        return (-(1 << (self.width - 1)) if self.signed else 0), (1 << (self.width - self.signed)) - 1


def read_port(name: str, folder: Path = FOLDER) -> Port:
    """The accelerator's port ``input`` or ``output``."""
    stream = json.loads((folder / "interface.json").read_text())[name]
    board = json.loads((folder / "board.json").read_text())
    return Port(
        stream["elements"],
        stream["lanes"],
        stream["format"]["width"],
        stream["format"]["signed"],
        stream["format"]["bipolar"],
        board["beat_bytes"][name],
    )


def pack(frames: npt.NDArray[Any], port: Port) -> Bytes:
    """(frames, elements) stored integers -> (frames, frame_bytes) bytes; raises ValueError if they do not fit the port.

    Lane 0 is in a beat's lowest bits, bytes are little endian, and zeros fill the beat up.
    """
    frames = np.asarray(frames)
    if frames.ndim != 2 or frames.shape[1] != port.elements or not np.issubdtype(frames.dtype, np.integer):
        raise ValueError(
            f"frames must be integers of shape (frames, {port.elements}), not {frames.dtype} {frames.shape}"
        )
    low, high = port.limits
    if frames.size and (frames.min() < low or frames.max() > high or (port.bipolar and not frames.all())):
        raise ValueError(f"frames must hold {'-1 and 1' if port.bipolar else f'{low} to {high}'} only")
    codes = frames.astype(np.int64)
    codes = (codes + 1) >> 1 if port.bipolar else codes & ((1 << port.width) - 1)
    beats = codes.reshape(len(frames), port.beats, port.lanes)
    if port.width in (8, 16, 32):
        data: Bytes = beats.astype(f"<u{port.width // 8}").view(np.uint8)
    else:
        bits = np.empty((*beats.shape, port.width), dtype=np.uint8)
        for bit in range(port.width):
            bits[..., bit] = (beats >> bit) & 1
        lines = bits.reshape(len(frames), port.beats, port.lanes * port.width)
        data = np.packbits(lines, axis=-1, bitorder="little")
    padded = np.zeros((len(frames), port.beats, port.beat_bytes), dtype=np.uint8)
    padded[..., : data.shape[-1]] = data
    return padded.reshape(len(frames), port.frame_bytes)


def unpack(data: Bytes, port: Port) -> Integers:
    """(frames, frame_bytes) bytes -> (frames, elements) stored integers."""
    beats = np.asarray(data, dtype=np.uint8).reshape(len(data), port.beats, port.beat_bytes)
    bits = np.unpackbits(beats, axis=-1, count=port.lanes * port.width, bitorder="little")
    bits = bits.reshape(len(data), port.elements, port.width)
    codes = np.zeros(bits.shape[:2], dtype=np.int64)
    for bit in range(port.width):
        codes |= bits[..., bit].astype(np.int64) << bit
    if port.bipolar:
        codes = 2 * codes - 1
    elif port.signed:
        codes -= (codes >> (port.width - 1)) << port.width
    return codes


class Accelerator:
    """The accelerator on the board's FPGA, which is configured with the bitstream of ``folder``.

    ``head`` turns what the user has into stored integers (frames, elements), ``tail`` turns the integers that come back
    into what the user wants; with fpgaflow installed, ``encode`` of its design is such a head. Without them
    ``accelerator(frames)`` is ``accelerator.run(frames)``.
    """

    def __init__(
        self,
        folder: Path = FOLDER,
        head: Callable[[Any], Integers] | None = None,
        tail: Callable[[Integers], Any] | None = None,
    ) -> None:
        from pynq import Overlay, allocate  # noqa: PLC0415 - exists on the board only

        board = json.loads((folder / "board.json").read_text())
        self.input, self.output = read_port("input", folder), read_port("output", folder)
        self.head, self.tail = head, tail
        self._overlay = Overlay(str(folder / board["bitstream"]))
        self._send = allocate(shape=(self.input.frame_bytes,), dtype=np.uint8)
        self._receive = allocate(shape=(self.output.frame_bytes,), dtype=np.uint8)

    def __call__(self, values: Any) -> Any:
        frames = values if self.head is None else self.head(values)
        integers = self.run(np.asarray(frames).reshape(len(frames), self.input.elements))
        return integers if self.tail is None else self.tail(integers)

    def run(self, frames: npt.NDArray[Any]) -> Integers:
        """(frames, elements) stored integers in and out; raises RuntimeError if the hardware flags a frame."""
        frames = np.asarray(frames)
        results = np.empty((len(frames), self.output.elements), dtype=np.int64)
        flagged = self._overlay.flagged.read(0)
        for start in range(0, len(frames), BATCH):
            sent = pack(frames[start : start + BATCH], self.input)
            received = np.empty((len(sent), self.output.frame_bytes), dtype=np.uint8)
            for number, data in enumerate(sent):
                self._transfer(data, received[number])
            results[start : start + BATCH] = unpack(received, self.output)
        flagged = (self._overlay.flagged.read(0) - flagged) % COUNTER_VALUES
        if flagged:
            raise RuntimeError(f"the accelerator flagged {flagged} of {len(frames)} frames as wrong in length")
        return results

    def _transfer(self, data: Bytes, result: Bytes) -> None:
        """One frame through the accelerator; the receiving channel is started first, so that it never holds up the other."""
        dma = self._overlay.dma
        self._send[:] = data
        dma.recvchannel.transfer(self._receive)
        dma.sendchannel.transfer(self._send)
        dma.sendchannel.wait()
        dma.recvchannel.wait()
        result[:] = self._receive


def main(frames_file: str, expected_file: str | None = None) -> int:
    """Run the frames of a .npy file, write outputs.npy, and compare with the expected ones if given."""
    frames = np.load(frames_file)
    accelerator = Accelerator()
    start = time.perf_counter()
    outputs = accelerator(frames)
    seconds = time.perf_counter() - start
    np.save("outputs.npy", outputs)
    print(f"{len(frames)} frames in {seconds:.3f} s, {len(frames) / seconds:.0f} frames/s including the host's work")
    if expected_file is None:
        return 0
    expected = np.load(expected_file).reshape(outputs.shape)
    wrong = np.argwhere(outputs != expected)
    if len(wrong):
        frame, element = wrong[0]
        want, got = expected[frame, element], outputs[frame, element]
        print(f"{len(wrong)} integers differ, the first in frame {frame}, element {element}: want {want}, got {got}")
        return 1
    print("every integer is as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
