"""Frames a second of the bit-exact emulator on one core, beside other programs that run the same file.

Run `python -m benchmarks.emulation [FILE[=FORMAT] ...]`; without files two networks of random weights are measured.

Every number is frames by processor seconds of this process, all programs limited to one thread, from float frames to float
outputs. The best of several rounds is taken: other work on the machine only ever makes a round slower.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # read by NumPy's matrix library when it is loaded, so before the imports

import importlib.util  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import onnx  # noqa: E402

from benchmarks.networks import Subject, arguments, subjects  # noqa: E402
from benchmarks.twin import NoTwinError, qdq_twin  # noqa: E402
from fpgaflow.backends.emulate import Emulator  # noqa: E402
from fpgaflow.fixed import parse_input_format  # noqa: E402
from fpgaflow.frames import random_frames  # noqa: E402
from fpgaflow.frontend.onnx_reader import read_model  # noqa: E402
from fpgaflow.ir.graph import Array  # noqa: E402
from fpgaflow.passes.lower import lower  # noqa: E402

BATCH = 4096
ROUNDS, ROUND_SECONDS = 5, 0.4
Run = Callable[[Array], object]


def main() -> None:
    parser = arguments("Frames a second of the bit-exact emulator on one core.")
    given = parser.parse_args()
    columns = ("fpgaflow", "onnxruntime", "qonnx")
    print(f"{'network':20}" + "".join(f"{column:>18}" for column in columns) + "   (frames a processor second)")
    with tempfile.TemporaryDirectory() as folder:
        for subject in subjects(given.files, Path(folder)):
            run, frames = emulator(subject)
            cells = [f"{speed(run, frames):,.0f}"]
            for make in (onnxruntime, qonnx):
                try:
                    cells.append(f"{speed(*make(subject, frames)):,.0f}")
                except NotRunError as reason:
                    cells.append(str(reason))
            print(f"{subject.name:20}" + "".join(f"{cell:>18}" for cell in cells))


class NotRunError(Exception):
    """Why a program was not measured."""


def speed(run: Run, frames: Array) -> float:
    """Frames a processor second: best of ``ROUNDS`` rounds of at least ``ROUND_SECONDS``."""
    run(frames)
    best = 0.0
    for _ in range(ROUNDS):
        count, start = 0, time.process_time()
        while (seconds := time.process_time() - start) < ROUND_SECONDS:
            run(frames)
            count += len(frames)
        best = max(best, count / seconds)
    return best


def emulator(subject: Subject) -> tuple[Run, Array]:
    """fpgaflow's own: head, integer network, tail; and frames to run."""
    graph = read_model(subject.path)
    (name,) = graph.inputs
    lowered = lower(graph, {name: parse_input_format(subject.input_format)} if subject.input_format else {})
    body = Emulator(lowered.body)
    ((tail_input, type_),) = lowered.tail.inputs.items()

    def run(frames: Array) -> object:
        integers = body(lowered.head.evaluate({name: frames})[lowered.head.outputs[0]])
        return lowered.tail.evaluate({tail_input: integers.reshape(len(integers), *type_.shape)})

    return run, random_frames(lowered.head, BATCH, seed=1)


def onnxruntime(subject: Subject, frames: Array) -> tuple[Run, Array]:
    """onnxruntime on the file, its quantizers written as QuantizeLinear, Clip and DequantizeLinear."""
    if importlib.util.find_spec("onnxruntime") is None:
        raise NotRunError("not installed")
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings are about names in the file
    try:
        twin = qdq_twin(onnx.load(subject.path))
    except NoTwinError as reason:
        raise NotRunError("no QDQ form") from reason
    session = ort.InferenceSession(twin.SerializeToString(), options)
    (source,) = session.get_inputs()
    return lambda batch: session.run(None, {source.name: batch}), frames


def qonnx(subject: Subject, frames: Array) -> tuple[Run, Array]:
    """QONNX's reference executor, frame by frame as it runs most files."""
    if importlib.util.find_spec("qonnx") is None:
        raise NotRunError("not installed")
    from qonnx.core.modelwrapper import ModelWrapper  # noqa: PLC0415
    from qonnx.core.onnx_exec import execute_onnx  # noqa: PLC0415
    from qonnx.util.cleanup import cleanup_model  # noqa: PLC0415

    loaded = onnx.load(subject.path)
    loaded.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about older names of QONNX's domain
        model = cleanup_model(ModelWrapper(loaded))
    name = model.graph.input[0].name
    frame = frames[:1].reshape(model.get_tensor_shape(name))
    return lambda batch: execute_onnx(model, {name: batch}), frame


if __name__ == "__main__":
    main()
