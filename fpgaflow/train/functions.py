"""Model-stage operators as functions of PyTorch tensors, one registered function an operator.

Each computes what the operator's own ``evaluate`` does in float32, with gradients. An operator that is not registered has the
function of the class it derives from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from fpgaflow.errors import FlowError
from fpgaflow.ir.graph import Node
from fpgaflow.ops.add import Add, AddValues
from fpgaflow.ops.average_pool import AveragePool
from fpgaflow.ops.base import HostOp, Layout
from fpgaflow.ops.batch_normalization import BatchNormalization
from fpgaflow.ops.clip import Clip
from fpgaflow.ops.concat import Concat
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.conv_transpose import ConvTranspose
from fpgaflow.ops.dequantize_linear import DequantizeLinear
from fpgaflow.ops.div import Div, DivideInto
from fpgaflow.ops.elu import Elu
from fpgaflow.ops.hard_sigmoid import SWISH_GATE, HardSigmoid, HardSwish
from fpgaflow.ops.leaky_relu import LeakyRelu
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.mul import Mul, MultiplyValues
from fpgaflow.ops.neg import Neg
from fpgaflow.ops.pad import Pad
from fpgaflow.ops.pairwise import Pairwise
from fpgaflow.ops.prelu import PRelu
from fpgaflow.ops.reduce_mean import ReduceMean
from fpgaflow.ops.relu import Relu
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.selu import Selu
from fpgaflow.ops.sigmoid import Sigmoid
from fpgaflow.ops.softmax import LogSoftmax, Softmax
from fpgaflow.ops.sub import Sub, SubtractFrom, SubtractValues
from fpgaflow.ops.tanh import Tanh
from fpgaflow.ops.window import Window, reduce_windows
from fpgaflow.train.straight_through import KEPT, kept

Function = Callable[..., Tensor]


@dataclass(frozen=True)
class Computation:
    """A function of the operator and its inputs. ``wide``: ``evaluate`` computes in float64 and rounds once."""

    function: Function
    wide: bool


COMPUTATIONS: dict[type, Computation] = dict.fromkeys(KEPT, Computation(kept, wide=False))


def computes(*kinds: type[Any], wide: bool = False) -> Callable[[Function], Function]:
    """Register a function as the computation of operators."""

    def register(function: Function) -> Function:
        COMPUTATIONS.update(dict.fromkeys(kinds, Computation(function, wide)))
        return function

    return register


def computation(node: Node) -> Computation:
    """How a node is computed. Raises FF201 if it can't be trained through."""
    for kind in type(node.op).__mro__:
        if kind in COMPUTATIONS:
            return COMPUTATIONS[kind]
    raise FlowError(
        "FF201",
        f"{type(node.op).__name__} can't be trained",
        node=node.loc,
        reason="no gradient is known of it",
        hint="export the network with Quant or QuantizeLinear and DequantizeLinear nodes instead",
    )


def compute(node: Node, values: Sequence[Tensor], *, exact: bool) -> Tensor:
    """A node's value, float32; with ``exact`` bit for bit what its operator evaluates, else in float32 throughout."""
    chosen = computation(node)
    if not (exact and chosen.wide):
        return chosen.function(node.op, *values)
    return chosen.function(node.op, *(value.double() for value in values)).float()


# -- products ----------------------------------------------------------------------------------------------------------


@computes(MatMul, wide=True)
def _mat_mul(op: MatMul, x: Tensor, weights: Tensor) -> Tensor:
    return x @ weights


@computes(Conv, wide=True)
def _conv(op: Conv, x: Tensor, weights: Tensor) -> Tensor:
    convolve = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[len(op.window)]
    strides, dilations = ([getattr(axis, name) for axis in op.window] for name in ("stride", "dilation"))
    return convolve(_padded(x, op.window), weights, None, strides, 0, dilations, op.groups)


@computes(ConvTranspose, wide=True)
def _conv_transpose(op: ConvTranspose, x: Tensor, weights: Tensor) -> Tensor:
    convolve = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}[len(op.window)]
    strides, dilations = ([getattr(axis, name) for axis in op.window] for name in ("stride", "dilation"))
    whole = convolve(x, weights, None, strides, 0, 0, op.groups, dilations)
    return _bordered(whole, [-axis.begin for axis in op.window], [-axis.end for axis in op.window])


# -- windows -----------------------------------------------------------------------------------------------------------


@computes(MaxPool)
def _max_pool(op: MaxPool, x: Tensor) -> Tensor:
    return cast(
        Tensor, reduce_windows(cast(Any, _padded(x, op.window, -torch.inf)), op.window, cast(Any, torch.maximum))
    )


@computes(AveragePool, wide=True)
def _average_pool(op: AveragePool, x: Tensor) -> Tensor:
    total = cast(Tensor, reduce_windows(cast(Any, _padded(x, op.window)), op.window, cast(Any, torch.add)))
    return total / torch.from_numpy(op.divisors(tuple(x.shape[2:]))).to(total)


@computes(ReduceMean, wide=True)
def _reduce_mean(op: ReduceMean, x: Tensor) -> Tensor:
    return x.mean(dim=[axis + 1 for axis in op.axes], keepdim=True)


@computes(Pad)
def _pad(op: Pad, x: Tensor) -> Tensor:
    return _bordered(x, op.begin, op.end, float(np.float32(op.value)))


def _padded(x: Tensor, window: Window, fill: float = 0.0) -> Tensor:
    return _bordered(x, [axis.begin for axis in window], [axis.end for axis in window], fill)


def _bordered(x: Tensor, begin: Sequence[int], end: Sequence[int], fill: float = 0.0) -> Tensor:
    """Elements before and behind the last axes; negative numbers take some away."""
    sides = [side for pair in reversed(list(zip(begin, end, strict=True))) for side in pair]
    return F.pad(x, sides, value=fill) if any(sides) else x


