"""How the cost of a replicate grows: `python benchmarks/growth.py FILE.json`, some minutes on a quiet machine.

Processor seconds of single runs on one core, and gradient evaluations, while one size at a time changes. They are the
measurements behind the exponents of docs/performance.md and the constants of `estimate_seconds` in `sweeps/cost.py`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from polygenesis.bench.machine import describe
from polygenesis.dynamics import simulate
from polygenesis.dynamics.replicates import at_most
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.sweeps.cost import estimate_seconds
from polygenesis.training import AdamW, GradientDescent

SEEDS = 3
"""Runs at each point, with different seeds: the intervals of the exponents rest on them."""


def flow(n: int, m: int, strength: float, replicates: int = 1) -> RunSpec:
    """A run by gradient flow."""
    return RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(strength), precision="float32", replicates=replicates)


def adamw(n: int, m: int) -> RunSpec:
    """A hundred steps of AdamW."""
    return flow(n, m, 1e-3).replace(training=AdamW(steps=100))


def noisy(n: int, m: int) -> RunSpec:
    """A thousand steps of descent with hidden noise."""
    return flow(n, m, 1e-3).replace(training=GradientDescent(lr=0.01, steps=1000), noise=Bipolar(0.1))


SERIES: dict[str, list[tuple[float, RunSpec]]] = {
    "flow: n (m = 1024)": [(n, flow(n, 1024, 0.016)) for n in (32, 64, 128, 256, 512)],
    "flow: m (n = 128)": [(m, flow(128, m, 0.016)) for m in (128, 256, 512, 1024, 2048, 4096, 8192)],
    "flow: n = m": [(n, flow(n, n, 0.016)) for n in (64, 128, 256, 512, 1024)],
    "flow: n, m = 4n": [(n, flow(n, 4 * n, 0.016)) for n in (64, 128, 256, 512)],
    "flow: 1/λ (n = 128, m = 512)": [(1 / a, flow(128, 512, a)) for a in (0.064, 0.032, 0.016, 0.008, 0.004, 0.002)],
    "flow: replicates (n = 32, m = 64)": [(r, flow(32, 64, 0.016, r)) for r in (4, 8, 16, 32)],
    "AdamW: n (m = 1024)": [(n, adamw(n, 1024)) for n in (32, 64, 128, 256, 512)],
    "AdamW: m (n = 128)": [(m, adamw(128, m)) for m in (128, 512, 2048, 8192)],
    "noisy descent: n (m = 64)": [(n, noisy(n, 64)) for n in (8, 16, 32, 64, 128)],
}
"""What changes, and the runs in which it does."""


def measure(spec: RunSpec) -> dict[str, Any]:
    """Return processor seconds, the mean number of evaluations, and what was predicted."""
    with at_most(1):
        begun = time.process_time()
        run = simulate(spec)
        seconds = time.process_time() - begun
    return {
        "n": spec.model.n,
        "m": spec.model.m,
        "penalty": spec.penalty.strength,
        "replicates": spec.replicates,
        "seed": spec.seed,
        "seconds": seconds,
        "evaluations": float(run.evaluations.mean()),
        "predicted": estimate_seconds(spec),
    }


def main(path: Path) -> None:
    """Measure everything and write it."""
    machine, points = describe(), []
    for warm in (flow(8, 8, 0.1), flow(256, 256, 0.1), adamw(8, 8), noisy(8, 8)):
        simulate(warm)
    for name, series in SERIES.items():
        for x, spec in series:
            for seed in range(SEEDS):
                points.append({"series": name, "x": x, **measure(spec.replace(seed=seed))})
                point = points[-1]
                print(
                    f"{name:35} {x:10g} {point['seconds']:9.3f} s, {point['evaluations']:8.0f} evaluations, "
                    f"predicted {point['predicted']:.3f} s",
                    flush=True,
                )
    path.write_text(json.dumps({"machine": machine, "points": points}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "growth.json"))
