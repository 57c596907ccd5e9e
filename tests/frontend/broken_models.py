"""Files that fpgaflow can't read or lower, by the name of the message in tests/errors.

`python -m tests.frontend.broken_models` rewrites the messages; look at the difference before you keep it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from fpgaflow.errors import FlowError
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.passes.lower import lower
from tests.models import QONNX, MlpSpec, Network, mlp, save

MESSAGES = Path(__file__).parents[1] / "errors"
INT = np.int64


def message(name: str, folder: Path) -> str:
    """The message about a broken file made in ``folder``, as seen from there; "" if there is none."""
    BROKEN[name](folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        lower(read_model(Path("model.onnx")), {})
    except FlowError as error:
        return f"{error}\n"
    finally:
        os.chdir(before)
    return ""


def write_bytes(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "model.onnx").write_bytes(data)


def write(model: onnx.ModelProto) -> Callable[[Path], object]:
    return lambda folder: save(model, folder)


def node(
    op_type: str,
    *inputs: npt.NDArray[Any] | float | str,
    frame: tuple[int | str | None, ...] = (4,),
    batch: int | str | None = "N",
    opset: int = 13,
    domain: str = "",
    **attributes: Any,
) -> Callable[[Path], object]:
    """A model of one node; arrays and numbers become constants, names stay ("x" is the network's input)."""
    net = Network()
    names = [i if isinstance(i, str) else net.constant(i, dtype=np.asarray(i).dtype) for i in inputs]
    value = net.node(op_type, *names, domain=domain, **attributes)
    return write(net.model(value, (batch, *frame), (None, None), opset=opset))


def quant(scale: Any = 0.5, zero: Any = 0, bits: Any = 4, **attributes: Any) -> Callable[[Path], object]:
    given = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND", **attributes}
    kept = {key: value for key, value in given.items() if value is not None}
    parameters = (np.asarray(p, np.float32) for p in (scale, zero, bits))
    return node("Quant", "x", *parameters, domain=QONNX, **kept)


def edited(change: Callable[[onnx.GraphProto], object]) -> Callable[[Path], object]:
    """A sound model of two Relus with one thing changed."""
    net = Network()
    model = net.model(net.node("Relu", net.node("Relu", "x")), ("N", 4), ("N", 4))
    change(model.graph)
    return write(model)


def cycle(graph: onnx.GraphProto) -> None:
    graph.node[0].input[0] = graph.node[1].output[0]


def external(folder: Path) -> None:
    model = mlp(MlpSpec())
    onnx.save(model, str(folder / "model.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0)
    (folder / "weights.bin").unlink()


def input_of(kind: int | None, shape: tuple[int | str | None, ...] | None) -> Callable[[Path], object]:
    net = Network()
    model = net.model(net.node("Relu", "x"), (1,), (1,))
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", kind or TensorProto.FLOAT, shape))
    return write(model)


def branch() -> onnx.ModelProto:
    """An If."""
    body = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["z"])], "body", [], [helper.make_tensor_value_info("z", 1, None)]
    )
    net = Network()
    value = net.node("If", net.constant(True, dtype=np.bool_), then_branch=body, else_branch=body)
    return net.model(value, ("N", 4), ("N", 4))


def mask() -> onnx.ModelProto:
    """Dropout's second output is read."""
    net = Network()
    net.nodes.append(helper.make_node("Dropout", ["x"], ["y", "mask"], name="drop"))
    return net.model(net.node("Cast", "mask", to=1), ("N", 4), ("N", 4))


def constant_output() -> onnx.ModelProto:
    net = Network()
    return net.model(net.constant([1.0]), ("N", 4), (1,))


def top_k(count: int) -> onnx.ModelProto:
    net = Network()
    net.nodes.append(helper.make_node("TopK", ["x", net.constant([count], dtype=INT)], ["v", "i"], name="top"))
    return net.model("v", ("N", 4), (None, None))


def unfoldable() -> onnx.ModelProto:
    """Constants that can't be added."""
    net = Network()
    value = net.node("Add", net.constant(np.ones(2)), net.constant(np.ones(3)))
    return net.model(net.node("Add", "x", value), ("N", 4), (None, None))


