"""Readers of ONNX dialects."""
