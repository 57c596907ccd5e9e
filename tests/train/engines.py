"""What a module computes beside the exported graph and its integers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from fpgaflow.backends.emulate import Emulator
from fpgaflow.exactness import run_body
from fpgaflow.ir.check import check
from fpgaflow.passes.lower import lower
from fpgaflow.train.export import to_graph


def assert_equal_everywhere(model: nn.Module, x: Tensor) -> int:
    """The module in evaluation mode == the model-stage graph in float32 == the integers of the lowered body.

    Returns how many different numbers came out.
    """
    model.eval()
    with torch.no_grad():
        wanted = model(x).double().numpy()
    graph = to_graph(model, x)
    check(graph)
    frames = x.numpy()
    (found,) = (graph.evaluate({next(iter(graph.inputs)): frames})[name] for name in graph.outputs)
    assert np.array_equal(found.astype(np.float64), wanted)
    lowered = lower(graph, {})
    check(lowered.body)
    integers = run_body(lowered, Emulator(lowered.body), frames)
    ((port, type_),) = lowered.tail.inputs.items()
    tail = lowered.tail.evaluate({port: integers.reshape(len(frames), *type_.shape)})
    assert np.array_equal(tail[graph.outputs[0]].astype(np.float64), wanted)
    return len(np.unique(wanted))
