"""``fpgaflow verify``: engines and AXI4-Stream protocol of a built design, into its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fpgaflow.design import Design, Engine, Progress, Verification, flat_frames, silent
from fpgaflow.errors import FlowError
from fpgaflow.fixed import IntArray
from fpgaflow.frames import random_frames
from fpgaflow.simulate import cocotb_sim
from fpgaflow.simulate.cocotb_sim import CocotbResult

PROTOCOL = "cocotb"
PROTOCOL_FRAMES = 20  # the testbench runs in Python, cycle by cycle, four times


@dataclass(frozen=True)
class Verified:
    """What came out: ``engines`` compared with the integer network, ``protocol`` tests (None if not run)."""

    engines: Verification
    protocol: CocotbResult | None

    @property
    def passed(self) -> bool:
        return self.engines.passed and (self.protocol is None or self.protocol.passed)


def verify(
    design: Design,
    frames: int = 100,
    engines: Sequence[Engine | str] | None = None,
    *,
    seed: int = 1,
    progress: Progress = silent,
) -> Verified:
    """Run ``engines`` (``numpy``, ``cpp``, ``rtl``, ``cocotb``; default: all that were built, without cocotb).

    Every engine gets the same random frames and must equal the integer network bit for bit. ``cocotb`` tests the
    SystemVerilog's AXI4-Stream ports on the first of them, with pauses, resets and packets of wrong length. Stops at
    the first engine that differs; its report says the latest of each engine. Raises FF503, FF60x.
    """
    if frames < 1:
        raise FlowError("FF503", f"--frames {frames} is not possible", reason="it must be positive", hint="try 100")
    chosen = [*design.built_engines()] if engines is None else [_engine(name) for name in engines]
    known = [engine for engine in chosen if engine is not None]
    data = random_frames(design.lowered.head, frames, seed)
    result = design.verify_integers(design.encode(data), known, progress=progress)
    protocol = None
    if None in chosen and result.passed:
        protocol = _protocol(design, design.encode(data[:PROTOCOL_FRAMES]), progress)
    verified = Verified(result, protocol)
    _record(design, verified, min(frames, PROTOCOL_FRAMES))
    return verified


def _engine(name: Engine | str) -> Engine | None:
    """The engine of a name; None for cocotb, which is a testbench around the RTL."""
    if name == PROTOCOL:
        return None
    try:
        return Engine(name)
    except ValueError:
        names = [*(engine.value for engine in Engine), PROTOCOL]
        raise FlowError(
            "FF503",
            f"there is no engine '{name}'",
            reason=f"the engines are {', '.join(names)}",
            hint=f"for example --engines {','.join(names)}",
        ) from None


def _protocol(design: Design, integers: IntArray, progress: Progress) -> CocotbResult:
    progress(f"running {len(integers)} frames through the cocotb testbench")
    ((_, type_),) = design.lowered.body.inputs.items()

    def evaluate(frames: IntArray) -> IntArray:
        return flat_frames(design.emulator(frames.reshape(len(frames), *type_.shape)))

    sent = flat_frames(integers)
    return cocotb_sim.check(design.engine_folder(Engine.RTL), sent, evaluate(sent), evaluate)


def _record(design: Design, verified: Verified, protocol_frames: int) -> None:
    """The latest result of each engine replaces the earlier one."""
    report, result = design.report, verified.engines
    for engine, mismatches in result.mismatches.items():
        report.verified[engine.value] = {"frames": result.frames, "mismatches": mismatches}
        report.not_run.pop(engine.value, None)
    if verified.protocol is not None:
        failed = sum(not passed for passed in verified.protocol.tests.values())
        report.verified[PROTOCOL] = {"frames": protocol_frames, "mismatches": failed}
        report.not_run.pop(PROTOCOL, None)
    if result.first is not None:
        report.first_mismatch = str(result.first)
    elif not any(counts is not None and counts["mismatches"] for counts in report.verified.values()):
        report.first_mismatch = None
    report.save(design.folder)
