"""The command line. Every command calls one public function of fpgaflow and prints what comes out.

Exit codes: 0 if all is well, 1 if something that was checked is not, 2 for a ``FlowError`` or a wrong option. Most of this
file is the text of ``--help``, which stays together so that the commands keep one voice.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

import fpgaflow
from fpgaflow import Backend, Engine, FlowError, Objective, SynthesisTool
from fpgaflow.cli_quantize import quantize
from fpgaflow.cli_tune import tune
from fpgaflow.report import view
from fpgaflow.report.terminal import print_engines, print_summary, table
from fpgaflow.steps import plain, steps

DIFFERENT = 1
REFUSED = 2


class _Commands(typer.core.TyperGroup):
    """Prints a FlowError as it is, wherever it comes from."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FlowError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(REFUSED) from None


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `fpgaflow build` wrote.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fpgaflow {fpgaflow.__version__}")
        raise typer.Exit


@app.callback()
def fpgaflow_(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """From an ONNX network to a verified FPGA accelerator.

    \b
    fpgaflow build model.onnx --board ultra96      compile and verify
    fpgaflow run DIR --input x.npy --output y.npy  compute, bit for bit as the FPGA
    fpgaflow COMMAND --help                        explains a command

    Exit codes: 0 all is well, 1 something that was checked is not, 2 the command can't be done; the message says why.
    """


@app.command()
def build(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL.onnx", help="A quantized ONNX model, QONNX or QDQ; a float one with --calibration."
        ),
    ],
    board: Annotated[
        str, typer.Option(help="A board that `fpgaflow boards` lists, or the path of a board's TOML file.")
    ] = "ultra96",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="The folder to write; by default MODEL-BOARD."),
    ] = None,
    input_format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FMT",
            help="What the FPGA receives, if the model does not quantize its input itself: s8.4 is signed, 8 bits, 4 of "
            "them behind the binary point; u8.8 an unsigned byte / 256; u8/255 an unsigned byte / 255; bipolar -1 or "
            "+1. Repeat it with names for several inputs.",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            metavar="X.npy|.npz",
            help="Example frames, the first axis counting them: they choose the input format if none is known, and all "
            "formats of a float network; they are used in verification.",
        ),
    ] = None,
    target_fps: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Build the smallest accelerator that computes N frames a second. Without it: the fastest that fits.",
        ),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What the accelerator is to be best at: throughput (frames a second), latency (of one frame) or area; "
            "within --target-fps, if that is given.",
        ),
    ] = Objective.THROUGHPUT.value,
    clock_mhz: Annotated[
        float | None, typer.Option(metavar="F", help="The clock of the FPGA; by default what suits the board.")
    ] = None,
    multiplier_free: Annotated[
        bool,
        typer.Option(
            "--multiplier-free",
            help="Use no DSP block: adders, shifts, comparators and tables alone. Synthesis checks it; a network that "
            "can't do without is an error.",
        ),
    ] = False,
    backend: Annotated[
        str, typer.Option(metavar="LIST", help="What to write: hls (Vitis HLS C++), rtl (SystemVerilog), or both.")
    ] = ",".join(kind.value for kind in Backend),
    frames: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many frames the generated code is compared on; 8 to 100 by their cycles."),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Simulate the generated C++ and RTL and compare every bit.")
    ] = True,
    synth: Annotated[
        bool, typer.Option("--synth/--no-synth", help="Synthesise every stage with Yosys for real resource numbers.")
    ] = True,
) -> None:
    """Compile a quantized network into a verified accelerator.

    Reads the model, turns it into integer arithmetic without changing a result, chooses how much of each layer works at
    once so that it fits the board, and writes C++ for Vitis HLS, SystemVerilog, a board project and a Python driver.
    Then it simulates the C++ and the SystemVerilog: every bit must equal the integer network.

    \b
    Examples:
      fpgaflow build tfc.onnx --board ultra96
      fpgaflow build jets.onnx --input-format s16.10 --target-fps 1000000
      fpgaflow build net.onnx --calibration frames.npy --backend rtl --no-synth

    Exits with 1 if an engine differs.
    """
    with steps() as progress:
        design = fpgaflow.build(
            model,
            board,
            output,
            input_format=_formats(input_format or []),
            calibration=calibration,
            target_fps=target_fps,
            objective=objective,
            clock_mhz=clock_mhz,
            multiplier_free=multiplier_free,
            backends=_names(backend),
            frames=frames,
            verify=verify,
            synth=synth,
            progress=progress,
        )
    print_summary(plain(), design.report, design.folder)
    if view.differs(design.report):
        raise typer.Exit(DIFFERENT)


app.command()(quantize)
app.command()(tune)


