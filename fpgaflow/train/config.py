"""Which formats a network gets when it is prepared for training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from fpgaflow.errors import FlowError
from fpgaflow.fixed import FixedFormat, Overflow, Rounding, parse_input_format
from fpgaflow.train.khot import BipolarQuantizer, KHotQuantizer
from fpgaflow.train.quantizer import FixedPointQuantizer, Quantizer


@dataclass(frozen=True)
class Config:
    """Widths in bits, and how numbers are rounded and what happens to those out of range.

    - ``weight_width``: 1 makes weights bipolar, 2 ternary; ``digits`` limits them and factors to few ones or signed digits
    - ``activation_width``: of what layers read
    - ``element_width``: of operands of sums, of means, of the constants of BatchNorm and PReLU; with ``cast_norms`` also of
      what BatchNorm reads, of its product and its sum
    - ``input_format``: a text like u8.8; without it the input has ``input_width`` bits, signed, with a learned point
    - ``per_channel``: weights and constants have a binary point each channel
    - ``width_range``: widths of weights and activations are trainable between two bounds
    - ``batches``: how many of them set each binary point at the start
    - ``fold_norms``: BatchNorms are taken into the layers before them
    - ``overrides``: other values of these for modules whose path matches a pattern with ``*``, such as
      ``{"layers.0": {"weight_width": 8}}``; where several match, the last counts
    """

    weight_width: int = 8
    activation_width: int = 8
    element_width: int = 8
    input_width: int = 8
    input_format: str | None = None
    rounding: Rounding = Rounding.HALF_EVEN
    overflow: Overflow = Overflow.SATURATE
    per_channel: bool = True
    digits: int | None = None
    signed_digits: bool = False
    width_range: tuple[int, int] | None = None
    batches: int = 1
    cast_norms: bool = False
    fold_norms: bool = False
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {f.name for f in fields(self)} - {"overrides", "input_format", "input_width", "fold_norms"}
        for pattern, values in self.overrides.items():
            for name in values.keys() - known:
                raise FlowError(
                    "FF503",
                    f"the override '{pattern}' sets '{name}'",
                    reason=f"a module's own settings are {', '.join(sorted(known))}",
                    hint="set it for the whole network",
                )
        for name, kind in (("rounding", Rounding), ("overflow", Overflow)):
            if not isinstance(getattr(self, name), kind):
                raise FlowError(
                    "FF503",
                    f"Config has {name} {getattr(self, name)!r}",
                    reason=f"it must be a member of fpgaflow.{kind.__name__}",
                    hint=f"take one of {', '.join(str(member) for member in kind)}",
                )
        if self.signed_digits and self.digits is None and not any("digits" in own for own in self.overrides.values()):
            raise FlowError(
                "FF503",
                "Config has signed_digits, but no digits",
                reason="digits says how many a weight has at most; without it weights are ordinary integers",
                hint="set digits=2, for example",
            )

    def of(self, path: str) -> Config:
        """The settings of the module at ``path``."""
        found = self
        for pattern, values in self.overrides.items():
            if fnmatchcase(path, pattern):
                found = replace(found, **values)
        return found

    def check_patterns(self, paths: list[str]) -> None:
        """FF503 if a pattern matches none of the paths."""
        for pattern in self.overrides:
            if not any(fnmatchcase(path, pattern) for path in paths):
                raise FlowError(
                    "FF503",
                    f"the override '{pattern}' matches no module",
                    reason=f"the network's modules are {', '.join(paths)}",
                    hint="write a module's path, with * for any text",
                )

    def input(self) -> Quantizer:
        """What the network receives. Raises FF304 for a format without a binary point."""
        if self.input_format is None:
            return FixedPointQuantizer(self.input_width, batches=self.batches)
        given = parse_input_format(self.input_format)
        if not isinstance(given.format, FixedFormat) or "/" in self.input_format:
            raise FlowError(
                "FF304",
                f"a network can't be trained with the input format '{self.input_format}'",
                reason="trainable fixed point has a binary point, and at least two values of a sign",
                hint="scale the data to a format like u8.8 (unsigned byte / 256) or s8.4",
            )
        quantizer = FixedPointQuantizer(given.format.width, signed=given.format.signed, point=given.format.frac)
        quantizer.freeze()
        return quantizer

    def weights(self, outputs: int) -> Quantizer:
        """Of a layer with so many outputs (the weights' first axis)."""
        channels = outputs if self.per_channel else None
        if self.digits is not None:
            return KHotQuantizer(self.weight_width, self.digits, signed_digits=self.signed_digits, channels=channels)
        if self.weight_width == 1:
            return BipolarQuantizer(channels=channels)
        return FixedPointQuantizer(
            self.weight_width,
            narrow=True,
            rounding=self.rounding,
            width_range=self.width_range,
            channels=channels,
            axis=0,
        )

    def factors(self, channels: int) -> Quantizer:
        """Of what values are multiplied by, one number a channel: BatchNorm's factors, slopes."""
        if self.digits is None:
            return self.constants(channels)
        shared = channels if channels > 1 and self.per_channel else None
        return KHotQuantizer(self.element_width, self.digits, signed_digits=self.signed_digits, channels=shared)

    def constants(self, channels: int) -> Quantizer:
        """Of numbers that are added, one a channel."""
        shared = channels if channels > 1 and self.per_channel else None
        return FixedPointQuantizer(self.element_width, rounding=self.rounding, channels=shared, axis=0)

    def activation(self, *, signed: bool) -> Quantizer:
        """Of what layers read."""
        return FixedPointQuantizer(
            self.activation_width,
            signed=signed,
            rounding=self.rounding,
            overflow=self.overflow,
            width_range=self.width_range,
            batches=self.batches,
        )

    def element(self, *, signed: bool) -> Quantizer:
        """Of operands and results of element-wise layers."""
        return FixedPointQuantizer(
            self.element_width, signed=signed, rounding=self.rounding, overflow=self.overflow, batches=self.batches
        )
