"""fpgaflow: from an ONNX network to a verified FPGA accelerator."""