@app.command()
def run(
    folder: Folder,
    input: Annotated[
        Path,
        typer.Option(
            metavar="X.npy|.npz", help="Frames: the first axis counts them, the others are the model's input."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(metavar="Y.npy|.npz", help="Where the results go; .npz holds all outputs by name."),
    ],
    engine: Annotated[
        Engine,
        typer.Option(help="numpy is the fast emulator, cpp the compiled C++, rtl the simulated SystemVerilog."),
    ] = Engine.NUMPY,
    raw: Annotated[
        bool, typer.Option("--raw", help="Read and write the integers on the FPGA's ports instead of real numbers.")
    ] = False,
) -> None:
    """Compute a built network on your data, bit for bit as the FPGA.

    Use it to measure the accuracy that the hardware will have. All engines give the same bits; numpy is the fastest.

    \b
    Examples:
      fpgaflow run tfc-ultra96 --input x.npy --output y.npy
      fpgaflow run tfc-ultra96 --input x.npy --output y.npz --engine rtl
    """
    with steps() as progress:
        progress(f"computing {input} with {engine.value}")
        outputs = fpgaflow.infer(fpgaflow.load(folder), input, output, engine=engine, raw=raw)
    console = plain()
    for name, values in outputs.items():
        shape = "×".join(map(str, values.shape[1:]))
        console.print(f"{name}: {view.count(len(values), 'frame')} of {shape} in {output}", soft_wrap=True)


@app.command()
def verify(
    folder: Folder,
    frames: Annotated[int, typer.Option(metavar="N", help="How many random frames each engine gets.")] = 100,
    engines: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Which to run, of numpy, cpp, rtl and cocotb. By default all that were built, without cocotb, which tests "
            "the AXI4-Stream ports with pauses, resets and packets of wrong length.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed makes other frames.")] = 1,
) -> None:
    """Compare the generated C++ and RTL with the network, bit for bit.

    `build` has done it already; do it again with more or other frames, after a change by hand, or on another machine.

    \b
    Examples:
      fpgaflow verify tfc-ultra96 --frames 1000 --seed 7
      fpgaflow verify tfc-ultra96 --engines rtl,cocotb

    Exits with 1 at the first difference, and says in which stage, frame and element it is.
    """
    with steps() as progress:
        design = fpgaflow.load(folder)
        names = None if engines is None else _names(engines)
        result = fpgaflow.verify(design, frames, names, seed=seed, progress=progress)
        fpgaflow.write_html(design)
    console = plain()
    print_engines(console, design.report)
    if result.protocol is not None:
        for test, message in result.protocol.messages.items():
            console.print(f"cocotb: test '{test}': {message}", style="bold red", soft_wrap=True)
    if not result.passed:
        raise typer.Exit(DIFFERENT)


@app.command()
def synth(
    folder: Folder,
    tool: Annotated[
        SynthesisTool,
        typer.Option(
            help="yosys comes with fpgaflow; vitis estimates the C++ with Vitis HLS, vivado places and routes the board "
            "project: both must be installed."
        ),
    ] = SynthesisTool.YOSYS,
) -> None:
    """Get real resource numbers for a built design.

    The numbers go into the report, beside the estimates.

    \b
    Example:
      fpgaflow synth tfc-ultra96 --tool vivado
    """
    with steps() as progress:
        design = fpgaflow.load(folder)
        fpgaflow.synthesize_design(design, tool=tool, progress=progress)
        fpgaflow.write_html(design)
    print_summary(plain(), design.report, design.folder)


@app.command()
def report(folder: Folder) -> None:
    """Show again what a build found out.

    Everything it prints, and more, is drawn in DIR/report.html and written for programs in DIR/report.json.

    \b
    Example:
      fpgaflow report tfc-ultra96
    """
    design = fpgaflow.load(folder)
    print_summary(plain(), design.report, design.folder)


@app.command()
def boards() -> None:
    """List the boards that `build` knows, and what they have.

    Another board needs no change of fpgaflow: `--board` also takes the path of a TOML file like those of the list.
    """
    listed = table("board", "LUT", "BRAM", "DSP", "clock", "description")
    for board in fpgaflow.boards():
        has = board.resources
        listed.add_row(
            board.name,
            *(view.number(amount) for amount in (has.lut, has.bram, has.dsp)),
            f"{board.clock_mhz:g} MHz",
            f"{board.description}, {board.part}",
        )
    plain().print(listed)


@app.command()
def ops() -> None:
    """List the supported ONNX operators and hardware units.

    An operator that is not listed ends a build with FF201. Operators "on the host" are computed by the Python driver on
    the board's processor, after the accelerator.
    """
    read = table("operator", "domain", "supported")
    for operator in fpgaflow.operators():
        read.add_row(operator.name, operator.domain, operator.supported)
    built = table("hardware unit", "computes")
    for unit in fpgaflow.hardware_units():
        built.add_row(unit.kind, unit.computes)
    console = plain()
    console.print(read)
    console.print()
    console.print(built)


@app.command()
def doctor() -> None:
    """Check which tools are installed.

    Says what each is for and how to get a missing one. Exits with 1 if one is missing that fpgaflow can't do without.
    """
    tools = fpgaflow.doctor()
    found = table("tool", "", "version", "needed for")
    for tool in tools:
        state = Text("found", "green") if tool.found else Text("missing", "dim" if tool.optional else "bold red")
        remedy = "" if tool.found else f": {tool.how_to_get}"
        optional = " (optional)" if tool.optional else ""
        found.add_row(tool.name, state, tool.version, f"{tool.needed_for}{optional}{remedy}")
    plain().print(found)
    if not all(tool.found or tool.optional for tool in tools):
        raise typer.Exit(DIFFERENT)


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="What an error prints in brackets.")]) -> None:
    """Explain an error code.

    \b
    Example:
      fpgaflow explain FF303
    """
    found = fpgaflow.explain(code)
    console = plain()
    console.print(f"{code.strip().upper()}: {found.title}", style="bold")
    console.print(found.text)


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",")]


def _formats(given: list[str]) -> str | dict[str, str] | None:
    """``FMT`` alone, or every ``NAME=FMT`` by its name."""
    if len(given) <= 1 and not any("=" in text for text in given):
        return given[0] if given else None
    formats = {}
    for text in given:
        name, _, value = text.rpartition("=")
        if not name:
            raise FlowError(
                "FF503",
                f"--input-format {text} does not say for which input",
                reason="it is given more than once, so each must name its input",
                hint=f"for example --input-format NAME={text}",
            )
        formats[name] = value
    return formats


def main() -> None:
    """The program ``fpgaflow``."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a character set without × is no reason to fail
    app(prog_name="fpgaflow")
