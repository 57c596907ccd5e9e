"""``fpgaflow run``: frames from a file through a built design into a file."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fpgaflow.design import Design, Engine
from fpgaflow.errors import FlowError
from fpgaflow.files import replacing
from fpgaflow.frames import read_frames
from fpgaflow.ir.graph import Array

SUFFIXES = (".npy", ".npz")


def infer(
    design: Design, source: str | Path, target: str | Path, *, engine: Engine | str = Engine.NUMPY, raw: bool = False
) -> dict[str, Array]:
    """Compute the outputs for the frames in ``source`` (.npy or .npz), write them to ``target``, and return them.

    A ``.npy`` target holds the network's one output, a ``.npz`` target all outputs by name. With ``raw`` both files hold
    stored integers: what the hardware receives and sends. Raises FF501, FF502, FF503.
    """
    target = Path(target)
    if target.suffix not in SUFFIXES:
        raise FlowError(
            "FF503",
            f"'{target}' is not a name for outputs",
            reason=f"files that NumPy reads end with {' or '.join(SUFFIXES)}",
            hint=f"for example --output {target.stem or 'y'}.npy",
        )
    names = design.lowered.body.outputs if raw else design.lowered.tail.outputs
    if target.suffix == ".npy" and len(names) > 1:
        raise FlowError(
            "FF503",
            f"'{target}' can't hold {len(names)} outputs",
            reason=f"the network's outputs are {', '.join(names)}, and a .npy file holds one array",
            hint=f"for example --output {target.stem}.npz",
        )
    outputs = _outputs(design, Path(source), Engine(engine), raw)
    with replacing(target) as temporary:
        if target.suffix == ".npy":
            np.save(temporary, next(iter(outputs.values())))
        else:
            _save_all(temporary, outputs)
    return outputs


def _outputs(design: Design, source: Path, engine: Engine, raw: bool) -> dict[str, Array]:
    ((name, type_),) = (design.lowered.body if raw else design.lowered.head).inputs.items()
    frames = read_frames(source, name, type_.shape)
    if not raw:
        return design.outputs(frames, engine=engine)
    return {design.lowered.body.outputs[0]: design(frames, engine=engine, raw=True)}


def _save_all(path: Path, arrays: Mapping[str, Array]) -> None:
    """What ``numpy.savez`` writes, for any names: its keyword arguments can't be called ``file``."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
