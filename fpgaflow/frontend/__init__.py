"""ONNX files in and out: the only importers of onnx."""
