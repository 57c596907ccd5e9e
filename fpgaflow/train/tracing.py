"""Networks as a list of calls, by torch.fx, with the layers of PyTorch and of fpgaflow as wholes."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn
from torch.fx.passes.shape_prop import ShapeProp

from fpgaflow.errors import FlowError, Loc


class LayerTracer(fx.Tracer):
    """Goes into a network's own modules, not into layers."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return super().is_leaf_module(m, module_qualified_name) or type(m).__module__.startswith("fpgaflow.train.")


def trace(model: nn.Module) -> fx.GraphModule:
    """The network's calls, sharing its modules. Raises FF205 if they depend on data."""
    try:
        graph = LayerTracer().trace(model)
    except fx.proxy.TraceError as error:
        raise FlowError(
            "FF205",
            f"{type(model).__name__} can't be traced",
            node=Loc(type(model).__name__),
            reason=f"its calls depend on the data: {error}",
            hint="write its forward without branches and loops on values or shapes of tensors",
        ) from None
    return fx.GraphModule(model, graph, type(model).__name__)


def propagate_shapes(traced: fx.GraphModule, example: Tensor) -> None:
    """Note each value's shape at its node, for ``shape_of``."""
    with torch.no_grad():
        ShapeProp(traced).propagate(example)


def has_shape(node: fx.Node) -> bool:
    """True for tensors, not for sizes and the like."""
    return "tensor_meta" in node.meta


def shape_of(node: fx.Node) -> tuple[int, ...]:
    """A traced value's shape, batch included."""
    return tuple(node.meta["tensor_meta"].shape)
