"""The list of operators says what is built."""

from __future__ import annotations

from fpgaflow.operators import Operator, operators

FOUND = {(operator.name, operator.domain): operator for operator in operators()}


def test_what_is_only_read_says_so() -> None:
    def told(operator: Operator) -> bool:
        return operator.supported.startswith("Read and evaluated, no hardware yet. ")

    assert all(told(operator) != operator.built for operator in FOUND.values())
    assert not FOUND["Conv", "ONNX"].built and not FOUND["Conv", "QONNX channels-last"].built
    assert FOUND["MatMul", "ONNX"].built and FOUND["BatchNormalization", "QONNX channels-last"].built
    assert FOUND["Quant", "QONNX"].built and FOUND["Gemm", "ONNX"].built


def test_domains() -> None:
    assert {operator.domain for operator in FOUND.values()} == {"ONNX", "QONNX", "QONNX channels-last"}
    assert FOUND["Softmax", "ONNX"].on_host and not FOUND["Relu", "ONNX"].on_host
