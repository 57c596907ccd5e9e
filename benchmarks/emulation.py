"""Frames a second of the bit-exact emulator on one core, beside other programs that run the same file.

Run `python -m benchmarks.emulation [NETWORK ...] [--zoo]`; without names two networks of random weights are measured.

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
from collections.abc import Callable, Mapping, Sequence  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402

import onnx  # noqa: E402

from benchmarks.networks import Subject, arguments, subjects  # noqa: E402
from benchmarks.zoo import ZOO  # noqa: E402
from fpgaflow.backends.emulate import Emulator  # noqa: E402
from fpgaflow.fixed import parse_input_format  # noqa: E402
from fpgaflow.frames import random_frames  # noqa: E402
from fpgaflow.frontend.onnx_reader import read_model  # noqa: E402
from fpgaflow.ir.graph import Array  # noqa: E402
from fpgaflow.passes.lower import Lowered, lower  # noqa: E402

ROUNDS, ROUND_SECONDS = 5, 0.4
VECTORS, MAPS = (4096,), (8, 64)
"""Frames in a batch: of vectors, and of feature maps. A program's best batch counts."""
GOAL = 0.5
"""Of onnxruntime's speed, for networks on feature maps."""
Run = tuple[Callable[[], object], int]
"""What is called, and how many frames that computes."""


def main() -> None:
    parser = arguments("Frames a second of the bit-exact emulator on one core.")
    parser.add_argument("--zoo", action="store_true", help="measure all convolutional networks")
    given = parser.parse_args()
    columns = (*PROGRAMS, "of onnxruntime")
    print(f"{'network':20}" + "".join(f"{column:>18}" for column in columns) + "   (frames a processor second)")
    with tempfile.TemporaryDirectory() as folder:
        for subject in subjects([*given.networks, *(ZOO if given.zoo else ())], Path(folder)):
            print(f"{subject.name:20}" + "".join(f"{cell:>18}" for cell in measure(subject)), flush=True)


def measure(subject: Subject) -> list[str]:
    """Frames a second of each program, or why it was not measured; fpgaflow's share of onnxruntime's speed."""
    graph = read_model(subject.path)
    ((name, type_),) = graph.inputs.items()
    lowered = lower(graph, {name: parse_input_format(subject.input_format)} if subject.input_format else {})
    maps = len(type_.shape) > 1
    batches = [random_frames(lowered.head, batch, seed=1) for batch in (MAPS if maps else VECTORS)]
    runs: dict[str, list[Run]] = {}
    reasons: dict[str, str] = {}
    for program, make in PROGRAMS.items():
        try:
            runs[program] = make(subject, lowered, batches)
        except NotRunError as reason:
            reasons[program] = str(reason)
    best = speeds(runs)
    cells = [f"{best[program]:,.0f}" if program in best else reasons[program] for program in PROGRAMS]
    if OTHER not in best:
        return [*cells, "not known"]
    share = best[OWN] / best[OTHER]
    return [*cells, f"{share:.2f}" + (" missed" if maps and share < GOAL else "")]


class NotRunError(Exception):
    """Why a program was not measured."""


def speeds(programs: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """Frames a processor second: best of ``ROUNDS`` rounds of at least ``ROUND_SECONDS``, in which all take turns."""
    best = dict.fromkeys(programs, 0.0)
    turns = [(program, *run) for program, runs in programs.items() for run in runs]
    for _, call, _ in turns:
        call()
    for _ in range(ROUNDS):
        for program, call, frames in turns:
            count, start = 0, time.process_time()
            while (seconds := time.process_time() - start) < ROUND_SECONDS:
                call()
                count += frames
            best[program] = max(best[program], count / seconds)
    return best


def fpgaflow(_subject: Subject, lowered: Lowered, batches: Sequence[Array]) -> list[Run]:
    """Head, integer network, tail."""
    body = Emulator(lowered.body)
    (name,) = lowered.head.inputs
    ((tail_input, type_),) = lowered.tail.inputs.items()

    def run(frames: Array) -> object:
        integers = body(lowered.head.evaluate({name: frames})[lowered.head.outputs[0]])
        return lowered.tail.evaluate({tail_input: integers.reshape(len(integers), *type_.shape)})

    return [(partial(run, frames), len(frames)) for frames in batches]


def onnxruntime(subject: Subject, _lowered: Lowered, batches: Sequence[Array]) -> list[Run]:
    """onnxruntime on the file, its quantizers written as QuantizeLinear, Clip and DequantizeLinear; weights with
    quantizers and without them, of which it prefers now one and now the other.
    """
    if importlib.util.find_spec("onnxruntime") is None:
        raise NotRunError("not installed")
    import onnxruntime as ort  # noqa: PLC0415

    from benchmarks.twin import NoTwinError, qdq_twin, with_float_weights  # noqa: PLC0415 - needs onnxruntime

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings are about names in the file
    try:
        twin = qdq_twin(onnx.load(subject.path))
    except NoTwinError as reason:
        raise NotRunError("no QDQ form") from reason
    runs: list[Run] = []
    for form in (twin, with_float_weights(twin)):
        session = ort.InferenceSession(form.SerializeToString(), options)
        (source,) = session.get_inputs()
        runs += [(partial(session.run, None, {source.name: frames}), len(frames)) for frames in batches]
    return runs


def qonnx(subject: Subject, _lowered: Lowered, batches: Sequence[Array]) -> list[Run]:
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
    frame = batches[0][:1].reshape(model.get_tensor_shape(name))
    return [(partial(execute_onnx, model, {name: frame}), 1)]


OWN, OTHER = "fpgaflow", "onnxruntime"
PROGRAMS = {OWN: fpgaflow, OTHER: onnxruntime, "qonnx": qonnx}

if __name__ == "__main__":
    main()
