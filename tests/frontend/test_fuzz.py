"""Whatever the bytes, the reader gives a graph or a FlowError."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from fpgaflow.errors import FlowError
from fpgaflow.frontend.onnx_reader import read_model
from tests.models import Dialect, MlpSpec, mlp

FILES = [
    mlp(MlpSpec(widths=(3, 2), dialect=dialect, batch_norm=True, head="Softmax")).SerializeToString()
    for dialect in Dialect
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A model with some bytes replaced, removed or cut off."""
    data = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["replace", "insert", "remove", "cut"])):
            case "replace":
                data[place] = draw(st.integers(0, 255))
            case "insert":
                data[place:place] = draw(st.binary(max_size=4))
            case "remove":
                del data[place : place + draw(st.integers(1, 8))]
            case "cut":
                del data[max(place, 1) :]
        if not data:
            break
    return bytes(data)


@given(st.one_of(damaged(), st.binary(max_size=64)))
@settings(max_examples=300, deadline=None)
def test_never_a_traceback(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(data)
        try:
            read_model(path)
        except FlowError as error:
            assert str(error).startswith("error[FF")
