"""One synthesis in a process of its own: ``python yosys_worker.py JOB.json STATISTICS.json``.

It stands alone (imports nothing of fpgaflow) so that it starts at once. Yosys ends the process with exit code 1 on an
error.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from pyosys import libyosys


def main(job_file: str, statistics_file: str) -> None:
    """Synthesise the job's ``sources`` with top module ``top`` and write the cell counts."""
    job = json.loads(Path(job_file).read_text())
    # Yosys starts ABC as a child, which outlives a Yosys that is stopped: the limit on processor time goes to both.
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"]))
    design = libyosys.Design()
    for source in job["sources"]:
        design.run_pass(f'read_verilog -sv "{source}"')
    if job["repeated"]:
        # Modules that stand many times are mapped once: the rest is flattened around them.
        design.run_pass(f"hierarchy -top {job['top']}")
        for module in job["repeated"]:
            design.run_pass(f"setattr -mod -set keep_hierarchy 1 */{module} *\\{module}")
    options = " -nodsp" if job["no_dsp"] else ""
    design.run_pass(
        f"synth_xilinx -family {job['family']} -top {job['top']} -flatten -noiopad -noclkbuf{options}",
    )
    design.run_pass(f'tee -q -o "{statistics_file}" stat -json')


if __name__ == "__main__":
    main(*sys.argv[1:])
