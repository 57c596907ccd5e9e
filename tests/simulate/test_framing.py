from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.simulate.framing import beat_bytes, expected_frames, pack_beats, unpack_beats, wrong_length_packets
from fpgaflow.units.base import Stream


def integers(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


def test_lane_0_is_lowest_and_the_rest_of_tdata_is_zero() -> None:
    stream = Stream("s", 6, 3, FixedFormat(5, 2, True))
    beats = pack_beats(integers(1, -1, 2, 0, 0, -16).reshape(1, -1), stream)
    words = [0b0_00010_11111_00001, 0b0_10000_00000_00000]
    assert beats.tolist() == [[list(word.to_bytes(2, "little")) for word in words]]


def test_bipolar_is_one_bit() -> None:
    stream = Stream("s", 10, 10, BipolarFormat())
    beats = pack_beats(integers(1, -1, -1, 1, -1, -1, -1, -1, -1, 1).reshape(1, -1), stream)
    assert beats.tolist() == [[[0b00001001, 0b10]]]


def test_bits_above_the_last_lane_are_ignored() -> None:
    stream = Stream("s", 1, 1, FixedFormat(3, 0, True))
    assert unpack_beats(np.array([[[0b11111_011]]], dtype=np.uint8), stream).tolist() == [[3]]


formats: st.SearchStrategy[Format] = st.one_of(
    st.just(BipolarFormat()), st.builds(FixedFormat, st.integers(1, 62), st.just(0), st.booleans())
)


@settings(deadline=None)
@given(formats, st.integers(1, 9), st.integers(1, 4), st.integers(0, 3), st.integers(0, 2**32))
def test_unpacking_undoes_packing(format: Format, lanes: int, beats: int, frames: int, seed: int) -> None:
    stream = Stream("s", lanes * beats, lanes, format)
    codes = np.random.default_rng(seed).integers(0, 1 << format.width, (frames, lanes * beats))
    values = format.decode(codes)
    packed = pack_beats(values, stream)
    assert packed.shape == (frames, beats, beat_bytes(stream))
    assert np.array_equal(unpack_beats(packed, stream), values)
    words = [int.from_bytes(beat.tobytes(), "little") for beat in packed.reshape(-1, packed.shape[-1])]
    lane_codes = codes.reshape(-1, lanes).tolist()
    assert words == [sum(code << lane * format.width for lane, code in enumerate(beat)) for beat in lane_codes]


STREAM = Stream("s", 6, 2, FixedFormat(4, 0, True))


@pytest.mark.parametrize(
    ("packets", "frames", "flags"),
    [
        ([[1, 2, 3, 4, 5, 6]], [[1, 2, 3, 4, 5, 6]], [False]),
        ([[1, 2], [1, 2, 3, 4, 5, 6]], [[1, 2, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6]], [True, False]),
        ([[1, 2, 3, 4, 5, 6, 7, 0], [1] * 6], [[1, 2, 3, 4, 5, 6], [7, 0, 0, 0, 0, 0], [1] * 6], [True, True, False]),
        ([[1] * 12, [2] * 6], [[1] * 6, [1] * 6, [2] * 6], [True, True, False]),
        ([], [], []),
    ],
)
def test_frame_check(packets: list[list[int]], frames: list[list[int]], flags: list[bool]) -> None:
    got, got_flags = expected_frames([integers(*packet) for packet in packets], STREAM)
    assert got.tolist() == frames
    assert got_flags.tolist() == flags


def test_padding_is_the_zero_code() -> None:
    stream = Stream("s", 3, 1, BipolarFormat())
    assert expected_frames([integers(1)], stream)[0].tolist() == [[1, -1, -1]]


@pytest.mark.parametrize("beats", [1, 2, 3, 8])
def test_wrong_lengths_stand_between_good_ones(beats: int) -> None:
    stream = Stream("s", 2 * beats, 2, FixedFormat(4))
    frames = np.arange(4 * beats).reshape(2, -1) % 16
    packets = wrong_length_packets(frames, stream)
    lengths = [len(packet) // 2 for packet in packets]
    assert lengths[::2] == [beats] * (len(packets) // 2 + 1)
    assert beats not in lengths[1::2]
    assert {2 * beats, 3 * beats, beats + 1} <= set(lengths)
    assert beats == 1 or {1, beats - 1} <= set(lengths)
    assert np.concatenate(packets).tolist() == np.resize(frames, sum(lengths) * 2).tolist()
