"""Concatenate: the channels of several streams side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fpgaflow.fixed import Format
from fpgaflow.ir.graph import Array, TensorType
from fpgaflow.ops.base import IntegerOp, ShapeError, Site
from fpgaflow.units.base import Unit
from fpgaflow.units.concat import ConcatUnit


@dataclass(frozen=True)
class Concatenate(IntegerOp):
    """Frames (…, channels) one behind the other along the last axis; ``format`` holds the integers of all."""

    format: Format

    def infer(self, *types: TensorType) -> TensorType:
        if len({type_.shape[:-1] for type_ in types}) > 1:
            raise ShapeError(f"frames of shapes {', '.join(str(list(type_.shape)) for type_ in types)} don't fit")
        return TensorType((*types[0].shape[:-1], sum(type_.shape[-1] for type_ in types)), self.format)

    def evaluate(self, *values: Array) -> Array:
        return np.concatenate(values, axis=-1)

    def implementations(self, site: Site) -> Iterator[tuple[Unit, ...]]:
        channels = tuple(type_.shape[-1] for type_ in site.inputs)
        formats = tuple(type_.format for type_ in site.inputs if type_.format is not None)
        pixels = site.result.elements // sum(channels)
        for lanes in site.lanes:
            if all(count % lanes == 0 for count in channels):
                yield (ConcatUnit(channels, pixels, lanes, formats, self.format),)
