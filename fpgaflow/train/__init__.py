"""Trainable fixed point for PyTorch: networks that are trained with the integers that the hardware computes.

``prepare`` makes a trainable fixed-point network of an ordinary one, ``export`` writes it for ``fpgaflow build``. This
package is the only one that imports torch; it comes with the extra ``fpgaflow[train]``.
"""

from __future__ import annotations

from importlib.util import find_spec

from fpgaflow.errors import FlowError

if find_spec("torch") is None:
    raise FlowError(
        "FF601",
        "PyTorch is not installed",
        reason="fpgaflow.train trains with it",
        hint="pip install 'fpgaflow[train]'",
    )