def per_sample() -> npt.NDArray[np.float32]:
    return np.ones((8, 4), np.float32)


def quantized(
    op_type: str, *inputs: npt.NDArray[Any] | str, then: str = "", **attributes: Any
) -> Callable[[Path], object]:
    """A node on the network's quantized input, of shape (4, 8, 8), and maybe another one behind it."""
    net = Network()
    parameters = (net.constant(number) for number in (0.5, 0, 4))
    value = net.node("Quant", "x", *parameters, domain=QONNX, signed=1, narrow=0)
    names = [i if isinstance(i, str) else net.constant(i, dtype=np.asarray(i).dtype) for i in inputs]
    result = net.node(op_type, value, *names, **attributes)
    return write(net.model(net.node(then, result) if then else result, ("N", 4, 8, 8), (None,) * 4))


def mixed_frames() -> onnx.ModelProto:
    """The batch of one operand meets the rows of the other."""
    net = Network()
    flat = net.node("Flatten", "x")
    return net.model(net.node("Add", "x", flat), ("N", 4, 8), (None,) * 3)


def two_shapes() -> onnx.ModelProto:
    """Side by side, but not of the same height."""
    net = Network()
    pooled = net.node("MaxPool", "x", kernel_shape=[2, 2])
    return net.model(net.node("Concat", "x", pooled, axis=1), ("N", 4, 8, 8), (None,) * 4)


def image(
    op_type: str, *inputs: npt.NDArray[Any] | str, opset: int = 13, **attributes: Any
) -> Callable[[Path], object]:
    """A node on an image of four channels, 8 by 8 pixels."""
    return node(op_type, "x", *inputs, frame=(4, 8, 8), opset=opset, **attributes)


ONES = np.ones(4, np.float32)
KERNEL = np.ones((2, 4, 3, 3), np.float32)
MATRIX = np.ones((4, 3), np.float32)

