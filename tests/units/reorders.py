"""Reorderings of every form for the tests of all faces."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import BipolarFormat, FixedFormat, Format, IntArray
from fpgaflow.units.reorder import ReorderUnit, reorder_units

NIBBLE = FixedFormat(4)
SIGNED = FixedFormat(5, 0, True)


def numbered(*shape: int) -> IntArray:
    """A frame whose elements are their places."""
    return np.arange(np.prod(shape)).reshape(shape)


def upsampled(frame: IntArray, rows: int, columns: int) -> IntArray:
    return frame.repeat(rows, axis=0).repeat(columns, axis=1)


def depth_to_space(frame: IntArray, size: int, mode: str) -> IntArray:
    """ONNX's definition, for (height, width, channels)."""
    height, width, depth = frame.shape
    channels = depth // size**2
    if mode == "DCR":
        split: IntArray = frame.reshape(height, width, size, size, channels).transpose(0, 2, 1, 3, 4)
    else:
        split = frame.reshape(height, width, channels, size, size).transpose(0, 3, 1, 4, 2)
    return split.reshape(height * size, width * size, channels)


def space_to_depth(frame: IntArray, size: int) -> IntArray:
    height, width, channels = frame.shape
    split: IntArray = frame.reshape(height // size, size, width // size, size, channels).transpose(0, 2, 1, 3, 4)
    return split.reshape(height // size, width // size, size**2 * channels)


def padded(frame: IntArray, *pads: tuple[int, int]) -> IntArray:
    result: IntArray = np.pad(frame, pads, constant_values=-1)
    return result


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a frame becomes: its elements' places in another shape, and what the smallest block and lanes must be."""

    order: IntArray
    inputs: int
    blocks: int
    lanes: Sequence[int]
    pad_value: int = 0
    format: Format = NIBBLE

    @property
    def units(self) -> list[ReorderUnit]:
        return list(reorder_units(self.order.ravel(), self.inputs, self.format, self.pad_value))


WANTED = {
    "upsample": Wanted(upsampled(numbered(3, 4, 6), 2, 3), 72, 3, (1, 2, 3, 6)),
    "upsample_columns": Wanted(upsampled(numbered(3, 2, 4), 1, 2), 24, 6, (1, 2, 4)),
    "depth_to_space_dcr": Wanted(depth_to_space(numbered(2, 3, 16), 2, "DCR"), 96, 2, (1, 2, 4, 8), format=SIGNED),
    "depth_to_space_crd": Wanted(depth_to_space(numbered(2, 3, 12), 2, "CRD"), 72, 2, (1,)),
    "space_to_depth": Wanted(space_to_depth(numbered(4, 6, 3), 2), 72, 2, (1, 2, 3, 6)),
    "channels": Wanted(numbered(3, 3, 8)[:, :, 2:6], 72, 9, (1, 2)),
    "reversed_channels": Wanted(numbered(2, 5, 3)[:, :, ::-1], 30, 10, (1,)),
    "crop": Wanted(numbered(5, 6, 2)[1:4, 2:5], 60, 1, (1, 2)),
    "crop_columns": Wanted(numbered(4, 6, 3)[:, 1:5], 72, 4, (1, 3)),
    "transpose": Wanted(numbered(3, 4, 5).transpose(2, 0, 1), 60, 1, (1,)),
    "swap_axes": Wanted(numbered(3, 4, 2).transpose(1, 0, 2), 24, 1, (1, 2)),
    "border": Wanted(padded(numbered(3, 4, 2), (1, 2), (2, 1), (0, 0)), 24, 1, (1, 2), -7, SIGNED),
    "more_channels": Wanted(padded(numbered(3, 2, 4), (0, 0), (0, 0), (4, 2)), 24, 6, (1, 2), -1, BipolarFormat()),
    "spread": Wanted(np.broadcast_to(numbered(1, 1, 4), (3, 3, 4)), 4, 1, (1, 2, 4)),
    "shifted": Wanted(padded(numbered(4, 3)[1:], (0, 1), (0, 0)), 12, 1, (1, 3), 9),
    "same": Wanted(numbered(2, 6), 12, 12, ()),
    "nothing": Wanted(np.full((2, 3), -1), 8, 2, (1,), 5),
    "last_only": Wanted(numbered(6, 2)[5:], 12, 1, (1, 2)),
    "first_only": Wanted(numbered(12, 2)[:1], 24, 1, (1, 2)),
    "swap_sevens": Wanted(numbered(6, 7, 2).transpose(1, 0, 2), 84, 1, (1, 2), format=FixedFormat(7)),
    "turned": Wanted(numbered(16, 16).T, 256, 1, (1,), format=FixedFormat(12)),
    "backwards": Wanted(numbered(600, 3)[::-1], 1800, 1, (1, 3), format=FixedFormat(12)),
}


def memories(name: str) -> list[ReorderUnit]:
    return [unit for unit in WANTED[name].units if not unit.wired]


def wires(name: str) -> list[ReorderUnit]:
    return [unit for unit in WANTED[name].units if unit.wired]


def random_reorders(seed: int, count: int) -> dict[str, ReorderUnit]:
    """Beats in any order, often with padding and repetition."""
    choose, found = random.Random(seed), dict[str, ReorderUnit]()
    for number in range(count):
        inputs, outputs = choose.randint(1, 12), choose.randint(1, 12)
        pad = choose.choice([0, 0, 1, 5])
        beats = [choose.choice([*range(inputs), *[-1] * pad]) for _ in range(outputs)]
        if choose.random() < 0.4:
            beats.sort()
        lanes = choose.choice([1, 1, 2, 3])
        start = lanes * np.array(beats)[:, None]
        order = np.where(start < 0, -1, start + np.arange(lanes)).ravel()
        unit = ReorderUnit(order, lanes * inputs, choose.randint(1, 4), lanes, choose.randint(0, 15), NIBBLE)
        found[f"random_{number}"] = unit
    return found


FEW = {
    **{f"{name}_{unit.lanes}": unit for name in WANTED for unit in memories(name)[-1:]},
    **{
        f"{name}_wired_{unit.lanes}": unit
        for name in ("channels", "reversed_channels", "same")
        for unit in wires(name)[:3]
    },
    "border_wired": wires("border")[0],
    "nothing_wired": wires("nothing")[0],
    "upsample_row_wired": wires("upsample")[0],
    "more_channels_wired": wires("more_channels")[1],
}
