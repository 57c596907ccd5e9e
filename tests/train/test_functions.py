"""Every model operator as a function of tensors: bit for bit its own float32 results, and gradients."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import numpy as np
import pytest
import torch

import fpgaflow.frontend.onnx_reader  # noqa: F401 - imports every operator
from fpgaflow.errors import FlowError, Loc
from fpgaflow.ir.graph import Array, Node, TensorType
from fpgaflow.ops.add import Add, AddValues
from fpgaflow.ops.arg_max import ArgMax
from fpgaflow.ops.average_pool import AveragePool, global_pool
from fpgaflow.ops.base import ModelOp
from fpgaflow.ops.batch_normalization import BatchNormalization
from fpgaflow.ops.bipolar_quant import BipolarQuant
from fpgaflow.ops.clip import Clip
from fpgaflow.ops.concat import Concat
from fpgaflow.ops.conv import Conv
from fpgaflow.ops.conv_transpose import ConvTranspose
from fpgaflow.ops.depth_to_space import DepthToSpace, SpaceToDepth
from fpgaflow.ops.dequantize_linear import DequantizeLinear
from fpgaflow.ops.div import Div, DivideInto
from fpgaflow.ops.elu import Elu
from fpgaflow.ops.hard_sigmoid import HardSigmoid, HardSwish
from fpgaflow.ops.host import Arrange, Codes, Dequantize, EncodeInput
from fpgaflow.ops.leaky_relu import LeakyRelu
from fpgaflow.ops.mat_mul import MatMul
from fpgaflow.ops.max_pool import MaxPool
from fpgaflow.ops.mul import Mul, MultiplyValues
from fpgaflow.ops.multi_threshold import MultiThreshold
from fpgaflow.ops.neg import Neg
from fpgaflow.ops.pad import Pad
from fpgaflow.ops.prelu import PRelu
from fpgaflow.ops.qonnx_rounding import QonnxRounding
from fpgaflow.ops.quant import Quant
from fpgaflow.ops.quantize_linear import QuantizeDequantize, QuantizeLinear
from fpgaflow.ops.reduce_mean import ReduceMean
from fpgaflow.ops.relu import Relu
from fpgaflow.ops.reshape import Reshape
from fpgaflow.ops.resize import Upsample
from fpgaflow.ops.selu import Selu
from fpgaflow.ops.sigmoid import Sigmoid
from fpgaflow.ops.slice import Slice
from fpgaflow.ops.softmax import LogSoftmax, Softmax
from fpgaflow.ops.sub import Sub, SubtractFrom, SubtractValues
from fpgaflow.ops.tanh import Tanh
from fpgaflow.ops.top_k import TopK, TopKPart
from fpgaflow.ops.transpose import Transpose
from fpgaflow.ops.trunc import Trunc, TruncOld
from fpgaflow.ops.window import WindowAxis
from fpgaflow.train.functions import computation, compute
from tests.ops.single import values

IMAGE = (4, 6, 5)
ROWS, COLUMNS = WindowAxis(3, stride=2, begin=1, end=0), WindowAxis(2, dilation=2, begin=0, end=2)
TIGHT = WindowAxis(3, begin=-1, end=1)
COLUMN = (4, 1, 1)
NUMBERS = [np.float32(number).reshape(()) for number in (0.25, 3, 4)]


def constant(*shape: int) -> Array:
    """Numbers of few bits, so that sums of products are exact."""
    return np.round(values(*shape, seed=1) * 8) / 8


CASES: list[tuple[ModelOp, tuple[int, ...], list[Array]]] = [
    *((op, IMAGE, []) for op in (Relu(), LeakyRelu(0.1), Neg(), HardSigmoid(0.2, 0.5), HardSwish())),
    *((op, IMAGE, []) for op in (Sigmoid(), Tanh(), Elu(0.7), Selu(1.67, 1.05), Clip(-0.3, 1.7), Clip(None, 0.4))),
    (Clip(None, None), IMAGE, []),
    *((op, IMAGE, [values(*COLUMN)]) for op in (PRelu(True), Add(), Sub(), SubtractFrom(), Mul())),
    *((op, IMAGE, [1 + values(*COLUMN) ** 2]) for op in (Div(), DivideInto())),
    (DequantizeLinear(), IMAGE, [1 + values(*COLUMN) ** 2, np.round(values(*COLUMN))]),
    (BatchNormalization(1e-5), IMAGE, [*(values(*COLUMN, seed=n) for n in range(3)), values(*COLUMN) ** 2]),
    (MatMul(), (3, 8), [constant(8, 5)]),
    (Conv((ROWS, COLUMNS), 2), IMAGE, [constant(6, 2, 3, 2)]),
    (Conv((TIGHT, TIGHT), 1), IMAGE, [constant(2, 4, 3, 3)]),
    (Conv((ROWS,), 4), (4, 9), [constant(8, 1, 3)]),
    (ConvTranspose((ROWS, COLUMNS), 2), IMAGE, [constant(4, 3, 3, 2)]),
    (ConvTranspose((WindowAxis(2, stride=2, end=-1),), 1), (4, 5), [constant(4, 3, 2)]),
    (MaxPool((ROWS, COLUMNS)), IMAGE, []),
    (AveragePool((ROWS, COLUMNS), ((1, 0), (0, 0))), IMAGE, []),
    (global_pool((6, 5)), IMAGE, []),
    (ReduceMean((1, 2)), IMAGE, []),
    (Pad((0, 1, -1), (0, 2, 3), 0.1), IMAGE, []),
    *((op, IMAGE, []) for op in (Reshape((4, 30)), Transpose((1, 2, 0)), Slice(1, 4, 3, -2), Upsample((1, 2, 3)))),
    *((op, IMAGE, []) for op in (DepthToSpace(2, True), DepthToSpace(2, False))),
    (SpaceToDepth(2), (3, 4, 6), []),
    *((op, IMAGE, []) for op in (Softmax((0,)), Softmax((1, 2)), LogSoftmax((0,)))),
    *((op, IMAGE, []) for op in (ArgMax(0, False, True), TopK(2, 0, True, TopKPart.INDICES))),
    (Quant(True, False, QonnxRounding.CEIL), IMAGE, NUMBERS),
    (QuantizeDequantize(0, 255), IMAGE, [NUMBERS[0], np.asarray(100, np.uint8)]),
    (BipolarQuant(), IMAGE, [values(*COLUMN) ** 2]),
    (Trunc(True, False, QonnxRounding.FLOOR), IMAGE, [NUMBERS[0], np.zeros(()), *(np.asarray(n) for n in (8, 1, 4))]),
]
PAIRS: list[ModelOp] = [AddValues(), SubtractValues(), MultiplyValues(), Concat(0)]
NOT_TRAINED = {MultiThreshold, QuantizeLinear, TruncOld}
WITHIN_LOWERING = {Codes, EncodeInput, Arrange, Dequantize}


def node_of(op: ModelOp) -> Node:
    return Node("y", op, (), TensorType(()), Loc("net.onnx", "node_y", type(op).__name__))


def concrete(kind: type[ModelOp]) -> Iterator[type[ModelOp]]:
    for derived in kind.__subclasses__():
        if not inspect.isabstract(derived) and derived.__module__.startswith("fpgaflow."):
            yield derived
        yield from concrete(derived)


def test_every_operator() -> None:
    tested = {type(op) for op, *_ in CASES} | {type(op) for op in PAIRS}
    assert set(concrete(ModelOp)) - tested == NOT_TRAINED | WITHIN_LOWERING


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]).split("(")[0])
def test_equals_evaluate(case: tuple[ModelOp, tuple[int, ...], list[Array]]) -> None:
    op, shape, constants = case
    x = np.round(values(7, *shape) * 64) / 64 if constants else values(7, *shape)
    wanted = op.evaluate(x, *(constant.astype(np.float32) for constant in constants))
    tensors = [torch.from_numpy(np.asarray(array, dtype=np.float32)) for array in (x, *constants)]
    found = compute(node_of(op), tensors, exact=True)
    assert found.shape == wanted.shape
    assert np.array_equal(found.numpy(), wanted)


@pytest.mark.parametrize("op", PAIRS, ids=str)
def test_pairs_equal_evaluate(op: ModelOp) -> None:
    one, two = values(7, *IMAGE), values(7, *IMAGE, seed=1)
    operands = [(one, two)] if isinstance(op, Concat) else [(one, two), (one, two[:, 0, 0]), (two[:, 0, :1], one)]
    for pair in operands:
        found = compute(node_of(op), [torch.from_numpy(array) for array in pair], exact=True)
        assert np.array_equal(found.numpy(), op.evaluate(*pair))


SMOOTH = [op for op, *_ in CASES if type(op) in (Sigmoid, Tanh, Elu, Selu, HardSwish, Softmax, LogSoftmax, Transpose)]


@pytest.mark.parametrize("op", SMOOTH, ids=str)
def test_gradients(op: ModelOp) -> None:
    """Against finite differences, in float64, away from kinks."""
    x = torch.linspace(-4.03, 4.1, 240, dtype=torch.float64).reshape(2, *IMAGE).requires_grad_()
    assert torch.autograd.gradcheck(lambda data: computation(node_of(op)).function(op, data), x)


def test_gradient_of_what_is_kept() -> None:
    x = torch.tensor([[-20.0, -1.3, 0.2, 1.7, 2.1]], requires_grad=True)
    constants = [torch.tensor(number) for number in (0.5, 1.0, 3.0)]
    y = compute(node_of(Quant(True, False, QonnxRounding.UP)), [x, *constants], exact=False)
    assert y.tolist() == [[-2.5, -1.5, 0.5, 1.0, 1.0]]
    y.sum().backward()
    assert x.grad.tolist() == [[0, 1, 1, 0, 0]]


@pytest.mark.parametrize("kind", sorted(NOT_TRAINED, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_refused(kind: type[ModelOp]) -> None:
    op = {
        MultiThreshold: MultiThreshold(3, 1.0, 0.0),
        QuantizeLinear: QuantizeLinear(0, 255),
        TruncOld: TruncOld(QonnxRounding.FLOOR),
    }[kind]
    with pytest.raises(FlowError) as caught:
        compute(node_of(op), [torch.zeros(1)], exact=False)
    assert str(caught.value) == (
        f"error[FF201]: {kind.__name__} can't be trained\n"
        f"  --> net.onnx: node 'node_y' ({kind.__name__})\n"
        "   = reason: no gradient is known of it\n"
        "   = hint: export the network with Quant or QuantizeLinear and DequantizeLinear nodes instead"
    )
