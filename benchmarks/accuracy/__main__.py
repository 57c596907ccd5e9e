"""Accuracy at few bits: float, quantized after training, Brevitas and fpgaflow's trainable fixed point.

    pip install 'fpgaflow[train]' brevitas scikit-learn matplotlib
    python -m benchmarks.accuracy [--tasks digits shapes] [--bits 8 6 4 3 2] [--seeds 0 1 2] [--jobs 2]

Every method starts from the same float network of a seed; those that train get the same epochs, batches and rates. Results
are kept in results.json as they come, so that a run goes on where another one ended; then the tables are printed and drawn.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import product
from pathlib import Path

import torch
from joblib import Parallel, delayed
from rich.console import Console

from benchmarks.accuracy.methods import METHODS, Trial
from benchmarks.accuracy.tables import draw, tables
from benchmarks.accuracy.training import TASKS, Samples, accuracy, scores_of, train
from fpgaflow.files import replacing

RESULTS = Path(__file__).parent / "results.json"
FLOAT, FLOAT_RATE = "float", 4e-3

Key = tuple[str, str, int, int]


def float_network(name: str, seed: int, samples: Samples, folder: Path) -> torch.nn.Module:
    """The trained network of a seed, from ``folder`` if it is there."""
    task, file = TASKS[name], folder / f"{name}-{seed}.pt"
    torch.manual_seed(seed)
    network = task.network(None).to(memory_format=torch.channels_last)
    if file.is_file():
        network.load_state_dict(torch.load(file, weights_only=True))
        return network
    groups: list[dict[str, object]] = [{"params": list(network.parameters()), "lr": FLOAT_RATE}]
    train(network, task, samples, groups, task.epochs, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(file) as part:
        torch.save(network.state_dict(), part)
    return network


def run(key: Key, folder: Path) -> tuple[Key, float, float]:
    """Accuracy in per cent on the held-out samples, and seconds."""
    name, method, bits, seed = key
    torch.set_num_threads(1)
    samples, held_out = TASKS[name].load()
    start = time.perf_counter()
    network = float_network(name, seed, samples, folder)
    if method == FLOAT:
        scores = scores_of(network, held_out)
    else:
        start = time.perf_counter()
        torch.manual_seed(seed)
        scores = METHODS[method](Trial(TASKS[name], samples, held_out, network, bits, seed))
    return key, accuracy(scores, held_out), time.perf_counter() - start


def load_results(file: Path) -> dict[Key, tuple[float, float]]:
    """(accuracy, seconds) of every run so far."""
    if not file.is_file():
        return {}
    rows = json.loads(file.read_text())
    return {(task, method, bits, seed): (found, seconds) for task, method, bits, seed, found, seconds in rows}


def save_results(file: Path, results: dict[Key, tuple[float, float]]) -> None:
    rows = [[*key, *values] for key, values in sorted(results.items())]
    with replacing(file) as part:
        part.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--bits", nargs="+", type=int, default=[8, 6, 4, 3, 2])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument(
        "--networks", type=Path, default=Path("accuracy-networks"), help="folder of trained float networks"
    )
    parser.add_argument("--plot", type=Path, help="an .svg or .png to draw into")
    chosen = parser.parse_args()
    console = Console()
    results = load_results(chosen.results)
    stages: list[list[Key]] = [
        [(task, FLOAT, 32, seed) for task in chosen.tasks for seed in chosen.seeds],
        list(product(chosen.tasks, chosen.methods, chosen.bits, chosen.seeds)),
    ]
    for keys in stages:
        missing = [key for key in keys if key not in results]
        done = Parallel(n_jobs=chosen.jobs, return_as="generator_unordered")(
            delayed(run)(key, chosen.networks) for key in missing
        )
        for key, found, seconds in done:
            results[key] = (round(found, 3), round(seconds, 1))
            save_results(chosen.results, results)
            console.print(f"{key[0]:8} {key[1]:22} {key[2]:2} bits, seed {key[3]}: {found:6.2f} %, {seconds:6.1f} s")
    for table in tables(results):
        console.print(table)
    if chosen.plot is not None:
        draw(results, chosen.plot)


if __name__ == "__main__":
    main()
