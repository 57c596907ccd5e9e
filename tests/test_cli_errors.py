"""The texts of errors, as the command line prints them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

import fpgaflow
from tests.command_line import SPEC, call
from tests.floats import convolutional, images
from tests.models import mlp, save

MESSAGES = Path(__file__).parent / "errors"


def error_cases(folder: Path) -> dict[str, tuple[str | Path, ...]]:
    """Commands that FlowErrors end; the same model and build folder for all."""
    model = save(mlp(SPEC), folder, "net.onnx")
    (folder / "full").mkdir(exist_ok=True)
    (folder / "full" / "thesis.tex").touch()
    np.save(folder / "x.npy", np.zeros((3, 16), np.float32))
    np.save(folder / "wrong.npy", np.zeros((3, 7), np.float32))
    (folder / "damaged" / "graph").mkdir(parents=True, exist_ok=True)
    (folder / "damaged" / "report.json").write_text("{}")
    save(convolutional(batch_norm=False), folder, "float.onnx")
    save(convolutional(), folder, "normed.onnx")
    np.save(folder / "images.npy", images(4))
    (folder / "layers.toml").write_text("[layers.node_con_2]\nweights = 4\n")
    (folder / "bits.toml").write_text("[layers.node_conv_2]\nweights = 32\n")
    floats = ("quantize", "float.onnx", "--data", "images.npy")
    run = ("run", "built", "--output", "y.npy", "--input")
    return {
        "cli_unknown_board": ("build", model.name, "--board", "ultra69"),
        "cli_backend": ("build", model.name, "--backend", "hls,vhdl"),
        "cli_objective": ("build", model.name, "--objective", "power"),
        "cli_frames": ("build", model.name, "--frames", "0"),
        "cli_clock": ("build", model.name, "--clock-mhz", "0"),
        "cli_target": ("build", model.name, "--target-fps", "nan"),
        "cli_format": ("build", model.name, "--input-format", "q8.8"),
        "cli_format_without_name": ("build", model.name, "--input-format", "s8.4", "--input-format", "x=s8.4"),
        "cli_format_of_no_input": ("build", model.name, "--input-format", "image=s8.4"),
        "cli_calibration_missing": ("build", model.name, "--calibration", "nowhere.npy"),
        "cli_folder_in_use": ("build", model.name, "-o", "full"),
        "cli_no_folder": ("report", "nowhere"),
        "cli_not_a_build_folder": ("verify", "full"),
        "cli_damaged_report": ("report", "damaged"),
        "cli_no_data": (*run, "nowhere.npy"),
        "cli_data_shape": (*run, "wrong.npy"),
        "cli_data_raw": (*run, "halves.npy", "--raw"),
        "cli_output_name": ("run", "built", "--input", "x.npy", "--output", "y.txt"),
        "cli_output_folder": ("run", "built", "--input", "x.npy", "--output", "nowhere/y.npy"),
        "cli_engine_not_built": (*run, "x.npy", "--engine", "rtl"),
        "cli_engines": ("verify", "built", "--engines", "numpy,matlab"),
        "cli_verify_frames": ("verify", "built", "--frames", "0"),
        "cli_quantize_bits": (*floats, "--weights", "1"),
        "cli_quantize_scales": (*floats, "--scales", "log"),
        "cli_quantize_layer": (*floats, "--config", "layers.toml"),
        "cli_quantize_config": (*floats, "--config", "bits.toml"),
        "cli_quantize_two_budgets": (*floats, "--budget-bits", "4", "--budget-error", "20"),
        "cli_quantize_tight_budget": (*floats, "--budget-bits", "1.5"),
        "cli_quantize_sensitivity": ("quantize", "normed.onnx", "--sensitivity"),
        "cli_quantize_no_frames": floats[:2],
        "cli_quantize_integers": ("quantize", model.name),
        "cli_quantize_folder": (*floats, "-o", "nowhere/net.onnx"),
        "cli_explain": ("explain", "FF309"),
        "cli_explain_nonsense": ("explain", "why"),
    }


CASES = sorted(path.stem for path in MESSAGES.glob("cli_*.txt"))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[str | Path, ...]]]:
    folder = tmp_path_factory.mktemp("workplace")
    return folder, prepare(folder)


def prepare(folder: Path) -> dict[str, tuple[str | Path, ...]]:
    cases = error_cases(folder)
    np.save(folder / "halves.npy", np.full((3, 16), 0.5))
    fpgaflow.build(folder / "net.onnx", "ultra96", folder / "built", backends=["hls"], verify=False, synth=False)
    return cases


@pytest.mark.parametrize("name", CASES)
def test_errors(
    name: str, workplace: tuple[Path, dict[str, tuple[str | Path, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cases = workplace
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    result = call(*cases[name])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message(result) == (MESSAGES / f"{name}.txt").read_text()
    assert sorted(folder.rglob("*")) == before


def test_every_error_has_its_text(workplace: tuple[Path, dict[str, tuple[str | Path, ...]]]) -> None:
    assert sorted(workplace[1]) == CASES


def message(result: Result) -> str:
    """What stderr says behind the steps."""
    return result.stderr[result.stderr.index("error[") :]


def update() -> None:
    """Write the texts of all errors anew: ``python -m tests.test_cli_errors``, then read the difference."""
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as place:
        cases = prepare(Path(place))
        os.chdir(place)
        for name, words in cases.items():
            (MESSAGES / f"{name}.txt").write_text(message(call(*words)))


if __name__ == "__main__":
    update()
