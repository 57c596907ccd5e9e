"""The driver's bytes against an independent computation with Python's integers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format
from tests.backends.driver.parts import load_driver

driver = load_driver()

formats = st.builds(FixedFormat, st.integers(1, 62), st.just(0), st.booleans()) | st.just(BipolarFormat())


@st.composite
def ports(draw: st.DrawFn) -> tuple[object, Format]:
    """A port of any format with any padding."""
    format = draw(formats)
    lanes, beats = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    beat_bytes = -(-lanes * format.width // 8) + draw(st.integers(0, 3))
    bipolar = isinstance(format, BipolarFormat)
    return driver.Port(lanes * beats, lanes, format.width, format.signed, bipolar, beat_bytes), format


def memory_of(frame: list[int], port: object, format: Format) -> bytes:
    """One frame in memory: beats as integers with lane 0 lowest, little endian."""
    assert isinstance(port, driver.Port)
    content = b""
    for start in range(0, len(frame), port.lanes):
        word = 0
        for lane, value in enumerate(frame[start : start + port.lanes]):
            code = (value + 1) // 2 if isinstance(format, BipolarFormat) else value % (1 << format.width)
            word += code << (lane * format.width)
        content += word.to_bytes(port.beat_bytes, "little")
    return content


@given(ports(), st.data())
def test_pack_and_unpack(port_and_format: tuple[object, Format], data: st.DataObject) -> None:
    port, format = port_and_format
    assert isinstance(port, driver.Port)
    values = st.sampled_from([-1, 1]) if port.bipolar else st.integers(format.min, format.max)
    frames = data.draw(st.lists(st.lists(values, min_size=port.elements, max_size=port.elements), max_size=3))
    array = np.array(frames, dtype=np.int64).reshape(len(frames), port.elements)
    packed = driver.pack(array, port)
    assert packed.shape == (len(frames), port.frame_bytes)
    assert [bytes(row) for row in packed] == [memory_of(frame, port, format) for frame in frames]
    assert driver.unpack(packed, port).tolist() == frames


def test_padding_bits_are_ignored() -> None:
    port = driver.Port(2, 2, 3, True, False, 2)
    assert driver.unpack(np.array([[0b11_111_010, 0xFF]], dtype=np.uint8), port).tolist() == [[2, -1]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64])
def test_any_integer_type(dtype: type) -> None:
    port = driver.Port(3, 3, 8, False, False, 4)
    assert driver.pack(np.array([[0, 128, 255]]).astype(np.int64) % 128, port).tolist() == [[0, 0, 127, 0]]
    assert driver.pack(np.array([[0, 100, 127]], dtype=dtype), port).tolist() == [[0, 100, 127, 0]]


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((2, 3), dtype=np.int64), r"shape \(frames, 4\), not int64 \(2, 3\)"),
        (np.zeros(4, dtype=np.int64), r"shape \(frames, 4\), not int64 \(4,\)"),
        (np.zeros((1, 4)), "integers of shape"),
        (np.full((1, 4), 4), "must hold -4 to 3 only"),
        (np.full((1, 4), -5), "must hold -4 to 3 only"),
    ],
)
def test_frames_that_do_not_fit(frames: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        driver.pack(frames, driver.Port(4, 2, 3, True, False, 1))


def test_zero_is_not_bipolar() -> None:
    with pytest.raises(ValueError, match="must hold -1 and 1 only"):
        driver.pack(np.array([[1, 0]]), driver.Port(2, 2, 1, True, True, 1))


def test_read_port(tmp_path: Path) -> None:
    stream = '{"elements": 6, "lanes": 2, "format": {"width": 5, "signed": true, "frac": 2, "bipolar": false}}'
    (tmp_path / "interface.json").write_text(f'{{"input": {stream}}}')
    (tmp_path / "board.json").write_text('{"beat_bytes": {"input": 2}}')
    assert driver.read_port("input", tmp_path) == driver.Port(6, 2, 5, True, False, 2)
