"""Turns an ordinary PyTorch network into one of trainable fixed point."""

from __future__ import annotations

import copy

from torch import fx, nn

from fpgaflow.train.config import Config
from fpgaflow.train.converters import CONVERTERS, MOVING
from fpgaflow.train.preparation import Preparation
from fpgaflow.train.quantizer import Quantizer


def prepare(model: nn.Module, config: Config | None = None) -> nn.Module:
    """A copy of ``model`` in which every layer is replaced by its trainable fixed-point form, and its input is quantized.

    Parameters keep their names and values; a module that is called several times becomes several, and functions become
    modules called after them. The first batches set the binary points of all quantizers. Raises FF201 for a layer without
    such a form, FF205 for calls that depend on data, FF503 for an override that matches nothing.
    """
    preparation = Preparation(copy.deepcopy(model), config or Config())
    for node in list(preparation.graph.nodes):
        if node.op == "placeholder":
            made = preparation.cast(node, preparation.config.input(), f"{node.name}_format")
            node.replace_all_uses_with(made, delete_user_cb=lambda user, made=made: user is not made)
        elif node.op.startswith("call"):
            _convert(preparation, node)
    prepared = preparation.result().train(model.training)
    devices = {parameter.device for parameter in model.parameters()}
    return prepared.to(devices.pop()) if len(devices) == 1 else prepared


def _convert(preparation: Preparation, node: fx.Node) -> None:
    kind = preparation.kind(node)
    if kind not in CONVERTERS:
        called = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
        raise preparation.unsupported(node, f"a {called}", "fpgaflow.train has no quantized form of it")
    converter = CONVERTERS[kind]
    new = converter(preparation, node, preparation.layer(node))
    made = node if new is None else preparation.replace(node, *new)
    if converter in MOVING:
        source = preparation.sources.get(made.all_input_nodes[0])
    else:
        assert new is not None
        source = getattr(new[0], "output", None)
    if isinstance(source, Quantizer):
        preparation.sources[made] = source
