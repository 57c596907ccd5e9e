"""The stand-in for the vendor's headers: recorded casts, and the vendor's headers themselves."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from fpgaflow.errors import FlowError
from fpgaflow.toolchain.run import run
from tests.hls_lib.compilers import compile_cpp, needs_clang, vendor_headers

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "golden" / "ap_fixed_sample.csv"
COMPLETE = HERE.parents[2] / "shared" / "golden" / "ap_fixed_golden.csv"
INPUT_FRACTION = 16  # golden_casts.cpp reads inputs as multiples of 2**-16


def output_of(program: Path, *, standard_input: str = "") -> list[str]:
    """The lines that ``program`` prints."""
    log = program.with_suffix(".out")
    source = program.with_suffix(".in")
    source.write_text(standard_input)
    run([program, source], tool=program.name, cwd=program.parent, log=log)
    return log.read_text().splitlines()


@pytest.fixture(scope="module")
def golden_casts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("golden") / "golden_casts"
    compile_cpp(HERE / "golden_casts.cpp", program)
    return program


@pytest.mark.parametrize("table", [SAMPLE, COMPLETE], ids=["sample", "complete"])
def test_recorded_casts(golden_casts: Path, table: Path) -> None:
    if not table.exists():
        pytest.skip(f"{table.name} is not here")
    with table.open() as file:
        rows = list(csv.DictReader(file))
    scaled = [float(row["input"]) * 2**INPUT_FRACTION for row in rows]
    assert all(value.is_integer() for value in scaled)
    lines = [
        f"{row['W']} {row['I']} {row['sign']} {row['mode_q']} {row['mode_o']} {int(value)}"
        for row, value in zip(rows, scaled, strict=True)
    ]
    results = output_of(golden_casts, standard_input="\n".join(lines))
    assert results == [row["raw_from_double"] for row in rows]
    assert len(rows) in (1549, 17577)


@pytest.mark.slow
def test_integers_as_the_vendors(tmp_path: Path) -> None:
    vendor = vendor_headers()
    for name, headers in (("stand_in", None), ("vendor", vendor)):
        compile_cpp(HERE / "integers.cpp", tmp_path / name, vendor=headers)
    ours, theirs = output_of(tmp_path / "stand_in"), output_of(tmp_path / "vendor")
    assert len(ours) > 8000
    assert ours == theirs


@needs_clang
def test_integers_with_clang(tmp_path: Path) -> None:
    for name, compiler in (("gcc", "g++"), ("clang", "clang++")):
        compile_cpp(HERE / "integers.cpp", tmp_path / name, compiler=compiler)
    assert output_of(tmp_path / "gcc") == output_of(tmp_path / "clang")


@pytest.mark.parametrize(
    ("number", "message"),
    [(1, "hls::stream 'data' is read while empty"), (2, "hls::stream 'data' still holds values at its end")],
)
def test_streams_end_the_program(tmp_path: Path, number: int, message: str) -> None:
    program = tmp_path / "streams"
    compile_cpp(HERE / "streams.cpp", program)
    run([program, "0"], tool="streams", cwd=tmp_path, log=tmp_path / "run.log")
    with pytest.raises(FlowError, match="exit code 3") as failure:
        run([program, str(number)], tool="streams", cwd=tmp_path, log=tmp_path / "run.log")
    assert message in failure.value.reason
