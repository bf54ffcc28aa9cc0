"""What the store and the runner cost beside the runs: `python benchmarks/sweeps.py [RUNS]`.

The simulation is replaced by one that returns at once, so that everything measured is overhead: drawing tasks, hashing,
measuring, writing, fsync, and collecting one table. Small runs of n = 8 features and m = 16 neurons.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time

import numpy as np

from polygenesis.dynamics import Certificate, Outcome, Run
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, collect
from polygenesis.sweeps.grid import grid_from
from polygenesis.sweeps.runner import Sweep
from polygenesis.sweeps.status import read_reports


def at_once(spec: RunSpec, replicates: range) -> Run:
    """A run that takes no time: each feature on a neuron of its own."""
    weights = np.zeros((len(replicates), spec.model.n, spec.model.m))
    weights[:, np.arange(spec.model.n), np.arange(spec.model.n)] = 1.0
    zeros = np.zeros(len(replicates))
    return Run(
        spec=spec,
        initial=weights,
        final=weights,
        outcome=(Outcome.CONVERGED,) * len(replicates),
        end_time=zeros,
        evaluations=np.zeros(len(replicates), dtype=np.int64),
        engine="none",
        certificate=Certificate(zeros, zeros, zeros, zeros, zeros),
    )


def main(runs: int) -> None:
    """Measure and print."""
    base = {"model": {"n": 8, "m": 16}, "replicates": 1}
    axes = {"seed": {"from": 0, "to": runs - 1, "step": 1}}
    grid = grid_from({"spec": base, "axes": axes})
    with tempfile.TemporaryDirectory() as folder:
        store, start = Store(folder), time.perf_counter()
        specs = grid.specs()
        tell("grid to specs and keys", start, runs)
        part = dict(list(specs.items())[: runs // 10])
        for workers, wanted in ((1, part), (None, specs)):
            start = time.perf_counter()
            done = Sweep(wanted, store, workers=workers, keep="scalars", compute=at_once).run().done
            tell("store and runner, " + ("in this process" if workers else "one worker a core"), start, done)
        start = time.perf_counter()
        Sweep(specs, store, keep="scalars", compute=at_once).run()
        tell("finding that all is there", start, runs)
        for label in ("collect, making the index", "collect again"):
            start = time.perf_counter()
            table = collect(store, grid)
            tell(f"{label} ({len(table):,} rows)", start, runs)
        start = time.perf_counter()
        read_reports(folder)
        tell("status", start, 1)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def tell(what: str, start: float, runs: int) -> None:
    """Print one line."""
    seconds = time.perf_counter() - start
    print(f"{what:45} {seconds:8.2f} s  {1e3 * seconds / max(runs, 1):8.3f} ms a run", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