# -- places ------------------------------------------------------------------------------------------------------------


@computes(Layout)
def _layout(op: Layout, x: Tensor) -> Tensor:
    return x.flatten(1)[:, _places(op, tuple(x.shape[1:])).to(x.device)]


@lru_cache(maxsize=64)
def _places(op: Layout, shape: tuple[int, ...]) -> Tensor:
    """Which of a frame's elements each element of the result is."""
    places = op.evaluate(np.arange(math.prod(shape)).reshape(1, *shape))[0]
    return torch.from_numpy(np.ascontiguousarray(places))


@computes(Reshape)
def _reshape(op: Reshape, x: Tensor) -> Tensor:
    return x.reshape(len(x), *op.shape)


@computes(Concat)
def _concat(op: Concat, *values: Tensor) -> Tensor:
    return torch.cat(values, dim=op.axis + 1)


# -- element by element ------------------------------------------------------------------------------------------------


@computes(Relu)
def _relu(op: Relu, x: Tensor) -> Tensor:
    return x.relu()


@computes(LeakyRelu)
def _leaky_relu(op: LeakyRelu, x: Tensor) -> Tensor:
    return torch.where(x >= 0, x, _number(op.alpha, x) * x)


@computes(PRelu)
def _prelu(op: PRelu, x: Tensor, slope: Tensor) -> Tensor:
    return torch.where(x < 0, x * slope, x)


@computes(Clip)
def _clip(op: Clip, x: Tensor) -> Tensor:
    low, high = (None if end is None else float(np.float32(end)) for end in (op.low, op.high))
    return x if low is None and high is None else x.clamp(low, high)


@computes(Neg)
def _neg(op: Neg, x: Tensor) -> Tensor:
    return -x


@computes(Add)
def _add(op: Add, x: Tensor, constant: Tensor) -> Tensor:
    return x + constant


@computes(Sub)
def _sub(op: Sub, x: Tensor, constant: Tensor) -> Tensor:
    return x - constant


@computes(SubtractFrom)
def _subtract_from(op: SubtractFrom, x: Tensor, constant: Tensor) -> Tensor:
    return constant - x


@computes(Mul)
def _mul(op: Mul, x: Tensor, constant: Tensor) -> Tensor:
    return x * constant


@computes(Div)
def _div(op: Div, x: Tensor, constant: Tensor) -> Tensor:
    return x / constant


@computes(DivideInto)
def _divide_into(op: DivideInto, x: Tensor, constant: Tensor) -> Tensor:
    return constant / x


@computes(DequantizeLinear)
def _dequantize(op: DequantizeLinear, x: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    return (x - zero_point) * scale


@computes(BatchNormalization)
def _batch_norm(
    op: BatchNormalization, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    # PyTorch's float32 root is not always the nearest number; a float64 one rounded is.
    factor = scale * (1 / (variance + _number(op.epsilon, variance)).double().sqrt().float())
    return x * factor + (bias - mean * factor)


@computes(HardSigmoid)
def _hard_sigmoid(op: HardSigmoid, x: Tensor) -> Tensor:
    return (_number(op.alpha, x) * x + _number(op.beta, x)).clamp(0, 1)


@computes(HardSwish)
def _hard_swish(op: HardSwish, x: Tensor) -> Tensor:
    return x * _hard_sigmoid(SWISH_GATE, x)


@computes(Sigmoid, wide=True)
def _sigmoid(op: Sigmoid, x: Tensor) -> Tensor:
    return x.sigmoid()


@computes(Tanh, wide=True)
def _tanh(op: Tanh, x: Tensor) -> Tensor:
    return x.tanh()


@computes(Elu, wide=True)
def _elu(op: Elu, x: Tensor) -> Tensor:
    return torch.where(x > 0, x, op.alpha * x.clamp(max=0).expm1())


@computes(Selu, wide=True)
def _selu(op: Selu, x: Tensor) -> Tensor:
    negative = op.gamma * (op.alpha * x.clamp(max=0).expm1())
    return torch.where(x > 0, float(np.float32(op.gamma)) * x, negative)


def _number(number: float, like: Tensor) -> Tensor:
    """A float32 number in the type of ``like``."""
    return torch.tensor(number, dtype=torch.float32, device=like.device).to(like.dtype)


# -- two values --------------------------------------------------------------------------------------------------------

PAIRS: dict[type, Function] = {AddValues: torch.add, SubtractValues: torch.sub, MultiplyValues: torch.mul}


@computes(*PAIRS)
def _pairwise(op: Pairwise, first: Tensor, second: Tensor) -> Tensor:
    rank = max(first.ndim, second.ndim)
    return PAIRS[type(op)](*(x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:]) for x in (first, second)))


# -- the end -----------------------------------------------------------------------------------------------------------


@computes(Softmax, wide=True)
def _softmax(op: Softmax, x: Tensor) -> Tensor:
    along = [axis + 1 for axis in op.axes]
    exponentials = (x - x.amax(dim=along, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim=along, keepdim=True)


@computes(LogSoftmax, wide=True)
def _log_softmax(op: LogSoftmax, x: Tensor) -> Tensor:
    along = [axis + 1 for axis in op.axes]
    exponents = x - x.amax(dim=along, keepdim=True)
    return exponents - exponents.exp().sum(dim=along, keepdim=True).log()


@computes(HostOp)
def _host(op: HostOp, x: Tensor) -> Tensor:
    """Indices and the like, which have no gradient."""
    return torch.from_numpy(np.ascontiguousarray(op.evaluate(x.detach().cpu().numpy()))).to(x.device)
