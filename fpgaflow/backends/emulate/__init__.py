"""The bit-exact emulator: the integer graph, compiled into a few calls of matrix products and compiled loops a layer.

Integers travel in the narrowest float type that holds them exactly, because float matrix products are fast: float32
while every partial sum is at most 2**24, float64 at most 2**53, int64 beyond. Only a requantization ever rounds.
"""

from __future__ import annotations

from fpgaflow.backends.emulate.emulator import Emulator

__all__ = ["Emulator"]
