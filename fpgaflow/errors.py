"""The one error that a user can cause, and the catalogue of its codes.

Every failure that comes from the user's file, options or machine is a ``FlowError``. It prints as

    error[FF203]: <what is wrong>
      --> model.onnx: node 'Conv_12' (Conv)
       = reason: …
       = hint: …
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True)
class Loc:
    """Where in the user's file something comes from: the ONNX file, the node's name and its operator."""

    file: str
    node: str = ""
    op_type: str = ""

    def __str__(self) -> str:
        return f"{self.file}: node '{self.node}' ({self.op_type})" if self.node else self.file


class FlowError(Exception):
    """A failure the user can act on.

    ``code`` is a key of ``CATALOGUE``; ``what`` says in one line what is wrong; ``node`` is where (a ``Loc`` or
    None); ``reason`` says why fpgaflow can't go on; ``hint`` says what to do.
    """

    def __init__(self, code: str, what: str, *, node: Loc | None = None, reason: str, hint: str) -> None:
        if code not in CATALOGUE:
            raise KeyError(f"error code {code} is not in the catalogue")
        super().__init__(what)
        self.code, self.what, self.node, self.reason, self.hint = code, what, node, reason, hint

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.what}"]
        if self.node is not None:
            lines.append(f"  --> {self.node}")
        lines += [f"   = reason: {self.reason}", f"   = hint: {self.hint}"]
        return "\n".join(lines)


@dataclass(frozen=True)
class Explanation:
    """What ``fpgaflow explain CODE`` prints: a title and a paragraph on cause and cure."""

    title: str
    text: str


CATALOGUE: dict[str, Explanation] = {
    # 1xx: the file
    "FF101": Explanation(
        "the file is not an ONNX model",
        "The file can't be parsed as an ONNX protobuf: it is another format, or was cut off while it was copied. "
        "Export it again, and check it with onnx.checker.",
    ),
    "FF102": Explanation(
        "the file can't be read",
        "The path does not exist, is a folder, or is not readable by you.",
    ),
    "FF103": Explanation(
        "the model is inconsistent",
        "A node reads a value that nothing produces, a graph has no output, or values form a cycle.",
    ),
    # 2xx: operators and shapes
    "FF201": Explanation(
        "an operator is not supported",
        "`fpgaflow ops` lists what is. Most unsupported operators at the end of a network can be cut off and "
        "computed on the host.",
    ),
    "FF202": Explanation(
        "an attribute or input of a node has a value that is not supported",
        "The operator itself is known, but not with this attribute, or one of its parameters is computed from the "
        "network's input where a constant is needed.",
    ),
    "FF203": Explanation(
        "shapes do not fit together",
        "A shape in the file contradicts the operator's own rule, so the network could not run anywhere.",
    ),
    "FF204": Explanation(
        "a shape is not known",
        "Hardware needs every dimension but the batch. Export with fixed sizes, or fix them with "
        "onnx.tools.update_model_dims.",
    ),
    "FF205": Explanation(
        "the structure of the network is not supported",
        "The network has a form for which no hardware stage exists yet, for example several inputs, or "
        "Concat along another axis than the channels.",
    ),
    # 3xx: numbers
    "FF301": Explanation(
        "weights are not quantized",
        "Hardware computes with integers. Weights must come through Quant, BipolarQuant or DequantizeLinear, or be "
        "exact fixed-point numbers of at most 16 bits. `fpgaflow quantize` gives float weights formats.",
    ),
    "FF302": Explanation(
        "a layer's input is not quantized",
        "Between two matrix products the values must pass a quantizer, or stay on the grid of integers.",
    ),
    "FF303": Explanation(
        "the input's format is not known",
        "The network's input reaches a matrix product without a quantizer. Say what the FPGA receives with "
        "--input-format (s8.4, u8.8, u8/255, bipolar), or give --calibration data.",
    ),
    "FF304": Explanation(
        "a number format is malformed",
        "Formats are s8.4 (signed, 8 bits, 4 of them fraction), u8.8 (unsigned byte / 256), u8/255 (unsigned byte "
        "/ 255) and bipolar.",
    ),
    "FF305": Explanation(
        "values can't be brought to integers exactly",
        "Scales that differ within one matrix product's inputs and are not powers of two apart, or a function that "
        "is not monotone over a range too large for a table.",
    ),
    "FF306": Explanation(
        "a quantizer's parameters are out of range",
        "Bit widths must be 1 to 32 bits, scales positive and finite, zero points inside the integer range.",
    ),
    "FF307": Explanation(
        "a proof of equality failed",
        "No hardware form could be proven equal to the reference. This is a bug in fpgaflow: please report it.",
    ),
    "FF308": Explanation(
        "the network can't be given formats",
        "`fpgaflow quantize` chooses formats for networks with float weights, from example frames (--data) or from the "
        "statistics that BatchNormalization keeps.",
    ),
    # 4xx: board and mapping
    "FF401": Explanation(
        "the board is not known", "`fpgaflow boards` lists the known ones; a TOML file's path works too."
    ),
    "FF402": Explanation(
        "a board file is malformed", "CONTRIBUTING.md shows the fields a board's TOML file must have."
    ),
    "FF403": Explanation(
        "the network does not fit the board",
        "Even the smallest folding needs more than the board has. Take a larger board, fewer bits, or a smaller network.",
    ),
    "FF404": Explanation(
        "the target speed can't be reached",
        "No folding within the board's resources is as fast as --target-fps asks.",
    ),
    "FF405": Explanation(
        "a layer needs DSP blocks and may have none",
        "With --multiplier-free, or on a board without DSP blocks, everything must be made of adders, shifts, tables and "
        "comparators. Products of two values that both come from data can't be, nor sums whose scales are in no simple "
        "ratio.",
    ),
    # 5xx: data and options
    "FF501": Explanation(
        "the data file can't be read", "Frames come as .npy or .npz, batch first, float32 or float64."
    ),
    "FF502": Explanation(
        "the data has the wrong shape",
        "The first axis counts frames; the rest must be the model's input shape.",
    ),
    "FF503": Explanation("an option has a value that is not possible", "`--help` of the command lists what is."),
    "FF504": Explanation("the folder is not a build folder", "Give the folder that `fpgaflow build` wrote."),
    "FF505": Explanation(
        "the output folder holds something else",
        "fpgaflow replaces only folders that it wrote itself. Give an empty or new folder.",
    ),
    "FF506": Explanation("the code is not known", "Error codes look like FF201; every error prints its own."),
    "FF507": Explanation(
        "a file can't be written",
        "The folder does not exist, is not yours to write to, or its disk is full or read-only.",
    ),
    "FF508": Explanation(
        "a configuration file is malformed", "docs/quantize.md shows the options of `fpgaflow quantize --config`."
    ),
    "FF509": Explanation(
        "a checkpoint can't be used",
        "`fpgaflow tune --resume` goes on from the file that an interrupted run left beside its output, with the same "
        "options, model and data.",
    ),
    # 6xx: tools
    "FF601": Explanation("a tool is missing", "`fpgaflow doctor` says what is installed and how to get the rest."),
    "FF602": Explanation("a tool failed", "The tool's own log is kept; its path is in the message."),
    "FF603": Explanation("a tool's report can't be read", "The report is missing or in a form that is not known."),
    "FF604": Explanation(
        "synthesis made DSP blocks where there must be none",
        "The build was asked for an accelerator without DSP blocks and a tool found a way to use some. Please report it.",
    ),
    # 7xx: verification
    "FF701": Explanation(
        "an engine differs from the integer graph",
        "Bits must be equal. This is a bug in fpgaflow, in a compiler or in a simulator: please report it with the "
        "build folder.",
    ),
}


def explain(code: str) -> Explanation:
    """The catalogue's entry of an error code, in any case. Raises FF506 for an unknown one."""
    known = code.strip().upper()
    if known in CATALOGUE:
        return CATALOGUE[known]
    near = difflib.get_close_matches(known, CATALOGUE, n=3, cutoff=0.6)
    raise FlowError(
        "FF506",
        f"there is no error code '{code}'",
        reason="no error that fpgaflow prints has it",
        hint=f"did you mean {' or '.join(near)}?" if near else f"codes look like {next(iter(CATALOGUE))}",
    )
