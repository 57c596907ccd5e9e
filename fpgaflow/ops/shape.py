"""Readers of Shape and Size: constants, because every frame has the same shape."""

from __future__ import annotations

import math

import numpy as np

from fpgaflow.ops.base import ModelBuilder, OnnxNode, reads
from fpgaflow.ops.reading import integer


@reads("Shape")
def read_shape(node: OnnxNode, builder: ModelBuilder) -> None:
    """A constant; a batch of unknown size counts as 1."""
    dims = builder.file_shape(node.inputs[0]).dims
    end = integer(node, "end", len(dims))
    wanted = np.array(dims[integer(node, "start", 0) : end], dtype=np.int64)
    builder.bind(node.outputs[0], builder.add_constant(node.outputs[0], wanted))


@reads("Size")
def read_size(node: OnnxNode, builder: ModelBuilder) -> None:
    """A constant; a batch of unknown size counts as 1."""
    size = math.prod(builder.file_shape(node.inputs[0]).dims)
    builder.bind(node.outputs[0], builder.add_constant(node.outputs[0], np.array(size, dtype=np.int64)))
