"""The list of operators is that of the readers."""

from __future__ import annotations

from fpgaflow.operators import operators

FOUND = {(operator.name, operator.domain): operator for operator in operators()}


def test_readers_say_what_they_take() -> None:
    assert all(operator.supported.endswith(".") and operator.computes for operator in FOUND.values())
    assert FOUND["Conv", "ONNX"].supported.startswith("Weights constant; strides")


def test_domains() -> None:
    assert {operator.domain for operator in FOUND.values()} == {"ONNX", "QONNX", "QONNX channels-last"}
    assert FOUND["Softmax", "ONNX"].on_host and not FOUND["Relu", "ONNX"].on_host
