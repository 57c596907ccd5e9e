"""Frames of stored integers <-> AXI4-Stream beats, and what the accelerator's frame check makes of arbitrary packets.

A beat is the bytes of TDATA, lowest first: lane 0 in the least significant bits, zeros above the last lane.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fpgaflow.fixed import IntArray
from fpgaflow.units.base import Stream

ByteArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]


def beat_bytes(stream: Stream) -> int:
    """Bytes of TDATA: the beat's bits, rounded up to whole bytes."""
    return (stream.width + 7) // 8


def pack_beats(frames: IntArray, stream: Stream) -> ByteArray:
    """(frames, elements) stored integers -> (frames, beats, bytes)."""
    codes = stream.format.encode(frames).reshape(len(frames), stream.beats, stream.lanes)
    width = stream.format.width
    bits = np.empty((*codes.shape, width), dtype=np.uint8)
    for bit in range(width):
        bits[..., bit] = (codes >> bit) & 1
    return np.packbits(bits.reshape(len(frames), stream.beats, stream.width), axis=-1, bitorder="little")


def unpack_beats(beats: ByteArray, stream: Stream) -> IntArray:
    """(frames, beats, bytes) -> (frames, elements) stored integers; bits above the last lane are ignored."""
    width = stream.format.width
    bits = np.unpackbits(beats, axis=-1, count=stream.width, bitorder="little")
    bits = bits.reshape(len(beats), stream.elements, width)
    codes = np.zeros(bits.shape[:2], dtype=np.int64)
    for bit in range(width):
        codes |= bits[..., bit].astype(np.int64) << bit
    return stream.format.decode(codes)


def expected_frames(packets: Sequence[IntArray], stream: Stream) -> tuple[IntArray, BoolArray]:
    """What the frame check passes on for packets that each end with TLAST, and which of these frames it flags.

    Each packet is a 1-D array of stored integers, a whole number of beats and at least one. It is cut into frames; the
    last one, if short, is filled up with zero codes. Every frame of a packet that is not exactly one frame is flagged:
    a frame without TLAST at its end starts the flags, and they last until TLAST.
    """
    frames: list[IntArray] = []
    flags: list[bool] = []
    zero = stream.format.decode(np.zeros(1, dtype=np.int64))[0]
    for packet in packets:
        assert len(packet) and len(packet) % stream.lanes == 0, "a packet is a whole number of beats"
        count = -(-len(packet) // stream.elements)
        padded = np.full(count * stream.elements, zero, dtype=np.int64)
        padded[: len(packet)] = packet
        frames.extend(padded.reshape(count, stream.elements))
        flags.extend([len(packet) != stream.elements] * count)
    return np.array(frames, dtype=np.int64).reshape(-1, stream.elements), np.array(flags, dtype=np.bool_)


def wrong_length_packets(frames: IntArray, stream: Stream) -> list[IntArray]:
    """Packets of wrong lengths between good ones, to try the frame check with; their elements come from ``frames``.

    Short ones of one beat, half a frame and one beat less than a frame, long ones by one beat, by a half and by whole
    frames; none of them twice, and no short ones if a frame is a single beat.
    """
    beats = stream.beats
    short = {1, beats // 2, beats - 1} - {0, beats}
    long = {beats + 1, beats + beats // 2, 2 * beats, 3 * beats} - {beats}
    lengths = [beats]
    for length in sorted(short | long):
        lengths += [length, beats]
    ends = np.cumsum(lengths) * stream.lanes
    elements = np.resize(frames.ravel(), ends[-1])
    return np.split(elements, ends[:-1])
