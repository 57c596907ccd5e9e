"""Seconds that each step of a build takes: code generation, compilation and simulation, without synthesis.

Run `python -m benchmarks.build_time [NETWORK ...]`; without names two networks of random weights are built.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import fpgaflow
from benchmarks.networks import arguments, subjects


def main() -> None:
    given = arguments("Seconds that each step of a build takes.").parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for number, subject in enumerate(subjects(given.networks, Path(folder))):
            design = fpgaflow.build(
                subject.path,
                "ultra96",
                Path(folder) / f"{subject.name}-build",
                input_format=subject.input_format,
                synth=False,
            )
            seconds = design.report.seconds
            if number == 0:
                print(f"{'network':20}" + "".join(f"{step:>12}" for step in (*seconds, "total")) + "   (seconds)")
            print(f"{subject.name:20}" + "".join(f"{s:12.1f}" for s in (*seconds.values(), sum(seconds.values()))))


if __name__ == "__main__":
    main()
