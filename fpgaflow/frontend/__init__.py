"""ONNX files in: the only importers of onnx, with the exporter."""
