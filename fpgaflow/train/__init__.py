"""Trainable fixed point for PyTorch: networks that are trained with the integers that the hardware computes.

``prepare`` makes a trainable fixed-point network of an ordinary one, ``export`` writes it for ``fpgaflow build``. This
package is the only one that imports torch; it comes with the extra ``fpgaflow[train]``.
"""

from __future__ import annotations

from importlib.util import find_spec

from fpgaflow.errors import FlowError

if find_spec("torch") is None:
    raise FlowError(
        "FF601",
        "PyTorch is not installed",
        reason="fpgaflow.train trains with it",
        hint="pip install 'fpgaflow[train]'",
    )

from fpgaflow.train.activations import QLeakyReLU, QPReLU, QReLU, QReLU6, QRPReLU
from fpgaflow.train.batch_norm import QBatchNorm, freeze_statistics
from fpgaflow.train.config import Config
from fpgaflow.train.export import export, to_graph
from fpgaflow.train.joins import QAdd, QConcat
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer, TernaryQuantizer
from fpgaflow.train.pools import QAvgPool2d, QGlobalAvgPool
from fpgaflow.train.prepare import prepare
from fpgaflow.train.products import QConv1d, QConv2d, QLinear
from fpgaflow.train.quantizer import FixedPointQuantizer, learning_rate_groups

__all__ = [
    "BipolarQuantizer",
    "Config",
    "FixedPointQuantizer",
    "KHotQuantizer",
    "QAdd",
    "QAvgPool2d",
    "QBatchNorm",
    "QConcat",
    "QConv1d",
    "QConv2d",
    "QGlobalAvgPool",
    "QLeakyReLU",
    "QLinear",
    "QPReLU",
    "QRPReLU",
    "QReLU",
    "QReLU6",
    "TernaryQuantizer",
    "export",
    "freeze_statistics",
    "learning_rate_groups",
    "prepare",
    "to_graph",
]
