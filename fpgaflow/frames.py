"""Frames: read from the user's files, and made for verification."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from fpgaflow.errors import FlowError, Loc
from fpgaflow.fixed import BipolarFormat, FixedFormat, InputFormat
from fpgaflow.ir.graph import Array, Graph
from fpgaflow.ops.host import EncodeInput

MAX_INPUT_BITS = 16


def read_frames(path: Path, name: str, shape: tuple[int, ...]) -> Array:
    """Frames of input ``name`` from .npy or .npz: (frames, *shape). Raises FF501, FF502.

    An .npz may call the array by the input's name or ``x``, or hold only one. An extra axis of 1 behind the first, the
    model's own batch, is taken off.
    """
    try:
        loaded = np.load(path)
    except (OSError, ValueError, EOFError) as problem:
        raise FlowError(
            "FF501",
            f"'{path}' can't be read as frames",
            reason=str(problem).splitlines()[0],
            hint="save frames with numpy.save or numpy.savez, the first axis counting frames",
        ) from problem
    if isinstance(loaded, np.lib.npyio.NpzFile):
        keys = [key for key in (name, "x", *loaded.files[:1]) if key in loaded.files]
        if not keys or (keys[0] not in (name, "x") and len(loaded.files) > 1):
            raise FlowError(
                "FF501",
                f"'{path}' has no array for input '{name}'",
                reason=f"it holds {', '.join(loaded.files) or 'nothing'}",
                hint=f"call the array '{name}' or 'x'",
            )
        loaded = loaded[keys[0]]
    if not np.issubdtype(loaded.dtype, np.number):
        raise FlowError(
            "FF501",
            f"'{path}' does not hold numbers",
            reason=f"its type is {loaded.dtype}",
            hint="save float32 or integer arrays",
        )
    return shaped(loaded, shape, Loc(str(path)))


def shaped(frames: Array, shape: tuple[int, ...], where: Loc | None = None) -> Array:
    """(frames, *shape) from (frames, *shape) or (frames, 1, *shape). Raises FF502."""
    frames = np.asarray(frames)
    if frames.shape[1:] == shape and frames.ndim >= 1:
        return frames
    if frames.shape[1:] == (1, *shape):
        return frames[:, 0]
    raise FlowError(
        "FF502",
        f"frames of shape {frames.shape[1:]} instead of {shape}",
        node=where,
        reason="the first axis counts frames, the others must be the model's input",
        hint=f"reshape the data to (frames, {', '.join(map(str, shape))})",
    )


def format_from_calibration(frames: Array) -> InputFormat:
    """The narrowest format of at most 16 bits that holds every number exactly, else 16 bits over their range."""
    numbers = np.unique(np.asarray(frames, dtype=np.float64))
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    signed = bool(numbers.min(initial=0.0) < 0)
    magnitude_bits = int(np.floor(np.log2(largest))) + 1
    for frac in range(-magnitude_bits + 1, MAX_INPUT_BITS - signed - magnitude_bits + 1):
        if np.array_equal(np.rint(numbers * 2.0**frac), numbers * 2.0**frac):
            break
    width = max(magnitude_bits + frac + signed, 1 + signed)
    return InputFormat(FixedFormat(width, frac, signed), Fraction(2) ** -frac)


def random_frames(head: Graph, count: int, seed: int) -> Array:
    """Float32 frames that exercise the whole range of what the accelerator receives, and small values too."""
    generator = np.random.default_rng(seed)
    ((name, type_),) = head.inputs.items()
    shape = (count, *type_.shape)
    encoder = head.nodes[0].op
    if isinstance(encoder, EncodeInput):
        format = encoder.format
        if isinstance(format, BipolarFormat):
            return encoder.decode(2 * generator.integers(0, 2, shape) - 1)
        codes = generator.integers(format.min, format.max + 1, shape)
        shrink = generator.integers(0, max(1, format.width - 2), (count, *[1] * len(type_.shape)))
        return encoder.decode(codes >> shrink)
    reach = _reach(head, name, type_.shape)
    frames = generator.uniform(-reach, reach, shape)
    # Half of the frames are not negative, as images are.
    frames[::2] = np.abs(frames[::2])
    return frames.astype(np.float32)


def _reach(head: Graph, name: str, shape: tuple[int, ...]) -> float:
    """The smallest power of two beyond which the head's integers no longer change."""
    exponents = np.arange(-12, 21)
    sizes = np.concatenate([2.0**exponents, -(2.0**exponents)]).astype(np.float32)
    probe = np.broadcast_to(sizes.reshape(-1, *[1] * len(shape)), (len(sizes), *shape))
    codes = np.asarray(head.evaluate({name: probe})[head.outputs[0]]).reshape(2, len(exponents), -1)
    changing = np.any(codes != codes[:, -1:], axis=(0, 2))
    return float(2.0 ** exponents[min(int(changing.sum()), len(exponents) - 1)])