BROKEN: dict[str, Callable[[Path], object]] = {
    "FF101_empty_file": write_bytes(b""),
    "FF101_text_file": write_bytes(b"this is no model, but a few words of text\n"),
    "FF101_truncated": write_bytes(mlp(MlpSpec()).SerializeToString()[:-100]),
    "FF101_no_graph": write_bytes(onnx.ModelProto(ir_version=8).SerializeToString()),
    "FF102_missing_file": lambda folder: None,
    "FF102_folder": lambda folder: (folder / "model.onnx").mkdir(),
    "FF102_external_data": external,
    "FF103_no_output": edited(lambda graph: graph.output.pop()),
    "FF103_nothing_produces": edited(lambda graph: graph.node.pop(0)),
    "FF103_output_not_computed": edited(lambda graph: graph.node.pop(1)),
    "FF103_cycle": edited(cycle),
    "FF103_computed_twice": edited(lambda graph: graph.node.append(graph.node[1])),
    "FF103_missing_operand": edited(lambda graph: graph.node[1].input.pop()),
    "FF103_malformed_constant": edited(
        lambda graph: graph.initializer.append(TensorProto(name="w", data_type=1, dims=[3], raw_data=b"12"))
    ),
    "FF103_operator_set": node("QuantizeLinear", "x", np.float32(1), opset=9),
    "FF103_operator_set_version": node("Relu", "x", opset=-3),
    "FF201_unknown_operator": node("InstanceNormalization", "x", ONES, ONES, frame=(4, 8)),
    "FF201_misspelt_operator": node("Quantize", "x", domain=QONNX),
    "FF201_wrong_domain": node("MatMul", "x", MATRIX, domain="com.example"),
    "FF201_data_only_folded": node("Sqrt", "x"),
    "FF201_control_flow": write(branch()),
    "FF201_random": edited(
        lambda graph: graph.node[0].CopyFrom(
            helper.make_node("RandomNormal", [], graph.node[0].output, name="noise", shape=[1, 4])
        )
    ),
    "FF201_folding_fails": write(unfoldable()),
    "FF201_unknown_without_inputs": edited(
        lambda graph: graph.node[0].CopyFrom(helper.make_node("Tahn", [], graph.node[0].output, name="odd"))
    ),
    "FF202_attribute_missing": quant(signed=None),
    "FF202_attribute_type": node("LeakyRelu", "x", alpha="steep"),
    "FF202_rounding_mode": quant(rounding_mode="STOCHASTIC"),
    "FF202_mixed_bipolar": quant(bits=[1, 2, 2, 2]),
    "FF202_scale_from_data": node("Quant", "x", "x", 0.0, 4.0, domain=QONNX, signed=1, narrow=0),
    "FF202_parameter_missing": node("Quant", "x", 0.5, domain=QONNX, signed=1, narrow=0),
    "FF202_not_finite": node("Mul", "x", np.array([1, np.nan, 1, 1], np.float32)),
    "FF202_division_by_zero": node("Div", "x", np.array([1, 0, 1, 1], np.float32)),
    "FF202_negative_variance": node("BatchNormalization", "x", ONES, ONES, ONES, -ONES),
    "FF202_training_mode": node("BatchNormalization", "x", ONES, ONES, ONES, ONES, opset=15, training_mode=1),
    "FF202_cast_to_integer": node("Cast", "x", to=TensorProto.INT32),
    "FF202_extra_output": write(mask()),
    "FF202_half_precision_input": input_of(TensorProto.FLOAT16, ("N", 4)),
    "FF202_token_input": input_of(TensorProto.INT64, ("N", 4)),
    "FF202_float8": node(
        "QuantizeLinear", "x", np.float32(1), np.zeros((), helper.tensor_dtype_to_np_dtype(17)), opset=21
    ),
    "FF202_blocks": node(
        "DequantizeLinear", np.ones((4, 4), np.int8), np.ones((2, 4), np.float32), opset=21, block_size=2
    ),
    "FF202_clip_nan": node("Clip", "x", np.float32(np.nan)),
    "FF202_string_constant": node("Add", "x", np.array(["a", "b"], dtype=object)),
    "FF202_trunc_widens": node("Trunc", "x", 0.5, 0.0, 4.0, 6.0, domain=QONNX, rounding_mode="FLOOR"),
    "FF202_auto_pad": image("Conv", KERNEL, auto_pad="SAME"),
    "FF202_pool_padding": image("MaxPool", kernel_shape=[2, 2], strides=[3, 3], auto_pad="SAME_UPPER"),
    "FF202_pool_without_kernel": image("AveragePool"),
    "FF202_output_shape": image("ConvTranspose", np.ones((4, 2, 2, 2), np.float32), output_shape=[12, 8]),
    "FF202_pad_mode": image("Pad", np.zeros(8, INT), mode="reflect"),
    "FF202_resize_mode": image("Resize", "", np.float32([1, 1, 2, 2]), mode="cubic"),
    "FF202_resize_constant": node("Resize", KERNEL, "x", np.float32([1, 1, 2, 2])),
    "FF202_resize_scale": image("Resize", "", np.float32([1, 1, 1.5, 2])),
    "FF202_resize_coordinates": image(
        "Resize", "", np.float32([1, 1, 2, 2]), coordinate_transformation_mode="half_pixel", nearest_mode="floor"
    ),
    "FF202_depth_to_space_mode": image("DepthToSpace", blocksize=2, mode="CDR"),
    "FF202_weights_from_data": image("Conv", "x"),
    "FF203_weights_rank": image("Conv", np.ones((2, 4, 3), np.float32)),
    "FF203_groups": image("Conv", np.ones((3, 2, 3, 3), np.float32), group=2),
    "FF203_conv_channels": image("Conv", np.ones((2, 3, 3, 3), np.float32)),
    "FF203_conv_bias": image("Conv", KERNEL, ONES),
    "FF203_window_too_large": image("MaxPool", kernel_shape=[3, 3], dilations=[4, 1]),
    "FF203_window_in_padding": image("MaxPool", kernel_shape=[2, 2], pads=[2, 0, 0, 0]),
    "FF203_axis_too_long": image("MaxPool", kernel_shape=[2, 2], pads=[1, 0, 1 << 30, 0]),
    "FF203_frame_too_large": image("Pad", np.array([0, 1 << 40, 0, 0, 0, 0, 0, 0], INT)),
    "FF203_strides": image("Conv", KERNEL, strides=[1, 0]),
    "FF203_no_space": node("GlobalAveragePool", "x"),
    "FF203_two_shapes": write(two_shapes()),
    "FF203_depth_to_space": image("DepthToSpace", blocksize=3),
    "FF203_slice_empty": image("Slice", np.array([3], INT), np.array([3], INT), np.array([1], INT)),
    "FF203_split": image("Split", np.array([5], INT), axis=1),
    "FF203_pads": image("Pad", np.zeros(4, INT)),
    "FF203_matrix_shape": node("MatMul", "x", np.ones((5, 3), np.float32)),
    "FF203_constant_shape": node("Add", "x", np.ones(3, np.float32)),
    "FF203_batch_norm_channels": node("BatchNormalization", "x", *[np.ones(3, np.float32)] * 4),
    "FF203_reshape_elements": node("Reshape", "x", np.array([0, 5], INT)),
    "FF203_reshape_mixes_batch": node("Reshape", "x", np.array([-1, 2], INT)),
    "FF203_reshape_fixed_batch": node("Reshape", "x", np.array([1, -1], INT), batch=8),
    "FF203_flatten_batch": node("Flatten", "x", axis=0),
    "FF203_transpose_batch": node("Transpose", "x", perm=[1, 0]),
    "FF203_axis": node("Softmax", "x", axis=3),
    "FF203_top_k": write(top_k(5)),
    "FF203_thresholds": node("MultiThreshold", "x", ONES, domain=QONNX, out_dtype="UINT2"),
    "FF204_unknown_dimension": input_of(None, ("N", "features")),
    "FF204_unnamed_dimension": input_of(None, ("N", None)),
    "FF204_no_shape": input_of(None, None),
    "FF205_concat_constant": node("Concat", "x", ONES.reshape(1, 4), axis=1),
    "FF205_mixes_frames": write(mixed_frames()),
    "FF205_concat_of_rows": quantized("Concat", "quant_0", axis=2),
    "FF305_times_zero": quantized("Mul", np.float32([[[1]], [[0]], [[1]], [[1]]]), then="GlobalAveragePool"),
    "FF305_pad_between_codes": quantized("Pad", np.array([0, 0, 1, 0, 0, 0, 1, 0]), np.float32(0.3)),
    "FF205_pad_batch": node("Pad", "x", np.array([0, 0, 1, 0], INT)),
    "FF205_two_data_matrices": node("MatMul", "x", "x", frame=(4, 4)),
    "FF205_matrix_on_the_left": node("MatMul", np.ones((3, 4), np.float32), "x", frame=(4, 2)),
    "FF205_gemm_transposed": node("Gemm", "x", MATRIX, transA=1),
    "FF205_matrix_for_each_frame": node("MatMul", "x", np.ones((2, 4, 3), np.float32), frame=(5, 4)),
    "FF205_constant_for_each_frame": node("Add", "x", per_sample(), batch=8),
    "FF205_constant_enlarges": node("Mul", "x", np.ones((3, 4), np.float32), frame=(1,)),
    "FF205_softmax_over_batch": node("Softmax", "x", axis=0),
    "FF205_constant_output": write(constant_output()),
    "FF306_scale": quant(scale=[0.5, 0, 0.5, 0.5]),
    "FF306_scale_infinite": quant(scale=np.inf),
    "FF306_bits": quant(bits=33),
    "FF306_no_bits": quant(bits=0.5),
    "FF306_zero_point": quant(zero=8),
    "FF306_thresholds_scale": node(
        "MultiThreshold", "x", MATRIX[:, :1], domain=QONNX, out_dtype="UINT1", out_scale=0.0
    ),
}


def update() -> None:
    for name in BROKEN:
        with TemporaryDirectory() as folder:
            (MESSAGES / f"{name}.txt").write_text(message(name, Path(folder)))


if __name__ == "__main__":
    update()
