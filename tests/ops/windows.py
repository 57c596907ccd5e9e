"""Random windows: attributes of convolutions and pools that onnxruntime takes, with extents that they fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st


@st.composite
def windows(draw: st.DrawFn, *, pool: bool = False) -> tuple[tuple[int, ...], dict[str, Any]]:
    """(extents, attributes), one or two axes; with every attribute sometimes left out."""
    rank = draw(st.integers(1, 2))

    def axes(low: int, high: int, count: int = rank) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    kernel, strides, dilations = axes(1, 3), axes(1, 3), axes(1, 3)
    mode = draw(st.sampled_from([None, "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]))
    attributes: dict[str, Any] = {"kernel_shape": kernel}
    if mode is not None:
        attributes["auto_pad"] = mode
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        # Runtimes don't agree on dilations here, nor on steps larger than a pool's window.
        dilations = [1] * rank
        strides = [min(stride, k) if pool else stride for stride, k in zip(strides, kernel, strict=True)]
    elif draw(st.booleans()):
        attributes["dilations"] = dilations
    else:
        dilations = [1] * rank
    if draw(st.booleans()) or strides != [1] * rank:
        attributes["strides"] = strides
    pads = [0] * 2 * rank
    if mode in (None, "NOTSET") and draw(st.booleans()):
        most = [k - 1 if pool else 3 for k in (*kernel, *kernel)]
        pads = [min(p, m) for p, m in zip(axes(0, 3, 2 * rank), most, strict=True)]
        attributes["pads"] = pads
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    least = [max(r - pads[i] - pads[rank + i], 1) for i, r in enumerate(reach)]
    if pool:
        least = reach
    return tuple(low + more for low, more in zip(least, axes(0, 7), strict=True)), attributes


def whole(*shape: int, seed: int = 0) -> np.ndarray:
    """Random integers as float32, so that every sum is exact in any order."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float32)
