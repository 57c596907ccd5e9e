"""A traced network while its calls are replaced by quantized layers."""

from __future__ import annotations

from typing import Any

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from fpgaflow.errors import FlowError, Loc
from fpgaflow.train.config import Config
from fpgaflow.train.quantizer import Quantizer
from fpgaflow.train.tracing import trace


class Preparation:
    """What replacing a call needs to know, and may do. ``sources`` are the quantizers that values come from."""

    def __init__(self, model: nn.Module, config: Config) -> None:
        self.traced = trace(model)
        self.graph = self.traced.graph
        self.config = config
        config.check_patterns([self.path(node) for node in self.calls()])
        if config.fold_norms:
            self._fold_norms()
        self.layers = dict(self.traced.named_modules(remove_duplicate=False))
        self.sources: dict[fx.Node, Quantizer] = {}
        self.casts: dict[tuple[fx.Node, bool], fx.Node] = {}
        self.used: set[str] = set()

    def calls(self) -> list[fx.Node]:
        return [node for node in self.graph.nodes if node.op.startswith("call")]

    def path(self, node: fx.Node) -> str:
        """Of the called module; of a function, the call's name."""
        return str(node.target) if node.op == "call_module" else node.name

    def layer(self, node: fx.Node) -> Any:
        """The original module that is called, None for functions."""
        return self.layers[str(node.target)] if node.op == "call_module" else None

    def kind(self, node: fx.Node) -> Any:
        """The called module's class, the function, or the method's name."""
        return type(self.layer(node)) if node.op == "call_module" else node.target

    def settings(self, node: fx.Node) -> Config:
        return self.config.of(self.path(node))

    def signed(self, values: list[fx.Node]) -> bool:
        """True if one of the values may be negative."""
        return any(value not in self.sources or self.sources[value].bounds[0] < 0 for value in values)

    def read(self, node: fx.Node, value: fx.Node, *, wide: bool = False) -> fx.Node:
        """The value as integers, for ``node``: cast, if no quantizer stands behind it; ``wide`` as element-wise operand."""
        if value in self.sources:
            return value
        if (value, wide) not in self.casts:
            settings = self.settings(node)
            quantizer = settings.element(signed=True) if wide else settings.activation(signed=True)
            self.casts[value, wide] = self.cast(value, quantizer, f"{value.name}_cast{'_wide' if wide else ''}")
        return self.casts[value, wide]

    def cast(self, value: fx.Node, quantizer: Quantizer, path: str) -> fx.Node:
        """A new call of a quantizer behind a value."""
        self.traced.add_submodule(path, quantizer)
        with self.graph.inserting_after(value):
            made = self.graph.call_module(path, (value,))
        self.sources[made] = quantizer
        return made

    def replace(self, node: fx.Node, module: nn.Module, inputs: list[fx.Node]) -> fx.Node:
        """A call of ``module`` in the place of ``node``, which is erased; it takes over its path, if that is free."""
        path, number = self.path(node), 1
        while path in self.used:
            path, number = f"{self.path(node)}_{number}", number + 1
        self.used.add(path)
        self.traced.add_submodule(path, module)
        with self.graph.inserting_before(node):
            made = self.graph.call_module(path, tuple(inputs))
        node.replace_all_uses_with(made)
        self.graph.erase_node(node)
        return made

    def result(self) -> fx.GraphModule:
        self.traced.delete_all_unused_submodules()
        self.graph.lint()
        self.traced.recompile()
        return self.traced

    def unsupported(self, node: fx.Node, what: str, reason: str) -> FlowError:
        """FF201 at a call."""
        return FlowError(
            "FF201",
            f"'{self.path(node)}' is {what}",
            node=Loc(type(self.traced).__name__, self.path(node), node.op),
            reason=reason,
            hint="there is one of Linear, Conv1d, Conv2d, BatchNorm, ReLU, ReLU6, LeakyReLU, PReLU, MaxPool, AvgPool, means, "
            "Flatten, cat along the channels and sums of two values",
        )

    def _fold_norms(self) -> None:
        """BatchNorms go into the layers whose only readers they are, with the running statistics."""
        for node in self.calls():
            before = node.all_input_nodes[0] if node.all_input_nodes else None
            if before is None or {node.op, before.op} != {"call_module"} or len(before.users) > 1:
                continue
            norm, layer = (self.traced.get_submodule(str(n.target)) for n in (node, before))
            if not isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                continue
            if isinstance(layer, nn.Linear):
                folded: nn.Module = fuse_linear_bn_eval(layer.eval(), norm.eval())
            elif isinstance(layer, nn.Conv1d | nn.Conv2d):
                folded = fuse_conv_bn_eval(layer.eval(), norm.eval())
            else:
                continue
            self.traced.add_submodule(str(before.target), folded)
            node.replace_all_uses_with(before)
            self.graph.erase_node(node)
