"""fpgaflow: from an ONNX network to a verified FPGA accelerator.

``build`` compiles a network into a folder and returns its ``Design``; ``load`` opens such a folder again. A ``Design``
computes the network bit for bit as the hardware does, with NumPy, the generated C++ or the generated SystemVerilog.
"""

from importlib.metadata import version

from fpgaflow.board import Board, boards, load_board
from fpgaflow.build import Backend, build
from fpgaflow.calibration.budget import Budget
from fpgaflow.design import Design, Engine, Mismatch, Verification, load
from fpgaflow.errors import Explanation, FlowError, explain
from fpgaflow.fixed import BipolarFormat, FixedFormat, InputFormat, Overflow, Rounding, parse_input_format
from fpgaflow.frontend.onnx_reader import read_model
from fpgaflow.inference import infer
from fpgaflow.ir.graph import Graph
from fpgaflow.mapping.objective import Objective
from fpgaflow.operators import HardwareUnit, Operator, hardware_units, operators
from fpgaflow.quantize import Agreement, FormatRow, Quantized, quantize
from fpgaflow.report.html import write_html
from fpgaflow.report.summary import Report
from fpgaflow.synthesis import SynthesisTool, synthesize_design
from fpgaflow.toolchain.doctor import ToolStatus, doctor
from fpgaflow.verification import Verified, verify

__version__ = version("fpgaflow")

__all__ = [
    "Agreement",
    "Backend",
    "BipolarFormat",
    "Board",
    "Budget",
    "Design",
    "Engine",
    "Explanation",
    "FixedFormat",
    "FlowError",
    "FormatRow",
    "Graph",
    "HardwareUnit",
    "InputFormat",
    "Mismatch",
    "Objective",
    "Operator",
    "Overflow",
    "Quantized",
    "Report",
    "Rounding",
    "SynthesisTool",
    "ToolStatus",
    "Verification",
    "Verified",
    "__version__",
    "boards",
    "build",
    "doctor",
    "explain",
    "hardware_units",
    "infer",
    "load",
    "load_board",
    "operators",
    "parse_input_format",
    "quantize",
    "read_model",
    "synthesize_design",
    "verify",
    "write_html",
]
